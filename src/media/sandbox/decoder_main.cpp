// The program of the decoding child: shuts itself in, then decodes what its parent hands it.

#include <cstdlib>
#include <utility>

#include <unistd.h>

#include "media/sandbox/child.h"
#include "media/sandbox/confinement.h"
#include "media/sandbox/serve.h"

int main(int argc, char** argv) {
    using namespace posed::media::sandbox;
    Channel channel{posed::Descriptor(child_socket)};
    const posed::Descriptor memory(child_memory);
    const auto layers = confine(argc == 2 ? static_cast<pid_t>(std::atol(argv[1])) : 0);
    if (layers.has_error())
        refuse(std::move(channel), layers.error());
    else
        serve(std::move(channel), memory, *layers);
    // Nothing is left to tidy up, and a parent that waits sees the end at once.
    ::_exit(layers.has_error() ? EXIT_FAILURE : EXIT_SUCCESS);
}
