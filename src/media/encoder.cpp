#include "media/encoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <new>
#include <string>
#include <utility>

#include "media/ffmpeg.h"
#include "media/output_file.h"
#include "media/sound_format.h"

namespace posed::media {
namespace {

struct NamedPreset {
    Preset preset;
    const char* name;
};

constexpr std::array presets{
    NamedPreset{Preset::ultrafast, "ultrafast"}, NamedPreset{Preset::superfast, "superfast"},
    NamedPreset{Preset::veryfast, "veryfast"},   NamedPreset{Preset::faster, "faster"},
    NamedPreset{Preset::fast, "fast"},           NamedPreset{Preset::medium, "medium"},
    NamedPreset{Preset::slow, "slow"},           NamedPreset{Preset::slower, "slower"},
    NamedPreset{Preset::veryslow, "veryslow"}};

std::string text_of(Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

Result<AVRational> libav_rational(const Rational& value, const char* what) {
    constexpr auto most = std::numeric_limits<int>::max();
    if (value.numerator <= 0 || value.denominator <= 0 || value.numerator > most || value.denominator > most)
        return fail(Code::invalid_argument, std::string(what) + " is " + std::to_string(value.numerator) +
                                                "/" + std::to_string(value.denominator) +
                                                "; both parts must be 1 to " + std::to_string(most));
    return AVRational{static_cast<int>(value.numerator), static_cast<int>(value.denominator)};
}

Result<> check(const EncodeOptions& options) {
    const Size size = options.size;
    if (size.width < 2 || size.height < 2 || size.width % 2 != 0 || size.height % 2 != 0)
        return fail(Code::invalid_argument,
                    "the output's size is " + text_of(size) + "; width and height must be even, at least 2");
    if (options.crf < 0 || options.crf > 51)
        return fail(Code::invalid_argument, "crf is " + std::to_string(options.crf) + "; it must be 0 to 51");
    if (options.colour.range != ColourRange::limited)
        return fail(Code::invalid_argument, "the output's colour range must be limited");
    return {};
}

void set_colour(AVCodecContext& codec, const ColourEncoding& colour) noexcept {
    codec.color_range = AVCOL_RANGE_MPEG;
    switch (colour.matrix) {
        case ColourMatrix::bt601:
            codec.colorspace = AVCOL_SPC_SMPTE170M;
            codec.color_primaries = AVCOL_PRI_SMPTE170M;
            codec.color_trc = AVCOL_TRC_SMPTE170M;
            break;
        case ColourMatrix::bt709:
            codec.colorspace = AVCOL_SPC_BT709;
            codec.color_primaries = AVCOL_PRI_BT709;
            codec.color_trc = AVCOL_TRC_BT709;
            break;
        case ColourMatrix::bt2020:
            codec.colorspace = AVCOL_SPC_BT2020_NCL;
            codec.color_primaries = AVCOL_PRI_BT2020;
            codec.color_trc = AVCOL_TRC_BT2020_10;
            break;
    }
    switch (colour.siting) {
        case ChromaSiting::left:
            codec.chroma_sample_location = AVCHROMA_LOC_LEFT;
            break;
        case ChromaSiting::center:
            codec.chroma_sample_location = AVCHROMA_LOC_CENTER;
            break;
        case ChromaSiting::top_left:
            codec.chroma_sample_location = AVCHROMA_LOC_TOPLEFT;
            break;
    }
}

/// With AVX-512 x264 0.164 takes memory into account that nobody has written: the same pictures gave other
/// bytes from run to run, and took longer than with AVX2 (docs/benchmarks.md).
void leave_out_avx512([[maybe_unused]] Options& settings) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        settings.set("x264-params", "asm=avx2");
#endif
}

Result<CodecContextPointer> open_codec(const EncodeOptions& options, Log& log) {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (codec == nullptr)
        return fail(Code::internal, "this FFmpeg has no H.264 encoder (libx264)",
                    "Install a libavcodec that is built with libx264");
    CodecContextPointer context(avcodec_alloc_context3(codec));
    if (!context)
        throw std::bad_alloc();
    send_log_to(*context, log);
    // Levels and rate control need some rate; an unknown one is not the inverse of a fine time base.
    constexpr Rational usual_rate{25, 1};
    context->width = options.size.width;
    context->height = options.size.height;
    context->sample_aspect_ratio = {1, 1};
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = TRY(libav_rational(options.time_base, "the time base"));
    context->framerate = TRY(
        libav_rational(options.frame_rate.numerator > 0 ? options.frame_rate : usual_rate, "the frame rate"));
    context->thread_count = options.threads;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colour(*context, options.colour);
    Options settings;
    settings.set("preset", name_of(options.preset));
    settings.set("crf", options.crf);
    leave_out_avx512(settings);
    const int opened = avcodec_open2(context.get(), codec, settings.address());
    if (opened < 0)
        return libav_error(opened, "the H.264 encoder does not take " + text_of(options.size) + " pixels",
                           Code::internal);
    return context;
}

/// A frame that holds the canvas's memory as long as FFmpeg wants to read it.
FramePointer frame_over(const Canvas& canvas) {
    using Hold = std::shared_ptr<const void>;
    auto hold = std::make_unique<Hold>(canvas.memory());
    const auto size =
        static_cast<std::size_t>(canvas.stride(0)) * static_cast<std::size_t>(canvas.size().height) * 3 / 2;
    auto frame = make_frame();
    frame->buf[0] = av_buffer_create(
        const_cast<std::uint8_t*>(canvas.plane(0)), size,
        [](void* held, std::uint8_t*) { delete static_cast<Hold*>(held); }, hold.get(),
        AV_BUFFER_FLAG_READONLY);
    if (frame->buf[0] == nullptr)
        throw std::bad_alloc();
    static_cast<void>(hold.release());
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = canvas.size().width;
    frame->height = canvas.size().height;
    for (int i = 0; i < 3; ++i) {
        frame->data[i] = const_cast<std::uint8_t*>(canvas.plane(i));
        frame->linesize[i] = static_cast<int>(canvas.stride(i));
    }
    return frame;
}

class Mp4Encoder final : public Encoder {
  public:
    Mp4Encoder(const EncodeOptions& options, std::unique_ptr<OutputFile> file, CodecContextPointer codec,
               std::unique_ptr<Sound> sound)
        : options_(options), file_(std::move(file)), codec_(std::move(codec)), sound_(std::move(sound)) {}

