#pragma once

#include <stop_token>
#include <thread>

#include "base/descriptor.h"

namespace posed::commands {

/// Turns the first SIGINT or SIGTERM into a stop request, so that a run ends by its own means and leaves no
/// half file; the second one kills. Must be made by the main thread before any other thread.
class Interruption {
  public:
    /// The end of `lifeline`, when there is one, is a stop request as well. It must outlive this object.
    explicit Interruption(const Descriptor& lifeline = Descriptor());
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    ~Interruption() = default;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

    /// Returns when a stop is requested.
    void wait() const;

  private:
    std::stop_source source_;
    std::jthread waiter_;
};

}  // namespace posed::commands
