#include "tests/support/cutting_proxy.h"

#include <array>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "tests/support/loopback.h"

namespace posed::tests {
namespace {

constexpr int look_milliseconds = 20;

bool is_ready(pollfd* sockets, nfds_t count, bool cut) {
    if (!cut)
        return ::poll(sockets, count, look_milliseconds) > 0;
    ::poll(nullptr, 0, look_milliseconds);
    return false;
}

}  // namespace

CuttingProxy::CuttingProxy(std::uint16_t server_port)
    : server_port_(server_port), listener_(listen_on_loopback()), port_(port_of(listener_)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

CuttingProxy::~CuttingProxy() {
    thread_ = {};
}

void CuttingProxy::lose_answer_with(const std::string& text) {
    const std::lock_guard lock(mutex_);
    wanted_ = text;
}

bool CuttingProxy::is_to_be_lost(const std::string& answer) {
    const std::lock_guard lock(mutex_);
    if (wanted_.empty() || answer.find(wanted_) == std::string::npos)
        return false;
    wanted_.clear();
    ++lost_;
    return true;
}

void CuttingProxy::serve(const std::stop_token& stop) {
    std::vector<std::jthread> connections;
    while (!stop.stop_requested()) {
        pollfd waiting{.fd = listener_.number(), .events = POLLIN, .revents = 0};
        if (!is_ready(&waiting, 1, cut_))
            continue;
        connections.emplace_back(
            [this, client = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC)](
                const std::stop_token& ended) { connect_through(client, ended); });
    }
}

void CuttingProxy::connect_through(int client_socket, const std::stop_token& stop) {
    const Descriptor client(client_socket);
    const auto server = connect_to_loopback(server_port_);
    if (!server.is_open())
        return;
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> ends{{{.fd = client.number(), .events = POLLIN, .revents = 0},
                                    {.fd = server.number(), .events = POLLIN, .revents = 0}}};
        if (!is_ready(ends.data(), ends.size(), cut_))
            continue;
        for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 0}}) {
            const auto& source = ends.at(static_cast<std::size_t>(from));
            if (source.revents == 0)
                continue;
            std::string bytes;
            const bool is_answer = from == 1;
            if (!receive(source.fd, bytes) || (is_answer && is_to_be_lost(bytes)) ||
                !send_all(ends.at(static_cast<std::size_t>(to)).fd, bytes))
                return;
        }
    }
}

}  // namespace posed::tests
