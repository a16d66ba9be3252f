#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A client that sends exactly the bytes that a test gives it. It waits for what it waits for, at most a
/// minute: then the test fails instead of hanging.
namespace posed::api::tests {

struct Answer {
    int status = 0;
    std::string head;
    std::string body;

    /// The value of a header field; empty if there is none.
    [[nodiscard]] std::string field(std::string_view name) const;
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port);
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient();

    /// False when the server has closed.
    bool send(std::string_view bytes) const;

    /// The next answer, its body by length or chunks. Status 0 when the server closes before.
    [[nodiscard]] Answer read_answer(bool has_body = true);

    /// What comes until that text; empty when the server closes before.
    [[nodiscard]] std::string read_until(std::string_view text);

    /// Everything until the server closes.
    [[nodiscard]] std::string read_to_end();

    [[nodiscard]] int descriptor() const noexcept { return socket_; }

    /// Closes at once with a reset, as a process that is killed.
    void vanish();

  private:
    bool receive();
    [[nodiscard]] std::string take(std::size_t count);

    int socket_ = -1;
    std::string received_;
};

/// The client that is answered first.
[[nodiscard]] RawClient& first_readable(RawClient& one, RawClient& other);

/// GET of that target over a connection of its own.
[[nodiscard]] Answer get(std::uint16_t port, const std::string& target, const std::string& more_fields = "");

/// A request with these fields and that body.
[[nodiscard]] std::string request(const std::string& method, const std::string& target,
                                  const std::string& more_fields = "", const std::string& body = "");

/// Opens so many connections and says nothing on them.
class IdleClients {
  public:
    IdleClients(std::uint16_t port, int count);
    IdleClients(const IdleClients&) = delete;
    IdleClients& operator=(const IdleClients&) = delete;
    ~IdleClients();

    [[nodiscard]] std::size_t count() const noexcept { return sockets_.size(); }

  private:
    std::vector<int> sockets_;
};

}  // namespace posed::api::tests
