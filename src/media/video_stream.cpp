#include "media/video_stream.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace posed::media {
namespace {

constexpr std::array accepted_codecs{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8,
                                     AV_CODEC_ID_VP9,  AV_CODEC_ID_AV1,  AV_CODEC_ID_MPEG4};

bool is_cover_picture(const AVStream& stream) noexcept {
    constexpr int not_moving =
        AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE;
    return (stream.disposition & not_moving) != 0;
}

Result<AVStream*> first_video_stream(AVFormatContext& context) {
    std::string found;
    for (unsigned i = 0; i < context.nb_streams; ++i) {
        AVStream* stream = context.streams[i];
        const bool is_picture = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
        if (is_picture && !is_cover_picture(*stream))
            return stream;
        if (i < 5)
            found += (i > 0 ? ", " : "") + std::string(avcodec_get_name(stream->codecpar->codec_id)) +
                     (is_picture ? " (cover picture)" : "");
    }
    return fail(
        Code::no_video_stream,
        "the file has no video stream; it holds " + (found.empty() ? "no stream at all" : "only " + found),
        "Give a file that has a picture track");
}

Result<const AVCodec*> decoder_of(const AVStream& stream) {
    const auto codec = stream.codecpar->codec_id;
    if (std::find(accepted_codecs.begin(), accepted_codecs.end(), codec) == accepted_codecs.end())
        return fail(
            Code::unsupported_media,
            std::string("the video is coded as ") + avcodec_get_name(codec) + ", which is not accepted",
            "Convert it to H.264, HEVC, VP9 or AV1");
    const AVCodec* decoder = avcodec_find_decoder(codec);
    if (decoder == nullptr)
        return fail(Code::unsupported_media,
                    std::string("this build of FFmpeg has no decoder for ") + avcodec_get_name(codec));
    return decoder;
}

/// A tag as FFmpeg has it from the file, which may be a number that its own type does not know.
template <class Tag>
Tag tag_of(const Tag& field, Tag past_last, Tag unspecified) noexcept {
    static_assert(sizeof(Tag) == sizeof(unsigned));
    unsigned number = 0;
    std::memcpy(&number, &field, sizeof number);
    return number < static_cast<unsigned>(past_last) ? static_cast<Tag>(number) : unspecified;
}

template <class Source>
ColourTags tags_of(const Source& source, const AVColorSpace& matrix,
                   const AVChromaLocation& siting) noexcept {
    return {.matrix = tag_of(matrix, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED),
            .range = tag_of(source.color_range, AVCOL_RANGE_NB, AVCOL_RANGE_UNSPECIFIED),
            .transfer = tag_of(source.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED),
            .siting = tag_of(siting, AVCHROMA_LOC_NB, AVCHROMA_LOC_UNSPECIFIED),
            .format = static_cast<AVPixelFormat>(source.format)};
}

Orientation orientation_of_stream(const AVStream& stream) {
    std::size_t bytes = 0;
    const auto* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    std::array<std::int32_t, 9> matrix{};
    if (data == nullptr || bytes < sizeof matrix)
        return {};
    std::memcpy(matrix.data(), data, sizeof matrix);
    return orientation_of(matrix).value_or(Orientation{});
}

std::optional<Microseconds> duration_of(const AVFormatContext& context, const AVStream& stream) {
    if (stream.duration > 0)
        return Microseconds(av_rescale_q(stream.duration, stream.time_base, av_get_time_base_q()));
    if (context.duration > 0)
        return Microseconds(context.duration);
    return std::nullopt;
}

/// How many frames are shown, by the container's index where it has a whole one (edit lists leave frames
/// out).
std::optional<std::int64_t> frame_count_of(const AVStream& stream) {
    if (stream.nb_frames <= 0)
        return std::nullopt;
    const int entries = avformat_index_get_entries_count(&stream);
    if (entries < stream.nb_frames)
        return stream.nb_frames;
    std::int64_t shown = 0;
    for (int i = 0; i < entries; ++i) {
        const auto* entry = avformat_index_get_entry(const_cast<AVStream*>(&stream), i);
        shown += entry != nullptr && (entry->flags & AVINDEX_DISCARD_FRAME) == 0 ? 1 : 0;
    }
    return shown;
}

std::optional<std::string> audio_codec_of(const AVFormatContext& context) {
    for (unsigned i = 0; i < context.nb_streams; ++i) {
        const auto& parameters = *context.streams[i]->codecpar;
        if (parameters.codec_type == AVMEDIA_TYPE_AUDIO)
            return avcodec_get_name(parameters.codec_id);
    }
    return std::nullopt;
}

std::string name_of_format(AVPixelFormat format) {
    const char* name = av_get_pix_fmt_name(format);
    return name != nullptr ? name : "unknown";
}

void set_size(VideoStream& video, Size coded) {
    video.info.coded = coded;
    video.info.displayed = displayed_size(coded, video.info.pixel_aspect, video.orientation);
}

void set_colour(VideoStream& video) {
    video.info.pixel_format = name_of_format(video.tags.format);
    video.info.bit_depth = bit_depth_of(video.tags.format);
    video.info.colour = encoding_of(video.tags);
    video.info.colour_tagged = is_tagged(video.tags);
    video.info.transfer = transfer_of(video.tags);
}

bool is_interlaced(const AVFieldOrder& field) noexcept {
    constexpr auto past_last = static_cast<AVFieldOrder>(AV_FIELD_BT + 1);
    const auto order = tag_of(field, past_last, AV_FIELD_UNKNOWN);
    return order != AV_FIELD_PROGRESSIVE && order != AV_FIELD_UNKNOWN;
}

}  // namespace

