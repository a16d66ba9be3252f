#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

/// A redis-server of this test alone, on a random port of the loopback, with an append-only file. The
/// destructor kills it.
class PrivateRedis {
  public:
    struct Options {
        std::vector<std::string> users = {};      ///< lines of an ACL file; without any, everybody may all
        std::vector<std::string> arguments = {};  ///< on top of ours
        bool tls = false;  ///< for `localhost`, with a certificate that `ca_file` vouches for
    };

    PrivateRedis() : PrivateRedis(Options()) {}
    explicit PrivateRedis(Options options);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// `login`, as in USER:PASSWORD, may be empty.
    [[nodiscard]] std::string url(const std::string& login = {}) const;
    [[nodiscard]] std::filesystem::path ca_file() const { return folder_.path() / "ca.pem"; }

    /// Returns when it listens. Throws when it does not.
    void start();

    /// By SIGKILL.
    void kill();

    /// SIGSTOP, SIGCONT.
    void signal(int number) const { process_->signal(number); }

  private:
    TemporaryFolder folder_;
    Options options_;
    std::uint16_t port_ = 0;
    std::optional<Process> process_;
};

}  // namespace posed::tests
