#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/descriptor.h"
#include "base/result.h"
#include "media/sandbox/messages.h"

namespace posed::media::sandbox {

/// The parent's half of the memory that frames come through: slots of equal size, into which the child
/// decodes and of which the parent only reads. Its size is sealed, so the child cannot take pages away under
/// a reader; that it may still write into a slot that is being read changes pixels and nothing else. Shared
/// by a decoder and the frames it gave; thread-safe.
class FrameRing {
  public:
    /// Gives the memory its size, seals and maps it. At most 64 slots.
    [[nodiscard]] static Result<std::shared_ptr<FrameRing>> create(const Descriptor& memory,
                                                                   const UseRing& ring);

    FrameRing(const FrameRing&) = delete;
    FrameRing& operator=(const FrameRing&) = delete;
    ~FrameRing();

    /// False when its frame is held already.
    [[nodiscard]] bool hold(std::uint32_t slot);
    void let_go(std::uint32_t slot);
    /// How many are held.
    [[nodiscard]] int held();
    /// The slots that were let go since the last call (bit i: slot i).
    [[nodiscard]] std::uint64_t take_let_go();

    [[nodiscard]] const std::uint8_t* slot(std::uint32_t index) const noexcept {
        return memory_ + index * slot_bytes_;
    }

  private:
    FrameRing(const std::uint8_t* memory, std::size_t slot_bytes, std::size_t slots)
        : memory_(memory), slot_bytes_(slot_bytes), slots_(slots) {}

    const std::uint8_t* memory_;
    std::size_t slot_bytes_;
    std::size_t slots_;
    std::mutex mutex_;
    std::uint64_t held_ = 0;
    std::uint64_t let_go_ = 0;
};

}  // namespace posed::media::sandbox
