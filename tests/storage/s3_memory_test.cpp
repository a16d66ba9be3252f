// Memory does not grow with what is sent to S3 or read from there.

#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/s3_server.h"

namespace posed::tests {
namespace {

Finished put_to_s3(const std::string& mebibytes) {
    auto& server = S3Server::shared();
    // The address sanitizer keeps what is freed, which is not the program's memory.
    auto finished = run({POSED_PUT_TO_S3, server.url() + "/" + server.make_bucket(), S3Server::access_key,
                         S3Server::secret_key, "videos/a.mp4", mebibytes},
                        {.set = {"ASAN_OPTIONS=quarantine_size_mb=1"}, .folder = {}});
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    std::cout << mebibytes << " MiB: " << finished.peak_megabytes << " MB, " << finished.seconds << " s\n";
    return finished;
}

TEST(S3Memory, DoesNotGrowWithTheObject) {
    POSED_NEEDS_S3();
    const auto small = put_to_s3("32");
    const auto large = put_to_s3("1024");
    EXPECT_LT(large.peak_megabytes, small.peak_megabytes + 8);
    EXPECT_LT(large.peak_megabytes, 64);
}

}  // namespace
}  // namespace posed::tests
