#include "media/byte_source_input.h"

#include <algorithm>
#include <new>
#include <span>
#include <vector>

#include "media/index_check.h"

namespace posed::media {
namespace {

constexpr int buffer_bytes = 64 << 10;
constexpr auto accepted_formats = "mov,matroska";

/// A container refers to something outside of itself: never followed.
int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
}

}  // namespace

const char* accepted_decoders() noexcept {
    return "h264,hevc,vp8,vp9,av1,libdav1d,libaom-av1,mpeg4,"
           "aac,mp3,mp3float,opus,libopus,vorbis,flac,alac,ac3,eac3,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,"
           "pcm_s32le,pcm_f32le,pcm_u8,pcm_mulaw,pcm_alaw";
}

ByteSourceInput::~ByteSourceInput() {
    context_.reset();
    if (bytes_ != nullptr) {
        // FFmpeg may have put another buffer in the place of the one it was given.
        av_freep(&bytes_->buffer);
        avio_context_free(&bytes_);
    }
}

int ByteSourceInput::read_bytes(void* self, std::uint8_t* buffer, int size) {
    auto& input = *static_cast<ByteSourceInput*>(self);
    try {
        auto got =
            input.source_->read_at(static_cast<std::uint64_t>(input.position_),
                                   std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size))));
        // libavformat would remember another error and return it at a later end: it hears "end" instead.
        if (got.has_error()) {
            if (!input.source_error_)
                input.source_error_ = std::move(got).error();
            return AVERROR_EOF;
        }
        input.position_ += static_cast<std::int64_t>(*got);
        return *got > 0 ? static_cast<int>(*got) : AVERROR_EOF;
    } catch (const std::exception& failure) {
        input.source_error_ = fail(Code::internal, std::string("reading the input: ") + failure.what());
        return AVERROR_EOF;
    }
}

std::int64_t ByteSourceInput::seek_bytes(void* self, std::int64_t offset, int whence) {
    auto& input = *static_cast<ByteSourceInput*>(self);
    const auto size = static_cast<std::int64_t>(input.source_->size());
    std::int64_t target = offset;
    switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
            return size;
        case SEEK_SET:
            break;
        case SEEK_CUR:
            target = input.position_ + offset;
            break;
        case SEEK_END:
            target = size + offset;
            break;
        default:
            return AVERROR(EINVAL);
    }
    if (target < 0)
        return AVERROR(EINVAL);
    return input.position_ = target;
}

Result<std::unique_ptr<ByteSourceInput>> ByteSourceInput::open(ByteSource& source, Log& log,
                                                               std::int64_t max_pixels) {
    auto input = std::unique_ptr<ByteSourceInput>(new ByteSourceInput(source, log));
    input->container_ = TRY(container_of(source));
    if (input->container_ == "mp4" || input->container_ == "mov")
        TRY(check_mp4_index(source));
    TRY(input->open_container());
    TRY(input->read_streams(max_pixels));
    return input;
}

Result<> ByteSourceInput::open_container() {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(buffer_bytes));
    bytes_ = avio_alloc_context(buffer, buffer_bytes, 0, this, &read_bytes, nullptr, &seek_bytes);
    AVFormatContext* context = avformat_alloc_context();
    if (buffer == nullptr || bytes_ == nullptr || context == nullptr)
        throw std::bad_alloc();
    context->pb = bytes_;
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->io_open = &open_nothing;
    send_log_to(*context, *log_);
    Options options;
    options.set("format_whitelist", accepted_formats);
    options.set("codec_whitelist", accepted_decoders());
    options.set("protocol_whitelist", "");
    // Chosen by our own look at the first bytes, so that nothing else is ever tried on them.
    const bool is_mov = container_ == "mp4" || container_ == "mov";
    const AVInputFormat* format = av_find_input_format(is_mov ? "mov" : "matroska");
    // Frees the context when it fails.
    const int opened = avformat_open_input(&context, "", format, options.address());
    if (opened < 0)
        return why_not_opened(opened);
    context_.reset(context);
    return {};
}

Error ByteSourceInput::why_not_opened(int error) const {
    if (source_error_)
        return *source_error_;
    return why_unreadable(*source_, container_, text_of_libav(error));
}

Result<> ByteSourceInput::read_streams(std::int64_t max_pixels) {
    std::vector<AVDictionary*> per_stream(context_->nb_streams, nullptr);
    for (auto*& options : per_stream) {
        av_dict_set_int(&options, "max_pixels", max_pixels, 0);
        av_dict_set_int(&options, "threads", 1, 0);
        av_dict_set(&options, "codec_whitelist", accepted_decoders(), 0);
    }
    const int found = avformat_find_stream_info(context_.get(), per_stream.data());
    for (auto*& options : per_stream)
        av_dict_free(&options);
    if (source_error_)
        return *source_error_;
    if (found < 0)
        return libav_error(found, "the streams cannot be told", Code::corrupt_media);
    return {};
}

Result<bool> ByteSourceInput::read(AVPacket& packet) {
    // A hostile index may name damaged data without end, each read of which costs time.
    constexpr std::int64_t most_unreadable = 1'000'000;
    while (true) {
        const int got = av_read_frame(context_.get(), &packet);
        if (source_error_)
            return *source_error_;
        if (got >= 0)
            return true;
        if (got == AVERROR_EOF || ++unreadable_ >= most_unreadable)
            return false;
        if (got == AVERROR(ENOMEM))
            throw std::bad_alloc();
    }
}

bool ByteSourceInput::seek(int stream, std::int64_t timestamp) {
    return av_seek_frame(context_.get(), stream, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

}  // namespace posed::media
