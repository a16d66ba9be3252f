#include "tests/support/cutting_proxy.h"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace posed::tests {
namespace {

constexpr int look_milliseconds = 20;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Empty at the end of the stream.
std::string received_from(int socket) {
    std::string bytes(1 << 16, '\0');
    const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

CuttingProxy::CuttingProxy(std::uint16_t server_port)
    : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
        ::getsockname(listener_, any, &size) != 0)
        throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

CuttingProxy::~CuttingProxy() {
    thread_ = {};
    ::close(listener_);
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
        pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, look_milliseconds) <= 0)
            continue;
        connections.emplace_back([this, client = ::accept(listener_, nullptr, nullptr)](
                                     const std::stop_token& ended) { connect_through(client, ended); });
    }
}

void CuttingProxy::connect_through(int client_socket, const std::stop_token& stop) {
    const Descriptor client(client_socket);
    const Descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(server_port_);
    if (::connect(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return;
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> ends{{{.fd = client.number(), .events = POLLIN, .revents = 0},
                                    {.fd = server.number(), .events = POLLIN, .revents = 0}}};
        if (::poll(ends.data(), ends.size(), look_milliseconds) <= 0)
            continue;
        for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 0}}) {
            const auto& source = ends.at(static_cast<std::size_t>(from));
            if (source.revents == 0)
                continue;
            const auto bytes = received_from(source.fd);
            const bool is_answer = from == 1;
            if (bytes.empty() || (is_answer && is_to_be_lost(bytes)) ||
                !send_all(ends.at(static_cast<std::size_t>(to)).fd, bytes))
                return;
        }
    }
}

}  // namespace posed::tests
