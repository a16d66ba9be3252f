#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "domain/frame.h"
#include "media/tone_map.h"
#include "media/video_stream.h"

namespace posed::media {

/// Planes of bytes that a `FrameView` can show as they are.
[[nodiscard]] bool is_shown_as_is(AVPixelFormat format) noexcept;

/// Frames of whatever format a codec gives as planar 8-bit pictures. Planes that are so already are passed on
/// without a copy; more bits, other layouts, HDR and interlaced pictures are converted into pooled memory.
/// Private to this folder; one thread at a time. Frames may outlive it.
class PictureConverter {
  public:
    explicit PictureConverter(const VideoStream& video);

    [[nodiscard]] Result<Frame> convert(FramePointer frame);

  private:
    [[nodiscard]] Result<FramePointer> rescale(const AVFrame& frame, AVPixelFormat format);
    [[nodiscard]] FramePointer pooled(AVPixelFormat format, const AVFrame& like);
    [[nodiscard]] Result<> open_scale(const AVFrame& frame, AVPixelFormat format);
    [[nodiscard]] Result<FramePointer> to_planar_bytes(FramePointer frame);
    [[nodiscard]] FramePointer tone_mapped(const AVFrame& frame);
    [[nodiscard]] FramePointer deinterlaced(const AVFrame& frame);
    [[nodiscard]] Frame view_of(FramePointer frame);

    VideoInfo info_;
    Affine coded_from_displayed_;
    ScaleContextPointer scale_;
    AVPixelFormat scale_to_ = AV_PIX_FMT_NONE;
    std::unique_ptr<ToneMap> tone_map_;                ///< for HDR only
    std::shared_ptr<std::vector<std::uint8_t>> grey_;  ///< a chroma plane for pictures that have none
    struct FreePool {
        void operator()(AVBufferPool* pool) const noexcept { av_buffer_pool_uninit(&pool); }
    };
    std::unique_ptr<AVBufferPool, FreePool> pool_;
    std::size_t pool_bytes_ = 0;
};

}  // namespace posed::media
