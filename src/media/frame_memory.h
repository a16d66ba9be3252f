#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace posed::media {

/// Where decoded pictures are to lie, for whoever wants to read them without a copy: a codec asks here before
/// it takes memory of its own. It is asked from the codec's threads, and must outlive what it gave.
class FrameMemory {
  public:
    virtual ~FrameMemory() = default;

    /// `bytes`, aligned to 64, until the last holder lets go (the codec refers to a picture after it was
    /// given out); null when there is none, so that the codec takes its own.
    [[nodiscard]] virtual std::shared_ptr<std::uint8_t> take(std::size_t bytes) = 0;
};

}  // namespace posed::media
