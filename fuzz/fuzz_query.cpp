// A query is answered with items or with what is wrong.

#include <cstdlib>
#include <string>

#include "api/sample_api.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::api;
    static sample::Api api;
    const auto response =
        sample::respond(api, {.target = "/items/?" + std::string(reinterpret_cast<const char*>(data), size)});
    if (response.status != Status::ok && response.status != Status::unprocessable_content &&
        response.status != Status::bad_request)
        std::abort();
    return 0;
}
