#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace posed::tasks {

/// How fast a count rises: the average over the last ten to twenty seconds, so that it follows changes and
/// does not jump. A value; one thread.
class RateMeter {
  public:
    explicit RateMeter(std::chrono::microseconds now) noexcept : former_{now, 0}, latest_{now, 0} {}

    /// Per second; nothing before there is a span that says something.
    std::optional<double> add(std::chrono::microseconds now, std::int64_t done) noexcept {
        if (now - latest_.time >= window) {
            former_ = latest_;
            latest_ = {now, done};
        }
        const auto span = now - former_.time;
        if (span < least_span)
            return std::nullopt;
        return static_cast<double>(done - former_.done) / std::chrono::duration<double>(span).count();
    }

  private:
    static constexpr std::chrono::seconds window{10};
    static constexpr std::chrono::milliseconds least_span{200};

    struct Mark {
        std::chrono::microseconds time;
        std::int64_t done;
    };
    Mark former_;
    Mark latest_;
};

}  // namespace posed::tasks
