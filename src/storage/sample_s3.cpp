#include "storage/sample_s3.h"

#include <span>

#include "tests/support/bucket.h"

namespace posed::storage {

S3StoreOptions sample_s3_options(const std::string& endpoint) {
    return tests::bucket_options(endpoint + "/" + tests::S3Server::shared().make_bucket());
}

Result<> put_text(ObjectStore& store, std::string_view key, std::string_view text) {
    auto writer = TRY(store.put(key));
    TRY(writer->write(std::as_bytes(std::span(text))));
    TRY(writer->finish());
    return {};
}

Result<std::string> text_of(ObjectStore& store, std::string_view key) {
    const auto source = TRY(store.open(key));
    std::string text(source->size(), '\0');
    text.resize(TRY(source->read_at(0, std::as_writable_bytes(std::span(text)))));
    return text;
}

std::string sample_text(std::size_t size, unsigned seed) {
    std::string text(size, '\0');
    for (auto& letter : text)
        letter = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
    return text;
}

}  // namespace posed::storage
