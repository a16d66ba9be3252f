// A body is answered with the new item, which reads back the same, or with what is wrong; never with a
// failure of ours.

#include <cstdlib>
#include <string>

#include "api/sample_api.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::api;
    static sample::Api api;
    const auto response =
        sample::respond(api, {.method = Method::post,
                              .target = "/items/",
                              .body = std::string(reinterpret_cast<const char*>(data), size)});
    if (response.status != Status::created && response.status != Status::unprocessable_content)
        std::abort();
    return 0;
}
