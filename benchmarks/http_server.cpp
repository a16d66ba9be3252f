// What benchmarks/http asks: the tests' sample API, until standard input ends: http_server IO_THREADS FILE
//
// /items/quick/1/ is answered at once, /items/1/ by the blocking pool; /file/ sends FILE, /uploads/ hashes
// what it gets. The first line of standard output is the port.

#include <cstdlib>
#include <iostream>
#include <string>

#include "api/sample_api.h"
#include "api/server.h"

int main(int argc, char** argv) {
    using namespace posed::api;
    if (argc < 3)
        return 2;
    raise_open_file_limit();
    const auto log = posed::log_to_standard_error(posed::Log::Level::info, posed::LogFormat::json);
    sample::Api api({}, *log);
    api.services.source = posed::open_file(argv[2]).value();
    const auto server = open_server({.port = 0, .io_threads = static_cast<unsigned>(std::atoi(argv[1]))},
                                    api.application, *log)
                            .value();
    std::cout << server->port() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0;
}
