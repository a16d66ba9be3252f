#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace posed::media::sandbox {

/// The parent's half of the memory that frames come through: slots of equal size, which the child writes and
/// the parent only reads. Its size is sealed, so the child cannot take pages away under a reader; that it may
/// still write into a slot that is being read changes pixels and nothing else. Shared by a decoder and the
/// frames it gave; thread-safe.
class FrameRing {
  public:
    /// Gives the memory its size, seals and maps it.
    [[nodiscard]] static Result<std::shared_ptr<FrameRing>> create(const Descriptor& memory,
                                                                   std::size_t slot_bytes, int slots);

    FrameRing(const FrameRing&) = delete;
    FrameRing& operator=(const FrameRing&) = delete;
    ~FrameRing();

    /// The lowest free slot, whose memory is the likeliest to be in the cache; nothing when none is free.
    [[nodiscard]] std::optional<int> take();
    void give_back(int slot);
    [[nodiscard]] bool has_free_slot();

    [[nodiscard]] const std::uint8_t* slot(int index) const noexcept {
        return memory_ + static_cast<std::size_t>(index) * slot_bytes_;
    }

  private:
    FrameRing(const std::uint8_t* memory, std::size_t slot_bytes, int slots)
        : memory_(memory), slot_bytes_(slot_bytes), is_free_(static_cast<std::size_t>(slots), true) {}

    const std::uint8_t* memory_;
    std::size_t slot_bytes_;
    std::mutex mutex_;
    std::vector<bool> is_free_;
};

}  // namespace posed::media::sandbox
