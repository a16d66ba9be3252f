// Reads a .env file, and reads back what it writes of its values.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/env_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = posed::parse_env_file({reinterpret_cast<const char*>(data), size});
    if (read.has_error())
        return 0;
    std::string written;
    for (const auto& [name, value] : *read)
        written += name + "=" + posed::env_file_value(value) + "\n";
    const auto again = posed::parse_env_file(written);
    if (again.has_error() || *again != *read) {
        std::cerr << "a value changes when it is written and read\n";
        std::abort();
    }
    return 0;
}
