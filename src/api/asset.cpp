#include "api/asset.h"

#include <span>
#include <utility>

#include "api/download.h"
#include "base/digest.h"

namespace posed::api {
namespace {

class Text final : public ByteSource {
  public:
    explicit Text(std::string text)
        : text_(std::move(text)), bytes_(view_bytes(std::as_bytes(std::span(text_)))) {}

    std::uint64_t size() const noexcept override { return text_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        return bytes_->read_at(offset, buffer);
    }

  private:
    std::string text_;
    std::unique_ptr<ByteSource> bytes_;
};

}  // namespace

Asset asset_of(std::string text, std::string media_type, std::string policy) {
    auto etag = sha256_of(std::as_bytes(std::span(text)));
    return {.bytes = std::make_shared<Text>(std::move(text)),
            .media_type = std::move(media_type),
            .etag = std::move(etag),
            .policy = std::move(policy)};
}

Response send(const Request& request, const Asset& asset) {
    auto response = send(request, {.source = asset.bytes,
                                   .media_type = asset.media_type,
                                   .etag = asset.etag,
                                   .disposition = Disposition::inline_view,
                                   .cache_control = asset.cache_control});
    response.headers.add("Content-Security-Policy", asset.policy);
    return response;
}

Result<std::string> text_of(const std::filesystem::path& path) {
    const auto file = TRY(open_file(path));
    std::string text(static_cast<std::size_t>(file->size()), '\0');
    TRY(read_exactly(*file, 0, std::as_writable_bytes(std::span(text)), Code::input_output));
    return text;
}

}  // namespace posed::api
