#include "media/sandbox/frame_ring.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posed::media::sandbox {

Result<std::shared_ptr<FrameRing>> FrameRing::create(const Descriptor& memory, std::size_t slot_bytes,
                                                     int slots) {
    const auto bytes = slot_bytes * static_cast<std::size_t>(slots);
    struct stat status {};
    // Sealed before it is looked at: the child has had the memory in its hands.
    if (::ftruncate(memory.number(), static_cast<off_t>(bytes)) != 0 ||
        ::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        ::fstat(memory.number(), &status) != 0)
        return system_error(errno, "the memory for decoded frames");
    if (static_cast<std::size_t>(status.st_size) != bytes)
        return fail(Code::decoder_crashed, "the decoder process changed the size of the shared memory");
    void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.number(), 0);
    if (mapped == MAP_FAILED)
        return system_error(errno, "the memory for decoded frames");
    std::unique_ptr<FrameRing> ring(
        new FrameRing(static_cast<const std::uint8_t*>(mapped), slot_bytes, slots));
    return std::shared_ptr<FrameRing>(std::move(ring));
}

FrameRing::~FrameRing() {
    ::munmap(const_cast<std::uint8_t*>(memory_), slot_bytes_ * is_free_.size());
}

std::optional<int> FrameRing::take() {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(is_free_, true);
    if (found == is_free_.end())
        return std::nullopt;
    *found = false;
    return static_cast<int>(found - is_free_.begin());
}

void FrameRing::give_back(int slot) {
    const std::lock_guard lock(mutex_);
    is_free_[static_cast<std::size_t>(slot)] = true;
}

bool FrameRing::has_free_slot() {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(is_free_, true) != is_free_.end();
}

}  // namespace posed::media::sandbox
