// Any target leads to a route's answer or to a refusal, with any Host, Origin and token.

#include <cstdlib>
#include <string>

#include "api/sample_api.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::api;
    static sample::Api api(
        {.protection = {.allowed_origins = {"https://studio.example"}, .token = "secret"}});
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const auto method : {Method::get, Method::remove, Method::options}) {
        Request request{.method = method, .target = text};
        request.id = "fuzz";
        request.headers = {{"Host", "localhost"}, {"Origin", text}, {"Authorization", text}};
        auto admission = api.application.admit(request, "127.0.0.1");
        if (admission.answer && number_of(admission.answer->status) >= 500)
            std::abort();
        request.headers = {{"Host", text}};
        request.target = "/items/7/";
        admission = api.application.admit(request, "127.0.0.1");
    }
    return 0;
}
