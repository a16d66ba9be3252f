// However a form is cut into pieces, the same parts are found, or the same refusal.

#include <cstdlib>
#include <string>
#include <string_view>

#include "api/multipart.h"
#include "api/upload.h"

namespace posed::api {
namespace {

class Collector final : public PartHandler {
  public:
    Result<> begin_part(PartHead head) override {
        (void)safe_filename(head.filename.value_or(""));
        found += "[" + head.name + "]";
        return {};
    }
    Result<> add_to_part(std::string_view bytes) override {
        found += bytes;
        return {};
    }
    Result<> end_part() override {
        found += "|";
        return {};
    }

    std::string found;
};

/// What was found, and "!" after a refusal.
std::string parts_of(std::string_view text, std::size_t piece) {
    Collector collector;
    MultipartParser parser("b", collector);
    for (std::size_t at = 0; at < text.size(); at += piece)
        if (parser.feed(text.substr(at, piece)).has_error())
            return "!";
    return parser.finish().has_error() ? "!" : collector.found;
}

}  // namespace
}  // namespace posed::api

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto whole = posed::api::parts_of(text, size + 1);
    for (const std::size_t piece : {1, 3, 64})
        if (posed::api::parts_of(text, piece) != whole)
            std::abort();
    (void)posed::api::multipart_boundary(text);
    return 0;
}
