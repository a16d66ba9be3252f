// A range never leaves the bytes that there are; nor do the other fields of a download.

#include <cstdlib>
#include <string>

#include "api/download.h"
#include "api/sample_api.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::api;
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{10}, UINT64_MAX}) {
        const auto [kind, range] = parse_range(text, bytes);
        if (kind == RangeKind::part &&
            (range.size == 0 || range.first >= bytes || range.size > bytes - range.first))
            std::abort();
    }
    static sample::Api api;
    api.services.file = "0123456789";
    (void)sample::respond(
        api, {.target = "/file/", .headers = {{"Range", text}, {"If-Range", text}, {"If-None-Match", text}}});
    return 0;
}
