#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

/// Why no PostgreSQL server can be started: SERVERS=no, or Debian's package is not installed.
[[nodiscard]] std::optional<std::string> why_no_postgres();

/// A PostgreSQL server in a folder of its own, reached over a socket there and a port of the loopback. It
/// does not sync, but survives being killed. Ends with the object, or with the thread that made it.
class PostgresServer {
  public:
    /// Returns when it answers. Throws when it does not start.
    PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

    /// The one that all tests of this program share. Ends with the program.
    [[nodiscard]] static PostgresServer& shared();

    /// As its owner, over the socket, without a password. `parameters` are those of libpq: "options=...".
    [[nodiscard]] std::string url(const std::string& parameters = "") const;

    /// Over TCP. The owner is `posed`, and the password that of all users who have one.
    [[nodiscard]] std::string tcp_url(const std::string& user = "posed") const;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// What it has logged since it was started; each entry begins with the user: "user=posed LOG:  ...".
    [[nodiscard]] std::string said() const { return process_->said(); }

    /// Runs SQL as the owner. Throws with what the server said when it refuses.
    void run_sql(const std::string& sql) const;

    /// Ends it at once, as when its machine fails, and starts it again.
    void stop();
    void start();

    /// SIGSTOP, SIGCONT: all of its processes.
    void signal(int number) const;

    /// The server itself, to be stopped and continued.
    [[nodiscard]] pid_t id() const { return process_->id(); }

    static constexpr const char* password = "tests-only";

  private:
    void make_cluster() const;

    TemporaryFolder folder_;
    std::uint16_t port_;
    std::optional<Process> process_;
};

}  // namespace posed::tests

/// First line of a test that needs the server.
#define POSED_NEEDS_POSTGRES() \
    POSED_REQUIRES(!posed::tests::why_no_postgres(), posed::tests::why_no_postgres().value())
