#pragma once

#include <memory>

#include "base/result.h"
#include "domain/frame.h"

namespace posed::media {

/// Brings decoded frames upright, to the size and the colour encoding of a canvas.
///
/// A 4:2:0 frame that already has the canvas's size, matrix and range is only copied, turned and mirrored by
/// whole samples, exactly (its chroma siting turns along, at most one luma sample away from the canvas's).
/// Everything else is resampled once, bicubic, as it was coded, from the frame's chroma siting to the
/// canvas's, full range to limited and one matrix to another where they differ, and then turned and mirrored
/// by whole samples. Keeps its tables and its memory between frames of equal shape. One thread at a time.
class Scaler {
  public:
    Scaler();
    Scaler(Scaler&&) noexcept;
    Scaler& operator=(Scaler&&) noexcept;
    ~Scaler();

    /// Fills `canvas` with all of `frame`. A canvas that is to be encoded has the frame's matrix and limited
    /// range. Errors: unsupported_media for a frame that is turned by anything but quarter turns or has an
    /// unheard-of chroma subsampling, invalid_argument for a canvas more than 200 times smaller in one
    /// direction.
    [[nodiscard]] Result<> scale(const FrameView& frame, Canvas& canvas);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posed::media
