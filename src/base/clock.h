#pragma once

#include <atomic>
#include <chrono>

namespace posed {

/// What time it is. Passed to whoever needs it, so that tests turn it by hand; may be used by several
/// threads.
class Clock {
  public:
    virtual ~Clock() = default;

    /// UTC since 1970-01-01. For records and for people: it jumps when somebody sets the machine's clock.
    [[nodiscard]] virtual std::chrono::microseconds now() const noexcept = 0;

    /// Since the machine was started, the time it slept included. For deadlines: it never jumps.
    [[nodiscard]] virtual std::chrono::microseconds boot_time() const noexcept = 0;
};

/// The machine's clock (CLOCK_REALTIME and CLOCK_BOOTTIME).
[[nodiscard]] const Clock& system_clock() noexcept;

/// A clock that moves when it is told to. For tests.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(std::chrono::microseconds now = std::chrono::sys_days{std::chrono::year{2026} / 1 /
                                                                               1}
                                                             .time_since_epoch()) noexcept
        : now_(now), boot_time_(std::chrono::hours{1}) {}

    std::chrono::microseconds now() const noexcept override { return now_; }
    std::chrono::microseconds boot_time() const noexcept override { return boot_time_; }

    /// Time passes.
    void advance(std::chrono::microseconds duration) noexcept {
        now_ = now_.load() + duration;
        boot_time_ = boot_time_.load() + duration;
    }

    /// Somebody sets the clock: `now` jumps, `boot_time` does not.
    void set(std::chrono::microseconds now) noexcept { now_ = now; }

  private:
    std::atomic<std::chrono::microseconds> now_;
    std::atomic<std::chrono::microseconds> boot_time_;
};

}  // namespace posed
