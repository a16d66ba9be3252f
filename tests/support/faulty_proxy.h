#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace posed::tests {

/// What becomes of a request to an S3 server.
enum class Fault {
    internal_error,  ///< 500, not passed on
    slow_down,       ///< 503, not passed on
    cut,             ///< the connection ends, not passed on
    lost_answer,     ///< passed on, and the connection ends before the answer
    truncated,       ///< half of the answer's body, then the connection ends
    wrong_tag,       ///< another ETag in the answer
    changed_request  ///< a byte of its body is another
};

/// Stands between a client and a server of the loopback, and passes each request on over a connection of its
/// own, except those that a test wants to fare otherwise. Signed requests stay valid, for the field Host is
/// passed on as it is.
class FaultyProxy {
  public:
    explicit FaultyProxy(std::uint16_t server);
    FaultyProxy(const FaultyProxy&) = delete;
    FaultyProxy& operator=(const FaultyProxy&) = delete;
    ~FaultyProxy();

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// The next requests whose first line has that text in it fare so, one after another.
    void expect(std::string text, std::vector<Fault> faults);

    /// The first lines of all requests with that text in them, so far.
    [[nodiscard]] std::vector<std::string> requests(const std::string& text = "") const;

    /// The bytes that were answered to those requests, heads included.
    [[nodiscard]] std::uint64_t bytes_answered(const std::string& text = "") const;

    /// Of faults that were expected and have not come.
    [[nodiscard]] std::size_t outstanding() const;

  private:
    struct Expected {
        std::string text;
        std::deque<Fault> faults;
    };

    void accept_clients();
    void converse(int client);
    void answer(int client, const std::string& line, const std::string& answer);
    [[nodiscard]] bool has_fault(const std::string& line, Fault& fault);

    std::uint16_t server_;
    Descriptor listener_;
    std::uint16_t port_;
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::vector<std::pair<std::string, std::uint64_t>> answered_;  ///< first lines and bytes
    std::vector<Expected> expected_;
    std::vector<std::jthread> conversations_;
    std::jthread accepting_;
};

}  // namespace posed::tests
