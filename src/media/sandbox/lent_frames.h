#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/descriptor.h"
#include "domain/frame.h"
#include "media/frame_memory.h"
#include "media/sandbox/messages.h"

namespace posed::media::sandbox {

/// The child's half of the memory that frames come through. Once it is mapped, the codec decodes into its
/// slots, so that most frames are where the parent reads them without being copied. Held by the codec's
/// pictures, too; `take` is for any thread, the rest for one.
class SharedSlots final : public FrameMemory, public std::enable_shared_from_this<SharedSlots> {
  public:
    ~SharedSlots() override;

    /// False where the memory is not what the parent says.
    [[nodiscard]] bool map(const Descriptor& memory, const UseRing& ring);

    /// Leaves as many slots as may be lent, so that there is always one to copy a frame into.
    [[nodiscard]] std::shared_ptr<std::uint8_t> take(std::size_t bytes) override;

    /// A slot to copy into; null when there is none.
    [[nodiscard]] std::shared_ptr<std::uint8_t> take_for_copy();

    /// The slot that these bytes are in.
    [[nodiscard]] std::optional<std::uint32_t> slot_of(const std::uint8_t* bytes) const noexcept;
    [[nodiscard]] const std::uint8_t* begin_of(std::uint32_t slot) const noexcept {
        return memory_ + slot * ring_.slot_bytes;
    }
    [[nodiscard]] std::size_t slot_bytes() const noexcept { return ring_.slot_bytes; }

  private:
    [[nodiscard]] std::shared_ptr<std::uint8_t> take_lowest(std::uint64_t& owner);

    std::mutex mutex_;
    std::uint8_t* memory_ = nullptr;
    UseRing ring_;
    std::uint64_t of_codec_ = 0;   ///< slots in use (bit i: slot i)
    std::uint64_t of_copies_ = 0;  ///< the same
};

/// The frames that the parent has not yet let go.
class LentFrames {
  public:
    explicit LentFrames(std::shared_ptr<SharedSlots> slots) noexcept : slots_(std::move(slots)) {}

    /// Where the parent finds it; nothing when it does not fit. Copied unless the codec has put it there.
    [[nodiscard]] std::optional<FrameDecoded> lend(const Frame& frame);

    void take_back(std::uint64_t let_go);

  private:
    [[nodiscard]] std::optional<FrameDecoded> as_it_lies(const FrameView& view) const;
    static void copy(const FrameView& view, const std::array<PlanePlace, 3>& places, std::uint8_t* to);

    std::shared_ptr<SharedSlots> slots_;
    std::map<std::uint32_t, std::shared_ptr<const void>> lent_;
};

}  // namespace posed::media::sandbox
