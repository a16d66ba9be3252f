// What a decoding child that was taken over may say: the parent answers with frames or an error, never a
// crash, and every sample of a frame can be read. The input is what the child sends.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

#include <sys/mman.h>
#include <sys/socket.h>

#include "base/byte_source.h"
#include "media/sandbox/child.h"
#include "media/sandbox/conversation.h"
#include "media/sandbox/sandboxed_decoder.h"
#include "media/sandbox/sandboxed_sound.h"

namespace {

using namespace posed;
using namespace posed::media::sandbox;

/// A conversation whose child has already said everything.
std::unique_ptr<Conversation> conversation_after(std::span<const std::byte> said, ByteSource& file) {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
        std::abort();
    const Descriptor childs_end(sockets[1]);
    static_cast<void>(::send(childs_end.number(), said.data(), said.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    ::shutdown(childs_end.number(), SHUT_WR);
    Child child{Channel(Descriptor(sockets[0])), Descriptor(::memfd_create("frames", MFD_ALLOW_SEALING)), {}};
    return std::make_unique<Conversation>(std::move(child), file, silent_log(), std::stop_token(),
                                          ChildPatience{});
}

void use(const FrameView& view) {
    unsigned sum = 0;
    for (const auto& plane : view.planes)
        for (int y = 0; y < plane.height; ++y)
            for (int x = 0; x < plane.width; ++x)
                sum += plane.data[plane.stride * y + x];
    if (sum != 0)  // nobody has written into the memory
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most = 64U << 10U;  // what a socket holds
    const auto said = std::as_bytes(std::span(data, std::min(size, most)));
    const auto file = view_bytes(said);
    media::DecodeOptions options;
    options.limits.max_pixels = 1 << 16;
    if (auto decoder = open_decoder_in(conversation_after(said, *file), file->size(), options)) {
        while (true) {
            const auto next = (*decoder)->next();
            if (next.has_error() || !*next)
                break;
            use((*next)->frame.view);
        }
    }
    if (auto sound = open_sound_in(conversation_after(said, *file), file->size(), {}); sound && *sound) {
        while (true) {
            const auto next = (*sound)->next();
            if (next.has_error() || !*next)
                break;
        }
    }
    return 0;
}
