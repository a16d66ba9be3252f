#include "media/sandbox/frame_ring.h"

#include <bit>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posed::media::sandbox {

Result<std::shared_ptr<FrameRing>> FrameRing::create(const Descriptor& memory, const UseRing& ring) {
    const auto bytes = ring.slot_bytes * ring.slots;
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
    std::unique_ptr<FrameRing> created(
        new FrameRing(static_cast<const std::uint8_t*>(mapped), ring.slot_bytes, ring.slots));
    return std::shared_ptr<FrameRing>(std::move(created));
}

FrameRing::~FrameRing() {
    ::munmap(const_cast<std::uint8_t*>(memory_), slot_bytes_ * slots_);
}

bool FrameRing::hold(std::uint32_t slot) {
    const std::lock_guard lock(mutex_);
    const auto bit = std::uint64_t{1} << slot;
    const bool was_free = (held_ & bit) == 0;
    held_ |= bit;
    return was_free;
}

void FrameRing::let_go(std::uint32_t slot) {
    const std::lock_guard lock(mutex_);
    const auto bit = std::uint64_t{1} << slot;
    held_ &= ~bit;
    let_go_ |= bit;
}

int FrameRing::held() {
    const std::lock_guard lock(mutex_);
    return std::popcount(held_);
}

std::uint64_t FrameRing::take_let_go() {
    const std::lock_guard lock(mutex_);
    return std::exchange(let_go_, 0);
}

}  // namespace posed::media::sandbox
