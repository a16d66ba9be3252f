#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stop_token>
#include <vector>

#include "base/descriptor.h"

namespace posed::media::sandbox {

/// How long to wait for the other end.
struct Patience {
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
    std::stop_token stop = {};
};

/// How a transfer ended.
enum class Transfer {
    done,
    closed,    ///< the other end is gone
    too_late,  ///< `Patience::until` is over
    stopped,   ///< `Patience::stop` was requested: noticed within a twentieth of a second
    too_long   ///< a message longer than `message_bytes_max`, or empty
};

/// Whole messages over a stream socket, each with its length in front. Used by one thread at a time; never
/// blocks beyond its patience, and trusts no length.
class Channel {
  public:
    explicit Channel(Descriptor socket) noexcept : socket_(std::move(socket)) {}

    /// `packet` as `encode` made it, with its length.
    [[nodiscard]] Transfer send(std::span<const std::byte> packet, const Patience& patience);

    /// Puts the next message, without its length, into `message`.
    [[nodiscard]] Transfer receive(std::vector<std::byte>& message, const Patience& patience);

    /// Whether the other end has gone, or has said something out of turn.
    [[nodiscard]] bool is_quiet() const noexcept;

  private:
    [[nodiscard]] Transfer wait_for(short events, const Patience& patience) const;
    [[nodiscard]] Transfer fill(std::span<std::byte> bytes, const Patience& patience);

    Descriptor socket_;
};

}  // namespace posed::media::sandbox
