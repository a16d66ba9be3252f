// Stands in for the decoding child in tests: behaves as the real one, but crashes when a clip that carries
// the mark is to give its first frame, and one that carries the other mark as soon as that is read.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/sandbox/child.h"
#include "media/sandbox/confinement.h"
#include "media/sandbox/messages.h"
#include "media/sandbox/serve.h"

namespace {

using namespace posed::media::sandbox;

constexpr std::string_view mark = "posed test: crash";
constexpr std::string_view mark_for_now = "posed test: crash now";

bool carries(const std::vector<std::byte>& bytes, std::string_view text) {
    return std::ranges::search(bytes, std::as_bytes(std::span(text))).begin() != bytes.end();
}

/// The same end of a connection for another thread.
Channel another(int socket) {
    return Channel{posed::Descriptor(::fcntl(socket, F_DUPFD_CLOEXEC, child_memory + 1))};
}

/// The parent's orders to the real decoder, up to the one that a marked clip does not survive.
void pass_orders_on(Channel parent, Channel decoder) {
    bool marked = false;
    std::vector<std::byte> message;
    while (parent.receive(message, {}) == Transfer::done) {
        const auto order = decode_to_child(message).value();
        const auto* file = std::get_if<FileBytes>(&order);
        marked = marked || (file != nullptr && carries(file->bytes, mark));
        if (marked && std::holds_alternative<DecodeNext>(order))
            std::abort();
        if (file != nullptr && carries(file->bytes, mark_for_now))
            std::abort();
        if (decoder.send(encode(order), {}) != Transfer::done)
            break;
    }
    ::_exit(EXIT_SUCCESS);
}

void pass_answers_on(Channel decoder, Channel parent) {
    std::vector<std::byte> message;
    while (decoder.receive(message, {}) == Transfer::done)
        if (parent.send(encode(decode_from_child(message).value()), {}) != Transfer::done)
            return;
}

}  // namespace

int main(int, char** argv) {
    // Everything that needs a descriptor comes before the sandbox is shut.
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return EXIT_FAILURE;
    auto orders_in = another(child_socket), orders_out = another(ends[0]);
    auto answers_in = another(ends[0]), answers_out = another(child_socket);
    const posed::Descriptor memory(child_memory);
    const auto layers = confine(static_cast<pid_t>(std::atol(argv[1])));
    if (layers.has_error())
        return EXIT_FAILURE;
    std::thread(pass_orders_on, std::move(orders_in), std::move(orders_out)).detach();
    std::thread answers(pass_answers_on, std::move(answers_in), std::move(answers_out));
    serve(Channel{posed::Descriptor(ends[1])}, memory, *layers);
    answers.join();
    ::_exit(EXIT_SUCCESS);
}
