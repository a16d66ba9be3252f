#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"

namespace posed::tests {

/// What a client sent.
struct ReceivedRequest {
    std::string head;
    std::string body;
};

/// A server that answers one request after another with exactly the bytes that the test wrote down, each on a
/// connection that it then closes. When nothing is left to say, it is gone. For clients that have to live
/// with faults.
class ScriptedServer {
  public:
    /// Listens on the loopback.
    explicit ScriptedServer(std::vector<std::string> answers);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    [[nodiscard]] std::string url() const;

    /// Those that came so far, in their order.
    [[nodiscard]] std::vector<ReceivedRequest> requests() const;

    /// False when not so many requests come within a minute.
    [[nodiscard]] bool wait_for_requests(std::size_t count) const;

    /// Instead of an answer: says nothing until the client leaves.
    static const std::string silence;

    /// Before an answer: it is sent without the request's body having been read.
    static const std::string early;

  private:
    void serve(const std::vector<std::string>& answers);
    void converse(int client, const std::string& answer);

    Descriptor listener_;
    std::uint16_t port_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<ReceivedRequest> requests_;
    std::jthread thread_;
};

/// An answer with that body and its length. `fields` end with a line's end each.
[[nodiscard]] std::string http_answer(const std::string& status, const std::string& body,
                                      const std::string& fields = "");

}  // namespace posed::tests
