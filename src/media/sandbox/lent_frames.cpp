#include "media/sandbox/lent_frames.h"

#include <bit>
#include <cstring>
#include <functional>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "media/sandbox/frame_layout.h"

namespace posed::media::sandbox {

SharedSlots::~SharedSlots() {
    if (memory_ != nullptr)
        ::munmap(memory_, ring_.slot_bytes * ring_.slots);
}

bool SharedSlots::map(const Descriptor& memory, const UseRing& ring) {
    constexpr std::uint64_t most_slot_bytes = std::uint64_t{1} << 32U;
    if (ring.slot_bytes == 0 || ring.slot_bytes > most_slot_bytes || ring.slots != ring_slots)
        return false;
    const auto bytes = ::lseek(memory.number(), 0, SEEK_END);  // fstat takes a path in the C library
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) != ring.slot_bytes * ring.slots)
        return false;
    void* mapped =
        ::mmap(nullptr, ring.slot_bytes * ring.slots, PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0);
    if (mapped == MAP_FAILED)
        return false;
    const std::lock_guard lock(mutex_);
    memory_ = static_cast<std::uint8_t*>(mapped);
    ring_ = ring;
    return true;
}

std::shared_ptr<std::uint8_t> SharedSlots::take(std::size_t bytes) {
    constexpr int lent_max = frames_kept_max + frames_ahead;
    const std::lock_guard lock(mutex_);
    if (bytes > ring_.slot_bytes || std::popcount(of_codec_) >= static_cast<int>(ring_slots) - lent_max)
        return nullptr;
    return take_lowest(of_codec_);
}

std::shared_ptr<std::uint8_t> SharedSlots::take_for_copy() {
    const std::lock_guard lock(mutex_);
    return take_lowest(of_copies_);
}

/// Whose memory is the likeliest to be in the cache.
std::shared_ptr<std::uint8_t> SharedSlots::take_lowest(std::uint64_t& owner) {
    const auto slot = static_cast<std::uint32_t>(std::countr_one(of_codec_ | of_copies_));
    if (slot >= ring_.slots)
        return nullptr;
    const auto bit = std::uint64_t{1} << slot;
    owner |= bit;
    return {memory_ + slot * ring_.slot_bytes, [self = shared_from_this(), &owner, bit](std::uint8_t*) {
                const std::lock_guard lock(self->mutex_);
                owner &= ~bit;
            }};
}

std::optional<std::uint32_t> SharedSlots::slot_of(const std::uint8_t* bytes) const noexcept {
    const std::less<> comes_before;
    if (memory_ == nullptr || comes_before(bytes, memory_) ||
        !comes_before(bytes, memory_ + ring_.slot_bytes * ring_.slots))
        return std::nullopt;
    return static_cast<std::uint32_t>(static_cast<std::size_t>(bytes - memory_) / ring_.slot_bytes);
}

std::optional<FrameDecoded> LentFrames::lend(const Frame& frame) {
    if (auto placed = as_it_lies(frame.view)) {
        lent_.emplace(placed->slot, frame.memory);
        return placed;
    }
    const auto& planes = frame.view.planes;
    const std::array sizes{Size{planes[0].width, planes[0].height}, Size{planes[1].width, planes[1].height},
                           Size{planes[2].width, planes[2].height}};
    FrameDecoded placed;
    placed.planes = places_for(sizes);
    if (!lie_within(placed.planes, sizes, slots_->slot_bytes()))
        return std::nullopt;
    auto memory = slots_->take_for_copy();
    if (!memory)
        return std::nullopt;
    placed.slot = *slots_->slot_of(memory.get());
    copy(frame.view, placed.planes, memory.get());
    lent_.emplace(placed.slot, std::move(memory));
    return placed;
}

/// Nothing when it is not in a slot, or is lent already: some codecs show a picture twice.
std::optional<FrameDecoded> LentFrames::as_it_lies(const FrameView& view) const {
    const auto slot = slots_->slot_of(view.planes[0].data);
    if (!slot || lent_.contains(*slot))
        return std::nullopt;
    FrameDecoded placed;
    placed.slot = *slot;
    for (std::size_t i = 0; i < placed.planes.size(); ++i) {
        const auto& plane = view.planes[i];
        if (slots_->slot_of(plane.data) != slot)
            return std::nullopt;
        placed.planes[i] = {static_cast<std::uint64_t>(plane.data - slots_->begin_of(*slot)),
                            static_cast<std::uint64_t>(plane.stride)};
    }
    return placed;
}

void LentFrames::copy(const FrameView& view, const std::array<PlanePlace, 3>& places, std::uint8_t* to) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& from = view.planes[i];
        auto* row = to + places[i].offset;
        for (int y = 0; y < from.height; ++y, row += places[i].stride)
            std::memcpy(row, from.data + from.stride * y, static_cast<std::size_t>(from.width));
    }
}

void LentFrames::take_back(std::uint64_t let_go) {
    std::erase_if(lent_, [&](const auto& lent) { return ((let_go >> lent.first) & 1U) != 0; });
}

}  // namespace posed::media::sandbox
