#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

/// The read-only material beside the checkout (footage, golden numbers), which a checkout may lack. With
/// CI=true its absence is a failure, otherwise the test is skipped with the reason.
namespace posed::tests {

/// `../shared`, seen from the root of the project; POSED_SHARED_DIR overrides it.
[[nodiscard]] std::filesystem::path shared_data();

/// Where the four networks of @mediapipe/pose lie in the build tree.
[[nodiscard]] std::filesystem::path blazepose_weights();

[[nodiscard]] bool running_in_ci();

/// Whether tests may start servers: unless SERVERS=no says otherwise, and always with CI=true.
[[nodiscard]] bool servers_wanted();

/// TESTS_ON=servers: a service under test keeps its records, messages and objects on PostgreSQL, Redis and
/// S3, as a cluster does, and not in files. ctest runs the programs that name ON_SERVERS both ways.
[[nodiscard]] bool on_servers();

/// Whether faults last as long as they would: LONG_FAULTS=yes, which `make test-long` says.
[[nodiscard]] bool long_faults_wanted();

/// OLD_PROGRAM: bin/posed of an older build, for what has to get on with it. Nothing where none is given.
[[nodiscard]] std::optional<std::string> older_program();

/// A fresh folder under the system's temporary folder, deleted with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace posed::tests

/// First line of a test that needs something of the machine. Where `condition` does not hold, the test is
/// skipped and says what is lacking; with CI=true it fails.
#define POSED_REQUIRES(condition, lacking)                                                           \
    if (!(condition)) {                                                                              \
        if (posed::tests::running_in_ci())                                                           \
            FAIL() << lacking << ", and nothing may be skipped with CI=true"; /* NOLINT: streamed */ \
        GTEST_SKIP() << lacking;                                              /* NOLINT: streamed */ \
    }                                                                                                \
    static_assert(true)

/// First line of a test that reads `../shared`.
#define POSED_NEEDS(path) POSED_REQUIRES(std::filesystem::exists(path), (path) << " is missing")

/// First line of a test that starts servers.
#define POSED_NEEDS_SERVERS() \
    POSED_REQUIRES(posed::tests::servers_wanted(), "SERVERS=no leaves out what needs servers")
