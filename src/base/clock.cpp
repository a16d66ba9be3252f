#include "base/clock.h"

#include <ctime>

namespace posed {
namespace {

std::chrono::microseconds read_clock(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);  // fails for unknown clocks only
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds{time.tv_sec} +
                                                                 std::chrono::nanoseconds{time.tv_nsec});
}

class SystemClock final : public Clock {
  public:
    std::chrono::microseconds now() const noexcept override { return read_clock(CLOCK_REALTIME); }
    std::chrono::microseconds boot_time() const noexcept override { return read_clock(CLOCK_BOOTTIME); }
};

}  // namespace

const Clock& system_clock() noexcept {
    static const SystemClock clock;
    return clock;
}

}  // namespace posed
