#include "media/sandbox/channel.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <poll.h>
#include <sys/socket.h>

#include "media/sandbox/messages.h"

namespace posed::media::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often a wait looks whether it was told to stop.
constexpr milliseconds slice{50};

}  // namespace

Transfer Channel::wait_for(short events, const Patience& patience) const {
    pollfd watched{.fd = socket_.number(), .events = events, .revents = 0};
    while (true) {
        if (patience.stop.stop_requested())
            return Transfer::stopped;
        const auto now = steady_clock::now();
        if (now >= patience.until)
            return Transfer::too_late;
        // Rounded up, so that the last part of a millisecond is not spent spinning.
        const auto rest =
            std::chrono::ceil<milliseconds>(std::min<steady_clock::duration>(patience.until - now, slice));
        const bool for_ever =
            !patience.stop.stop_possible() && patience.until == steady_clock::time_point::max();
        if (::poll(&watched, 1, for_ever ? -1 : static_cast<int>(rest.count())) > 0)
            return Transfer::done;
    }
}

Transfer Channel::send(std::span<const std::byte> packet, const Patience& patience) {
    while (!packet.empty()) {
        const auto sent = ::send(socket_.number(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            packet = packet.subspan(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (const auto waited = wait_for(POLLOUT, patience); waited != Transfer::done)
                return waited;
        } else if (errno != EINTR) {
            return Transfer::closed;
        }
    }
    return Transfer::done;
}

Transfer Channel::fill(std::span<std::byte> bytes, const Patience& patience) {
    while (!bytes.empty()) {
        const auto got = ::recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(got));
        } else if (got < 0 && errno == EAGAIN) {
            if (const auto waited = wait_for(POLLIN, patience); waited != Transfer::done)
                return waited;
        } else if (got == 0 || errno != EINTR) {
            return Transfer::closed;
        }
    }
    return Transfer::done;
}

Transfer Channel::receive(std::vector<std::byte>& message, const Patience& patience) {
    std::uint32_t length = 0;
    if (const auto got = fill(std::as_writable_bytes(std::span(&length, 1)), patience); got != Transfer::done)
        return got;
    if (length == 0 || length > message_bytes_max)
        return Transfer::too_long;
    message.resize(length);
    return fill(message, patience);
}

bool Channel::is_quiet() const noexcept {
    pollfd watched{.fd = socket_.number(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 0;
}

}  // namespace posed::media::sandbox
