#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

/// Why no S3 server can be started: SERVERS=no, or Debian's packages are not installed.
[[nodiscard]] std::optional<std::string> why_no_s3();

/// A Ceph Object Gateway with a store in memory, reached over ports of the loopback. Ends with the object, or
/// with the thread that made it.
class S3Server {
  public:
    /// Returns when it answers. Throws when it does not start. It takes no more than `room` bytes.
    explicit S3Server(std::uint64_t room = std::uint64_t{4} << 30U);

    /// The one that all tests of this program share. Ends with the program.
    [[nodiscard]] static S3Server& shared();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// The same server over TLS, and the authority that signed its certificate.
    [[nodiscard]] std::string tls_url() const { return "https://127.0.0.1:" + std::to_string(tls_port_); }
    [[nodiscard]] std::filesystem::path ca_file() const { return folder_.path() / "certificate.pem"; }

    /// A request of the owner of all buckets. Throws when it is refused.
    std::string ask(const std::string& method, const std::string& target, const std::string& body = "") const;

    /// A new, empty one.
    [[nodiscard]] std::string make_bucket();

    /// What was begun in parts and not ended, in the server's own words.
    [[nodiscard]] std::string unfinished_uploads(const std::string& bucket) const;

    /// Another user, who may nothing before a policy says so.
    void make_user(const std::string& name, const std::string& key, const std::string& secret) const;
    void set_policy(const std::string& bucket, const std::string& policy) const;

    /// SIGSTOP, SIGCONT: the gateway.
    void signal_gateway(int number) const { gateway_->signal(number); }

    /// Ends the gateway at once, and starts it again; what is stored stays.
    void stop_gateway();
    void start_gateway();

    static constexpr const char* access_key = "TESTSACCESSKEY";
    static constexpr const char* secret_key = "tests-only-secret-key";

  private:
    [[nodiscard]] Finished run_with_settings(const std::vector<std::string>& command) const;
    [[nodiscard]] std::string run_ceph(const std::vector<std::string>& command) const;
    void ask_monitor(std::vector<std::string> command) const;
    void start(std::optional<Process>& server, std::vector<std::string> command) const;
    void write_configuration(const std::string& cluster, std::uint64_t room) const;
    void make_certificate() const;
    void start_monitor(const std::string& cluster);
    void start_store();

    TemporaryFolder folder_;
    std::uint16_t monitor_port_;
    std::uint16_t port_;
    std::uint16_t tls_port_;
    int buckets_ = 0;
    std::optional<Process> monitor_;
    std::optional<Process> store_;
    std::optional<Process> gateway_;
};

}  // namespace posed::tests

/// First line of a test that needs the server.
#define POSED_NEEDS_S3() POSED_REQUIRES(!posed::tests::why_no_s3(), posed::tests::why_no_s3().value())
