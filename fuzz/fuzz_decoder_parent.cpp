// The other direction: whatever a parent sends, the child's side takes it for orders and bytes of a file or
// ends. The input is what the parent sends; what the child answers is thrown away.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

#include <sys/mman.h>
#include <sys/socket.h>

#include "media/sandbox/channel.h"
#include "media/sandbox/messages.h"
#include "media/sandbox/serve.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::media::sandbox;
    constexpr std::size_t most = 64U << 10U;  // what a socket holds
    const auto said = std::span(data, std::min(size, most));
    if (const auto message = decode_to_child(std::as_bytes(said))) {
        const auto packet = encode(*message);
        if (!decode_to_child(std::span(packet).subspan(4)))
            std::abort();
    }
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
        std::abort();
    const posed::Descriptor parents_end(sockets[1]);
    static_cast<void>(::send(parents_end.number(), said.data(), said.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    // Nobody reads the answers: they fail at once instead of filling the socket.
    ::shutdown(parents_end.number(), SHUT_RDWR);
    const posed::Descriptor memory(::memfd_create("frames", 0));
    serve(Channel(posed::Descriptor(sockets[0])), memory, {});
    return 0;
}
