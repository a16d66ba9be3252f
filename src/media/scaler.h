#pragma once

#include <memory>

#include "base/result.h"
#include "domain/frame.h"

namespace posed::media {

/// Brings decoded frames upright and to the size of a canvas: scaled once (bicubic when enlarging never
/// occurs; area or Lanczos quality when shrinking), turned and mirrored by whole samples, 4:2:0. Keeps its
/// tables between frames of equal shape. Used by one thread at a time.
class Scaler {
  public:
    Scaler();
    Scaler(Scaler&&) noexcept;
    Scaler& operator=(Scaler&&) noexcept;
    ~Scaler();

    /// Fills `canvas` with all of `frame`. The canvas keeps the frame's matrix and range.
    [[nodiscard]] Result<> scale(const FrameView& frame, Canvas& canvas);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posed::media
