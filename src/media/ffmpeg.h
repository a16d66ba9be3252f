#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include "base/log.h"
#include "base/result.h"
#include "domain/geometry.h"

/// FFmpeg's types with owners, its errors and its log. Private to this folder: no header that others include
/// may include it.
namespace posed::media {

template <auto Free>
struct FreeByAddress {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(&object);
    }
};

template <auto Free>
struct FreeByPointer {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using FramePointer = std::unique_ptr<AVFrame, FreeByAddress<&av_frame_free>>;
using PacketPointer = std::unique_ptr<AVPacket, FreeByAddress<&av_packet_free>>;
using CodecContextPointer = std::unique_ptr<AVCodecContext, FreeByAddress<&avcodec_free_context>>;
using CodecParametersPointer = std::unique_ptr<AVCodecParameters, FreeByAddress<&avcodec_parameters_free>>;
using InputContextPointer = std::unique_ptr<AVFormatContext, FreeByAddress<&avformat_close_input>>;
using OutputContextPointer = std::unique_ptr<AVFormatContext, FreeByPointer<&avformat_free_context>>;
using ScaleContextPointer = std::unique_ptr<SwsContext, FreeByPointer<&sws_freeContext>>;
using ResampleContextPointer = std::unique_ptr<SwrContext, FreeByAddress<&swr_free>>;
using AudioFifoPointer = std::unique_ptr<AVAudioFifo, FreeByPointer<&av_audio_fifo_free>>;
using BufferPointer = std::unique_ptr<AVBufferRef, FreeByAddress<&av_buffer_unref>>;

/// Allocations that end in std::bad_alloc instead of null.
[[nodiscard]] FramePointer make_frame();
[[nodiscard]] PacketPointer make_packet();

/// A dictionary of options on its way into an FFmpeg call, which takes out what it understood.
class Options {
  public:
    Options() = default;
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    ~Options() { av_dict_free(&dictionary_); }

    void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
    void set(const char* key, std::int64_t value) { av_dict_set_int(&dictionary_, key, value, 0); }
    [[nodiscard]] AVDictionary** address() noexcept { return &dictionary_; }

  private:
    AVDictionary* dictionary_ = nullptr;
};

/// FFmpeg's words for one of its negative return values.
[[nodiscard]] std::string text_of_libav(int error);

/// "<what>: <FFmpeg's words>" with the code that fits: system errors keep theirs, everything else is
/// `otherwise`.
[[nodiscard]] Error libav_error(int error, const std::string& what, Code otherwise);

/// Sends what FFmpeg says about this context, and the worker threads it starts, to `log`, which must outlive
/// the context. FFmpeg's errors are details to us (info, its warnings debug): whatever matters becomes an
/// `Error` or a lost frame. What it says about contexts that were not given to these functions is dropped.
void send_log_to(AVFormatContext& context, Log& log);
void send_log_to(AVCodecContext& context, Log& log);

[[nodiscard]] inline Rational rational_of(AVRational value) noexcept {
    return value.den > 0 ? Rational{value.num, value.den} : Rational{0, 1};
}

/// What FFmpeg's versions call differently.
#if LIBAVUTIL_VERSION_MAJOR >= 58
[[nodiscard]] inline std::int64_t duration_of(const AVFrame& frame) noexcept {
    return frame.duration;
}
[[nodiscard]] inline bool is_interlaced(const AVFrame& frame) noexcept {
    return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
}
[[nodiscard]] inline bool is_top_field_first(const AVFrame& frame) noexcept {
    return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
}
#else
[[nodiscard]] inline std::int64_t duration_of(const AVFrame& frame) noexcept {
    return frame.pkt_duration;
}
[[nodiscard]] inline bool is_interlaced(const AVFrame& frame) noexcept {
    return frame.interlaced_frame != 0;
}
[[nodiscard]] inline bool is_top_field_first(const AVFrame& frame) noexcept {
    return frame.top_field_first != 0;
}
#endif

}  // namespace posed::media
