#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.h"

/// What the servers and proxies of the tests need of sockets, all of them on 127.0.0.1.
namespace posed::tests {

/// Listens on any port that is free. Throws std::runtime_error.
[[nodiscard]] Descriptor listen_on_loopback();
[[nodiscard]] std::uint16_t port_of(const Descriptor& listener);

/// Not open when nobody listens there.
[[nodiscard]] Descriptor connect_to_loopback(std::uint16_t port);

/// Appends what comes next; false when the other side has closed.
bool receive(int socket, std::string& received);

/// What a request's or answer's head says in Content-Length; 0 without it.
[[nodiscard]] std::size_t length_of_body(std::string_view head);

/// False when the other side has closed.
bool send_all(int socket, std::string_view bytes);

}  // namespace posed::tests