    [[nodiscard]] Result<> start(Log& log);
    [[nodiscard]] Result<> write(const Canvas& canvas, std::int64_t pts, std::int64_t duration) override;
    [[nodiscard]] Result<> finish() override;

  private:
    [[nodiscard]] Result<> add_streams();
    [[nodiscard]] Result<> accepts(const Canvas& canvas, std::int64_t pts) const;
    [[nodiscard]] Result<> encode(const AVFrame* frame);
    [[nodiscard]] Result<> mux_picture();
    [[nodiscard]] Result<> mux_sound_before(std::int64_t time, AVRational time_base);
    [[nodiscard]] Result<bool> take_sound();
    [[nodiscard]] Result<> mux(AVPacket& packet);

    EncodeOptions options_;
    std::unique_ptr<OutputFile> file_;
    CodecContextPointer codec_;
    std::unique_ptr<Sound> sound_;  ///< null when there is none, or no more
    OutputContextPointer muxer_;
    AVStream* picture_stream_ = nullptr;
    AVStream* sound_stream_ = nullptr;
    PacketPointer packet_ = make_packet();
    AVRational sound_clock_{0, 1};
    PacketPointer sound_packet_ = make_packet();  ///< timed after the last picture; empty when not yet made
    std::optional<std::int64_t> first_pts_;
    std::int64_t last_pts_ = 0;
    std::int64_t end_ = 0;  ///< of the last picture, from the first
    /// By pts from the first: x264 reorders pictures and does not carry their durations.
    std::map<std::int64_t, std::int64_t> durations_;
};

Result<> Mp4Encoder::add_streams() {
    picture_stream_ = avformat_new_stream(muxer_.get(), nullptr);
    if (picture_stream_ == nullptr ||
        avcodec_parameters_from_context(picture_stream_->codecpar, codec_.get()) < 0)
        throw std::bad_alloc();
    picture_stream_->time_base = codec_->time_base;
    picture_stream_->avg_frame_rate = codec_->framerate;
    picture_stream_->sample_aspect_ratio = codec_->sample_aspect_ratio;
    if (!sound_)
        return {};
    sound_stream_ = avformat_new_stream(muxer_.get(), nullptr);
    if (sound_stream_ == nullptr)
        throw std::bad_alloc();
    sound_stream_->time_base = sound_clock_ = {1, sound_->format().sample_rate};
    return describe(sound_->format(), *sound_stream_->codecpar);
}

Result<> Mp4Encoder::start(Log& log) {
    AVFormatContext* context = nullptr;
    if (avformat_alloc_output_context2(&context, nullptr, "mp4", nullptr) < 0)
        throw std::bad_alloc();
    muxer_.reset(context);
    send_log_to(*context, log);
    file_->attach_to(*context);
    // FLAC in MP4 has a specification since 2016, but FFmpeg 5.1 still calls it experimental.
    context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    TRY(add_streams());
    Options settings;
    settings.set("movflags", "+faststart");
    const int begun = avformat_write_header(context, settings.address());
    TRY(file_->check());
    if (begun < 0)
        return libav_error(begun, "the MP4 header cannot be written", Code::internal);
    return {};
}

Result<> Mp4Encoder::accepts(const Canvas& canvas, std::int64_t pts) const {
    if (canvas.size() != options_.size || canvas.colour() != options_.colour)
        return fail(Code::internal, "a picture of " + text_of(canvas.size()) +
                                        " pixels or its colours are not those of the output (" +
                                        text_of(options_.size) + ")");
    if (first_pts_ && pts <= last_pts_)
        return fail(Code::internal, "the picture at tick " + std::to_string(pts) +
                                        " comes after the one at " + std::to_string(last_pts_));
    return {};
}

Result<> Mp4Encoder::write(const Canvas& canvas, std::int64_t pts, std::int64_t duration) {
    TRY(accepts(canvas, pts));
    if (!first_pts_)
        first_pts_ = pts;
    last_pts_ = pts;
    end_ = pts - *first_pts_ + duration;
    auto frame = frame_over(canvas);
    frame->pts = pts - *first_pts_;
    durations_[frame->pts] = duration;
    return encode(frame.get());
}

/// All packets are taken at once, so that the encoder has let go of the canvas when this returns.
Result<> Mp4Encoder::encode(const AVFrame* frame) {
    const int sent = avcodec_send_frame(codec_.get(), frame);
    if (sent < 0)
        return libav_error(sent, "the H.264 encoder failed", Code::internal);
    while (true) {
        const int got = avcodec_receive_packet(codec_.get(), packet_.get());
        if (got == AVERROR(EAGAIN) || got == AVERROR_EOF)
            return {};
        if (got < 0)
            return libav_error(got, "the H.264 encoder failed", Code::internal);
        TRY(mux_picture());
    }
}

Result<> Mp4Encoder::mux_picture() {
    if (const auto found = durations_.extract(packet_->pts))
        packet_->duration = found.mapped();
    TRY(mux_sound_before(packet_->dts, codec_->time_base));
    packet_->stream_index = picture_stream_->index;
    av_packet_rescale_ts(packet_.get(), codec_->time_base, picture_stream_->time_base);
    return mux(*packet_);
}

/// Keeps sound and picture side by side in the file, and the packets in memory few.
Result<> Mp4Encoder::mux_sound_before(std::int64_t time, AVRational time_base) {
    while (sound_) {
        if (sound_packet_->data == nullptr && !TRY(take_sound())) {
            sound_.reset();
            break;
        }
        if (av_compare_ts(sound_packet_->pts, sound_clock_, time, time_base) >= 0)
            break;
        sound_packet_->stream_index = sound_stream_->index;
        av_packet_rescale_ts(sound_packet_.get(), sound_clock_, sound_stream_->time_base);
        TRY(mux(*sound_packet_));
    }
    return {};
}

/// Copies the next packet of the sound, because muxers read a little beyond the end; false when there is
/// none.
Result<bool> Mp4Encoder::take_sound() {
    const auto packet = TRY(sound_->next());
    if (!packet)
        return false;
    if (av_new_packet(sound_packet_.get(), static_cast<int>(packet->bytes.size())) < 0)
        throw std::bad_alloc();
    std::ranges::copy(packet->bytes, reinterpret_cast<std::byte*>(sound_packet_->data));
    sound_packet_->pts = sound_packet_->dts = packet->pts;
    sound_packet_->duration = packet->duration;
    sound_packet_->flags = AV_PKT_FLAG_KEY;
    return true;
}

Result<> Mp4Encoder::mux(AVPacket& packet) {
    const int written = av_write_frame(muxer_.get(), &packet);
    av_packet_unref(&packet);
    TRY(file_->check());
    if (written < 0)
        return libav_error(written, "the MP4 file cannot be written", Code::internal);
    return {};
}

Result<> Mp4Encoder::finish() {
    if (!first_pts_)
        return fail(Code::empty_window, "no picture was written into the output");
    TRY(encode(nullptr));
    TRY(mux_sound_before(end_, codec_->time_base));
    const int ended = av_write_trailer(muxer_.get());
    TRY(file_->check());
    if (ended < 0)
        return libav_error(ended, "the MP4 index cannot be written", Code::internal);
    return file_->commit();
}

}  // namespace

const char* name_of(Preset preset) noexcept {
    return presets[static_cast<std::size_t>(preset)].name;
}

std::optional<Preset> preset_named(std::string_view name) noexcept {
    for (const auto& known : presets)
        if (name == known.name)
            return known.preset;
    return std::nullopt;
}

Result<std::unique_ptr<Encoder>> open_encoder(const std::filesystem::path& path, const EncodeOptions& options,
                                              std::unique_ptr<Sound> sound, Log& log) {
    TRY(check(options));
    auto codec = TRY(open_codec(options, log));
    auto file = TRY(OutputFile::create(path));
    auto encoder = std::make_unique<Mp4Encoder>(options, std::move(file), std::move(codec), std::move(sound));
    TRY(encoder->start(log));
    return encoder;
}

}  // namespace posed::media
