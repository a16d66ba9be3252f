#include "storage/space_limit.h"

#include <algorithm>
#include <string>

#include "storage/filesystem_store.h"

namespace posed::storage {

Result<> SpaceLimit::take(std::uint64_t bytes) {
    if (!max_bytes_)
        return {};
    const std::scoped_lock lock(mutex_);
    if (!measured_at_ || clock_.boot_time() - *measured_at_ >= measured_for)
        TRY(measure_while_locked());
    if (bytes > *left(used_))
        TRY(measure_while_locked());  // another process may have removed something
    if (bytes > *left(used_))
        return fail(Code::storage_full,
                    "the store holds " + std::to_string(used_) + " of at most " +
                        std::to_string(*max_bytes_) + " bytes; " + std::to_string(bytes) + " more do not fit",
                    "delete videos, or raise POSED_MAX_STORE_BYTES");
    used_ += bytes;
    return {};
}

void SpaceLimit::give_back(std::uint64_t bytes) noexcept {
    const std::scoped_lock lock(mutex_);
    used_ -= std::min(used_, bytes);
}

std::optional<std::uint64_t> SpaceLimit::left(std::uint64_t used) const noexcept {
    if (!max_bytes_)
        return std::nullopt;
    return *max_bytes_ - std::min(*max_bytes_, used);
}

Result<> SpaceLimit::measure_while_locked() {
    used_ = TRY(measure_());
    measured_at_ = clock_.boot_time();
    return {};
}

}  // namespace posed::storage
