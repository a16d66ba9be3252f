// Serves the sample API until its standard input ends: sample_server PORT IO_THREADS [FILE]. For measurements
// with wrk and curl; /file/ sends FILE.

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
    if (argc > 3)
        api.services.source = posed::open_file(argv[3]).value();
    const auto server = open_server({.port = static_cast<std::uint16_t>(std::atoi(argv[1])),
                                     .io_threads = static_cast<unsigned>(std::atoi(argv[2]))},
                                    api.application, *log)
                            .value();
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0;
}
