// Opens COUNT connections to PORT, says so, and holds them until its standard input ends.

#include <cstdlib>
#include <iostream>
#include <string>

#include "api/raw_client.h"
#include "api/server.h"

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    posed::api::raise_open_file_limit();
    const posed::api::tests::IdleClients clients(static_cast<std::uint16_t>(std::atoi(argv[1])),
                                                 std::atoi(argv[2]));
    std::cerr << "connected " << clients.count() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0;
}
