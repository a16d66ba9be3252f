#include "tests/support/loopback.h"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace posed::tests {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

Descriptor listen_on_loopback() {
    Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto any = loopback(0);
    if (::bind(listener.number(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 ||
        ::listen(listener.number(), SOMAXCONN) != 0)
        throw std::runtime_error("the loopback cannot be listened on");
    return listener;
}

std::uint16_t port_of(const Descriptor& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    if (::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("a socket does not tell its port");
    return ntohs(address.sin_port);
}

Descriptor connect_to_loopback(std::uint16_t port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return Descriptor();
    return socket;
}

bool receive(int socket, std::string& received) {
    std::array<char, 65536> buffer{};
    const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count > 0)
        received.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::size_t length_of_body(std::string_view head) {
    const std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0 : std::stoul(std::string(head.substr(at + name.size())));
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

}  // namespace posed::tests
