#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/http.h"
#include "api/json_output.h"
#include "api/problem.h"
#include "base/byte_source.h"

/// What a handler answers: a status, header fields and one of six kinds of body.
namespace posed::api {

/// Part of a source, sent in constant memory.
struct SourceBody {
    std::shared_ptr<ByteSource> source;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// Makes a body of unknown length piece by piece. Called by one thread of the blocking pool at a time.
class BodyProducer {
  public:
    virtual ~BodyProducer() = default;

    /// The next piece; empty at the end. An error breaks the connection off, so that the client notices.
    [[nodiscard]] virtual Result<std::string> next() = 0;
};

/// An event of a Server-Sent Events stream.
struct Event {
    std::string id = {};    ///< what a client sends back as Last-Event-ID; may be empty
    std::string name = {};  ///< may be empty
    std::string data = {};

    friend bool operator==(const Event&, const Event&) = default;
};

/// The lines of the event as they are sent.
[[nodiscard]] std::string text_of(const Event& event);

struct EventBatch {
    std::vector<Event> events = {};
    bool ended = false;  ///< nothing will follow: the stream is closed
};

/// What one client of an event stream has not seen yet. `poll` is called by one thread of the blocking pool
/// at a time: first at once, then after `Server::wake_streams` and every `poll_interval`. It answers quickly,
/// and holds no thread between the calls, so that thousands of idle streams cost memory only.
class EventSource {
  public:
    virtual ~EventSource() = default;
    [[nodiscard]] virtual Result<EventBatch> poll() = 0;
};

struct Response;

/// An answer that is not there yet, polled like an event source (`Prefer: wait`).
class LateAnswer {
  public:
    virtual ~LateAnswer() = default;

    /// The answer, or nothing yet. On the last call it must answer.
    enum class Call : std::uint8_t { early, last };
    [[nodiscard]] virtual std::optional<Response> poll(Call call) = 0;
};

struct LateBody {
    std::unique_ptr<LateAnswer> answer;
    std::chrono::milliseconds patience{0};
};

/// A problem becomes text when the answer is completed with the request's id.
using Body = std::variant<std::string, Problem, SourceBody, std::unique_ptr<BodyProducer>,
                          std::unique_ptr<EventSource>, LateBody>;

struct Response {
    Status status = Status::ok;
    Headers headers = {};
    Body body = std::string();
};

[[nodiscard]] Response json_response(Status status, std::string json);
[[nodiscard]] Response problem_response(Problem problem);
[[nodiscard]] Response no_content();
[[nodiscard]] Response event_stream(std::unique_ptr<EventSource> source);

/// Answers as soon as `answer` has one, or when `patience` is over.
[[nodiscard]] Response answer_later(std::unique_ptr<LateAnswer> answer, std::chrono::milliseconds patience);

/// A view with another status or more header fields than its route's usual ones.
template <class View>
struct Reply {
    View view;
    Status status = Status::ok;
    Headers headers = {};
};

/// How the bytes of a body are told apart from the next message on the connection.
enum class Framing : std::uint8_t { length, chunked, until_close };

/// The head as it is sent, with its empty line. `length` counts for Framing::length.
[[nodiscard]] std::string head_text(const Response& response, Framing framing, std::uint64_t length,
                                    bool keep_alive);

}  // namespace posed::api
