// Opens COUNT connections to PORT, says so, and holds them until it is killed.

#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "api/raw_client.h"
#include "api/server.h"

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    posed::api::raise_open_file_limit();
    const posed::api::tests::IdleClients clients(static_cast<std::uint16_t>(std::atoi(argv[1])),
                                                 std::atoi(argv[2]));
    std::cerr << "connected " << clients.count() << std::endl;
    while (true)
        ::pause();
}
