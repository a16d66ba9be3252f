// put_to_s3 BUCKET-URL ACCESS-KEY SECRET-KEY KEY MEBIBYTES: stores an object of that size, and reads it
// again. s3_memory_test looks at how much memory that takes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "storage/s3_store.h"

namespace {

/// Other bytes in every mebibyte.
posed::Result<> put_and_get(posed::storage::ObjectStore& store, const char* key, std::uint64_t mebibytes) {
    posed::SeededRandom random(1);
    std::vector<std::byte> mebibyte(1 << 20);
    posed::Sha256 written;
    const auto writer = TRY(store.put(key));
    for (std::uint64_t i = 0; i < mebibytes; ++i) {
        random.fill(std::span(mebibyte).first(64));
        written.update(mebibyte);
        TRY(writer->write(mebibyte));
    }
    TRY(writer->finish());
    const auto source = TRY(store.open(key));
    if (TRY(posed::sha256_of(*source)) != written.finish())
        return posed::fail(posed::Code::input_output, "what is read is not what was written");
    return {};
}

posed::Result<> run(char** arguments) {
    const auto store = TRY(posed::storage::open_s3_store({.bucket_url = arguments[1],
                                                          .region = "us-east-1",
                                                          .access_key = arguments[2],
                                                          .secret_key = arguments[3],
                                                          .ca_file = {},
                                                          .public_endpoint = {}},
                                                         posed::system_clock(), posed::system_random()));
    return put_and_get(*store, arguments[4], std::stoull(arguments[5]));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6)
        return EXIT_FAILURE;
    const auto done = run(argv);
    if (done.has_value())
        return EXIT_SUCCESS;
    std::cerr << done.error().message << '\n';
    return EXIT_FAILURE;
}