std::string text_of(Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string text_of(Microseconds time) {
    const auto milliseconds = std::chrono::round<std::chrono::milliseconds>(time).count();
    const auto whole = std::to_string(milliseconds / 1000);
    const auto thousandths = std::to_string(1000 + std::abs(milliseconds % 1000));
    return (milliseconds < 0 && milliseconds > -1000 ? "-" : "") + whole + "." + thousandths.substr(1) + " s";
}

Result<> check_pixels(Size size, const char* what, const MediaLimits& limits) {
    const auto pixels = static_cast<std::int64_t>(size.width) * size.height;
    if (pixels > limits.max_pixels)
        return fail(Code::limit_exceeded,
                    std::string(what) + " is " + text_of(size) + ", that is " + std::to_string(pixels) +
                        " pixels; the limit is " + std::to_string(limits.max_pixels),
                    "Scale the video down");
    return {};
}

Result<VideoStream> find_video_stream(ByteSourceInput& input, const MediaLimits& limits) {
    auto& context = input.context();
    VideoStream video;
    video.stream = TRY(first_video_stream(context));
    const auto& parameters = *video.stream->codecpar;
    video.decoder = TRY(decoder_of(*video.stream));
    if (parameters.width <= 0 || parameters.height <= 0)
        return fail(Code::corrupt_media, "neither the header nor the first frames tell the picture's size",
                    "Copy or download the file again");
    const Size coded{parameters.width, parameters.height};
    TRY(check_pixels(coded, "the picture", limits));

    if (parameters.format == AV_PIX_FMT_NONE)
        return fail(Code::corrupt_media,
                    "the first frames cannot be read: the file ends at byte " + std::to_string(input.size()) +
                        ", and its index names " + std::to_string(video.stream->nb_frames) + " frames",
                    "Copy or download the file again");

    const auto aspect = av_guess_sample_aspect_ratio(&context, video.stream, nullptr);
    video.orientation = orientation_of_stream(*video.stream);
    video.tags = tags_of(parameters, parameters.color_space, parameters.chroma_location);
    auto& info = video.info;
    info.container = input.container();
    info.codec = avcodec_get_name(parameters.codec_id);
    info.pixel_aspect = aspect.num > 0 && aspect.den > 0 ? rational_of(aspect) : Rational{1, 1};
    info.rotation = video.orientation.rotation();
    info.mirrored = video.orientation.mirrored();
    info.interlaced = is_interlaced(parameters.field_order);
    info.duration = duration_of(context, *video.stream);
    info.frame_rate = rational_of(video.stream->avg_frame_rate);
    info.frame_count = frame_count_of(*video.stream);
    info.time_base = rational_of(video.stream->time_base);
    info.audio_codec = audio_codec_of(context);
    set_colour(video);
    set_size(video, coded);
    TRY(check_pixels(info.displayed, "the displayed picture", limits));
    return video;
}

Result<> correct_by_frame(VideoStream& video, const AVFrame& frame, const MediaLimits& limits) {
    const auto found = tags_of(frame, frame.colorspace, frame.chroma_location);
    auto& tags = video.tags;
    tags.format = found.format;
    if (found.matrix != AVCOL_SPC_UNSPECIFIED)
        tags.matrix = found.matrix;
    if (found.range != AVCOL_RANGE_UNSPECIFIED)
        tags.range = found.range;
    if (found.transfer != AVCOL_TRC_UNSPECIFIED)
        tags.transfer = found.transfer;
    if (found.siting != AVCHROMA_LOC_UNSPECIFIED)
        tags.siting = found.siting;
    set_colour(video);
    set_size(video, {frame.width, frame.height});
    return check_pixels(video.info.displayed, "the displayed picture", limits);
}

}  // namespace posed::media
