#include "media/ffmpeg.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>

namespace posed::media {
namespace {

/// The log of the nearest context around `object` that has one. FFmpeg's objects start with a pointer to
/// their class, and some classes say where the object names its parent.
Log* log_around(void* object) noexcept {
    constexpr int deepest = 8;
    for (int depth = 0; object != nullptr && depth < deepest; ++depth) {
        const AVClass* type = *static_cast<AVClass**>(object);
        if (type == nullptr)
            return nullptr;
        void* found = nullptr;
        if (type == avcodec_get_class())
            found = static_cast<AVCodecContext*>(object)->opaque;
        else if (type == avformat_get_class())
            found = static_cast<AVFormatContext*>(object)->opaque;
        if (found != nullptr)
            return static_cast<Log*>(found);
        if (type->parent_log_context_offset == 0)
            return nullptr;
        object = *reinterpret_cast<void**>(static_cast<char*>(object) + type->parent_log_context_offset);
    }
    return nullptr;
}

void pass_on(void* object, int level, const char* format, va_list arguments) noexcept {
    // The only word about damage that the bits themselves did not betray is a piece of information.
    const bool conceals = level == AV_LOG_INFO && std::strncmp(format, "concealing", 10) == 0;
    if (level > AV_LOG_WARNING && !conceals)
        return;
    Log* log = log_around(object);
    if (log == nullptr)
        return;
    std::array<char, 1024> text{};
    const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (length <= 0)
        return;
    std::string_view line(text.data());
    while (!line.empty() && line.back() == '\n')
        line.remove_suffix(1);
    if (line.empty())
        return;
    try {
        log->write(level <= AV_LOG_ERROR || conceals ? Log::Level::info : Log::Level::debug,
                   "libav: " + std::string(line));
    } catch (...) {
        // Called from C: a line of the log is the lesser loss.
    }
}

/// FFmpeg's settings for the whole process: who hears its log, and what one piece of memory may at most be.
/// The largest picture of the default limits (4:4:4, 16 bits) takes less than half; more is a container that
/// lies.
void set_up_libav() {
    constexpr std::size_t most_bytes = 512U << 20U;
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_callback(&pass_on);
        av_max_alloc(most_bytes);
    });
}

}  // namespace

FramePointer make_frame() {
    FramePointer frame(av_frame_alloc());
    if (!frame)
        throw std::bad_alloc();
    return frame;
}

PacketPointer make_packet() {
    PacketPointer packet(av_packet_alloc());
    if (!packet)
        throw std::bad_alloc();
    return packet;
}

std::string text_of_libav(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

Error libav_error(int error, const std::string& what, Code otherwise) {
    const int system = AVUNERROR(error);
    if (system == ENOSPC || system == EDQUOT || system == EFBIG || system == EACCES || system == EIO)
        return system_error(system, what);
    return fail(otherwise, what + ": " + text_of_libav(error));
}

void send_log_to(AVFormatContext& context, Log& log) {
    set_up_libav();
    context.opaque = &log;
}

void send_log_to(AVCodecContext& context, Log& log) {
    set_up_libav();
    context.opaque = &log;
}

}  // namespace posed::media
