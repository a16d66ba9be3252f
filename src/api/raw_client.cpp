#include "api/raw_client.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http.h"

namespace posed::api::tests {
namespace {

constexpr int patience_milliseconds = 60'000;

int connected(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(socket);
        return -1;
    }
    return socket;
}

}  // namespace

std::string Answer::field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 2, rest.size()));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name))
            return std::string(trimmed(line.substr(colon + 1)));
    }
    return {};
}

RawClient::RawClient(std::uint16_t port) : socket_(connected(port)) {}

RawClient::~RawClient() {
    if (socket_ >= 0)
        ::close(socket_);
}

bool RawClient::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawClient::receive() {
    if (socket_ < 0)
        return false;
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, patience_milliseconds) <= 0)
        return false;
    std::array<char, 65536> buffer;
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0)
        return false;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

std::string RawClient::take(std::size_t count) {
    while (received_.size() < count && receive()) {
    }
    auto text = received_.substr(0, count);
    received_.erase(0, count);
    return text;
}

std::string RawClient::read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos)
        if (!receive())
            return {};
    return take(received_.find(text) + text.size());
}

std::string RawClient::read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
}

Answer RawClient::read_answer(bool has_body) {
    Answer answer;
    answer.head = read_until("\r\n\r\n");
    if (answer.head.size() < 12)
        return answer;
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    if (!has_body)
        return answer;
    if (answer.field("Transfer-Encoding") == "chunked") {
        while (true) {
            const auto size = std::strtoul(read_until("\r\n").c_str(), nullptr, 16);
            answer.body += take(size);
            (void)take(2);
            if (size == 0)
                return answer;
        }
    }
    answer.body = take(std::strtoul(answer.field("Content-Length").c_str(), nullptr, 10));
    return answer;
}

void RawClient::vanish() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    ::close(std::exchange(socket_, -1));
}

RawClient& first_readable(RawClient& one, RawClient& other) {
    std::array<pollfd, 2> waiting{pollfd{.fd = one.descriptor(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = other.descriptor(), .events = POLLIN, .revents = 0}};
    ::poll(waiting.data(), waiting.size(), patience_milliseconds);
    return waiting[0].revents != 0 ? one : other;
}

Answer get(std::uint16_t port, const std::string& target, const std::string& more_fields) {
    RawClient client(port);
    client.send(request("GET", target, more_fields));
    return client.read_answer();
}

std::string request(const std::string& method, const std::string& target, const std::string& more_fields,
                    const std::string& body) {
    auto text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more_fields;
    if (!body.empty())
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

IdleClients::IdleClients(std::uint16_t port, int count) {
    while (count-- > 0) {
        const int socket = connected(port);
        if (socket < 0)
            return;
        sockets_.push_back(socket);
    }
}

IdleClients::~IdleClients() {
    for (const int socket : sockets_)
        ::close(socket);
}

}  // namespace posed::api::tests
