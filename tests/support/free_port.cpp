#include "tests/support/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace posed::tests {

/// Below those that the kernel gives to clients: one that asks again and again for a service that is away
/// would else, one day, connect to itself and keep the port.
std::uint16_t free_port() {
    constexpr int lowest = 20'000, count = 10'000;
    static int tried = ::getpid();
    while (true) {
        const int port = lowest + tried++ % count;
        const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
            return static_cast<std::uint16_t>(port);
    }
}

}  // namespace posed::tests
