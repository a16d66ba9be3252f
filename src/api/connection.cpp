#include "api/connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include "api/blocking_pool.h"
#include "api/body_pieces.h"
#include "api/wire.h"

namespace posed::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;
using namespace asio::experimental::awaitable_operators;

constexpr std::size_t upload_piece_bytes = 256 * 1024;
constexpr std::size_t body_piece_bytes = 4096;  ///< of a body that is kept whole

/// Runs `job` on a thread of the pool and comes back with its result. `job` throws nothing.
template <class Job>
asio::awaitable<std::invoke_result_t<Job>> pooled(BlockingPool& pool, Job job) {
    using Answer = std::invoke_result_t<Job>;
    auto start = [&pool, job = std::move(job)](auto handler) mutable {
        pool.post([job = std::move(job), handler = std::move(handler)]() mutable {
            auto answer = job();
            const auto executor = asio::get_associated_executor(handler);
            asio::post(executor, [handler = std::move(handler), answer = std::move(answer)]() mutable {
                std::move(handler)(std::move(answer));
            });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(std::move(start),
                                                                                         asio::use_awaitable);
}

/// One client, request after request.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
  public:
    Session(tcp::socket socket, std::uint64_t number, const ConnectionParts& parts)
        : wire_(std::move(socket), parts.limits), timer_(wire_.executor()), number_(number), parts_(parts) {}

    void start() {
        // Holds the session until its last coroutine has ended.
        auto ended = [self = shared_from_this()](const std::exception_ptr&) {
            self->parts_.ended(self->number_);
        };
        asio::co_spawn(wire_.executor(), serve(), std::move(ended));
    }

    void end_soon() override {
        asio::post(wire_.executor(), [self = shared_from_this()] {
            self->ending_ = true;
            self->wire_.close_if_idle();
            self->timer_.cancel();
        });
    }

    void close() override {
        asio::post(wire_.executor(), [self = shared_from_this()] {
            self->ending_ = true;
            self->wire_.close();
            self->timer_.cancel();
        });
    }

    void wake() override {
        if (!polling_)
            return;
        asio::post(wire_.executor(), [self = shared_from_this()] {
            self->woken_ = true;
            self->timer_.cancel();
        });
    }

  private:
    asio::awaitable<void> serve() {
        reusable_ = true;
        while (reusable_ && !ending_) {
            const bool begins = co_await wire_.request_begins();
            if (!begins)
                break;
            co_await serve_request();
        }
        if (!wire_.client_left())
            co_await wire_.leave();
        wire_.close();
    }

    asio::awaitable<void> serve_request() {
        const auto begin = SteadyClock::now();
        reusable_ = broken_off_ = false;
        outcome_ = {};
        Request request;
        auto problem = co_await wire_.read_head(request);
        if (wire_.client_left())
            co_return;
        parts_.application.begin(request);
        std::optional<Response> response;
        if (problem)
            response = problem_response(*std::move(problem));
        else
            response = co_await answer(request);
        if (response)
            co_await write(request, *response);
        outcome_.duration = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
        outcome_.client_left = wire_.client_left();
        parts_.application.record(request, outcome_);
    }

    /// Nothing: the client left while it sent its body.
    asio::awaitable<std::optional<Response>> answer(Request& request) {
        auto admission = parts_.application.admit(request, wire_.server_address());
        outcome_.route = admission.route;
        if (admission.answer)
            co_return std::move(admission.answer);
        if (admission.route->open_sink)
            co_return co_await receive_upload(*admission.route, request);
        auto refusal = co_await receive_body(request);
        if (refusal || wire_.client_left())
            co_return refusal;
        co_return co_await handle(*admission.route, request);
    }

    asio::awaitable<std::optional<Response>> handle(const Route& route, const Request& request) {
        if (route.documentation.runs == Runs::at_once)
            co_return parts_.application.answer(route, request);
        if (parts_.waiting >= parts_.limits.waiting_max)
            co_return problem_response(problem_of(Refusal::overloaded,
                                                  std::to_string(parts_.waiting) + " requests wait already",
                                                  "ask again soon"));
        ++parts_.waiting;
        auto job = [this, &route, &request] {
            --parts_.waiting;
            return std::optional(parts_.application.answer(route, request));
        };
        co_return co_await pooled(parts_.pool, std::move(job));
    }

    asio::awaitable<std::optional<Response>> receive_body(Request& request) {
        if (!wire_.body_is_unread())
            co_return std::nullopt;
        co_await wire_.invite_body();
        std::array<std::byte, body_piece_bytes> piece;
        while (true) {
            const auto more = co_await wire_.read_some(piece);
            if (wire_.malformed())
                co_return problem_response(*wire_.malformed());
            if (more.empty())
                co_return std::nullopt;
            request.body.append(reinterpret_cast<const char*>(more.data()), more.size());
            if (auto refusal = parts_.application.too_large(request.body.size()))
                co_return refusal;
        }
    }

    asio::awaitable<std::optional<Response>> receive_upload(const Route& route, const Request& request) {
        Upload upload(parts_.application, route, request);
        auto refusal = co_await pooled(parts_.pool, [&upload] { return upload.open(); });
        if (!refusal)
            refusal = co_await pass_pieces(upload);
        if (!refusal && !wire_.client_left())
            co_return co_await pooled(parts_.pool, [&upload] { return std::optional(upload.finish()); });
        auto abandon = [&upload] {
            upload.abandon();
            return true;
        };
        co_await pooled(parts_.pool, std::move(abandon));
        co_return refusal;
    }

    /// A piece goes to the sink while the next one arrives.
    asio::awaitable<std::optional<Response>> pass_pieces(Upload& upload) {
        co_await wire_.invite_body();
        std::vector<std::byte> current(upload_piece_bytes), next(upload_piece_bytes);
        // The first bytes go at once, so that what is no video is refused early.
        auto filled = (co_await wire_.read_some(current)).size();
        while (filled > 0 && !wire_.malformed()) {
            auto passing = pass_piece(upload, std::span(current).first(filled));
            auto [more, refusal] = co_await (wire_.fill(next) && std::move(passing));
            if (refusal || wire_.client_left())
                co_return std::move(refusal);
            std::swap(current, next);
            filled = more;
        }
        if (wire_.malformed())
            co_return problem_response(*wire_.malformed());
        co_return std::nullopt;
    }

    /// A refusal ends the wait for the next piece, which might never come.
    asio::awaitable<std::optional<Response>> pass_piece(Upload& upload, std::span<const std::byte> piece) {
        auto refusal = co_await pooled(parts_.pool, [&upload, piece] { return upload.write(piece); });
        if (refusal)
            wire_.stop_reading();
        co_return refusal;
    }

    asio::awaitable<void> write(const Request& request, Response& response) {
        if (auto* late = std::get_if<LateBody>(&response.body)) {
            auto come = co_await wait_for(request, *late);
            if (!come)
                co_return;
            response = *std::move(come);
        }
        Piece first;
        if (request.method != Method::head)
            first = co_await first_piece(request, response);
        if (first.failure)
            response = *std::move(first.failure);
        parts_.application.complete(request, response);
        outcome_.status = response.status;
        const bool keep_alive = !wire_.body_is_unread() && !ending_ && wire_.keeps_alive();
        if (const auto* text = std::get_if<std::string>(&response.body))
            co_await write_text(request, response, *text, keep_alive);
        else if (const auto* source = std::get_if<SourceBody>(&response.body))
            co_await write_source(request, response, *source, std::move(first), keep_alive);
        else if (auto* producer = std::get_if<std::unique_ptr<BodyProducer>>(&response.body))
            co_await write_produced(request, response, **producer, std::move(first), keep_alive);
        else if (auto* events = std::get_if<std::unique_ptr<EventSource>>(&response.body))
            co_await write_events(request, response, **events);
        reusable_ = keep_alive && !broken_off_ && !wire_.client_left();
    }

    /// Read before the head is sent, so that a failure can still be told.
    asio::awaitable<Piece> first_piece(const Request& request, const Response& response) {
        if (const auto* source = std::get_if<SourceBody>(&response.body))
            co_return co_await pooled(parts_.pool, [this, &request, source] {
                return read_piece(parts_.application, request, *source, 0);
            });
        if (const auto* producer = std::get_if<std::unique_ptr<BodyProducer>>(&response.body))
            co_return co_await pooled(parts_.pool, [this, &request, producer] {
                return produce_piece(parts_.application, request, **producer);
            });
        co_return Piece();
    }

    asio::awaitable<void> write_text(const Request& request, const Response& response,
                                     const std::string& text, bool keep_alive) {
        auto message = head_text(response, Framing::length, text.size(), keep_alive);
        if (request.method != Method::head) {
            message += text;
            outcome_.bytes = text.size();
        }
        co_await wire_.write(message);
    }

    /// A piece goes out while the next one is read.
    asio::awaitable<void> write_source(const Request& request, const Response& response,
                                       const SourceBody& body, Piece piece, bool keep_alive) {
        co_await wire_.write(head_text(response, Framing::length, body.size, keep_alive));
        if (request.method == Method::head)
            co_return;
        std::uint64_t done = 0;
        while (!wire_.client_left() && !broken_off_) {
            const auto current = std::move(piece.bytes);
            done += current.size();
            if (done == body.size) {
                co_await write_framed(Framing::length, current);
                co_return;
            }
            auto reading = pooled(parts_.pool, [this, &request, &body, done] {
                return read_piece(parts_.application, request, body, done);
            });
            piece = co_await (write_framed(Framing::length, current) && std::move(reading));
            broken_off_ = piece.failure.has_value();
        }
    }

    asio::awaitable<void> write_produced(const Request& request, const Response& response,
                                         BodyProducer& producer, Piece piece, bool keep_alive) {
        const auto framing = wire_.knows_chunks() ? Framing::chunked : Framing::until_close;
        broken_off_ = framing == Framing::until_close;
        co_await wire_.write(head_text(response, framing, 0, keep_alive && !broken_off_));
        if (request.method == Method::head)
            co_return;
        while (!wire_.client_left() && !piece.failure && !piece.bytes.empty()) {
            const auto current = std::move(piece.bytes);
            auto producing = pooled(parts_.pool, [this, &request, &producer] {
                return produce_piece(parts_.application, request, producer);
            });
            piece = co_await (write_framed(framing, current) && std::move(producing));
        }
        if (piece.failure)
            broken_off_ = true;
        else
            co_await write_end(framing);
    }

    asio::awaitable<void> write_framed(Framing framing, const std::string& text) {
        if (framing == Framing::chunked) {
            std::array<char, 20> size;
            auto* const end = std::to_chars(size.data(), size.data() + size.size(), text.size(), 16).ptr;
            std::string message(size.data(), end);
            message.append("\r\n").append(text).append("\r\n");
            co_await wire_.write(message);
        } else {
            co_await wire_.write(text);
        }
        if (!wire_.client_left())
            outcome_.bytes += text.size();
    }

    asio::awaitable<void> write_end(Framing framing) {
        if (framing == Framing::chunked)
            co_await wire_.write("0\r\n\r\n");
    }

    asio::awaitable<void> write_events(const Request& request, const Response& response,
                                       EventSource& source) {
        const auto framing = wire_.knows_chunks() ? Framing::chunked : Framing::until_close;
        co_await wire_.write(head_text(response, framing, 0, false));
        broken_off_ = true;
        if (request.method == Method::head)
            co_return;
        begin_polling();
        auto last_sent = SteadyClock::now();
        bool ended = false;
        while (!ended && !wire_.client_left() && !ending_) {
            woken_ = false;
            auto polled = co_await pooled(parts_.pool, [this, &request, &source] {
                return poll_events(parts_.application, request, source);
            });
            ended = polled.ended;
            if (polled.text.empty() && SteadyClock::now() - last_sent >= parts_.limits.event_comment)
                polled.text = ":\n\n";
            if (!polled.text.empty()) {
                co_await write_framed(framing, polled.text);
                last_sent = SteadyClock::now();
            }
            if (!ended)
                co_await wait_until_woken(std::min(parts_.limits.event_poll, parts_.limits.event_comment));
        }
        end_polling();
        co_await write_end(framing);
    }

    /// Nothing: the client left.
    asio::awaitable<std::optional<Response>> wait_for(const Request& request, LateBody& late) {
        const auto deadline = SteadyClock::now() + late.patience;
        begin_polling();
        std::optional<Response> response;
        while (!response && !wire_.client_left()) {
            woken_ = false;
            const auto rest = std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now());
            const auto call =
                rest <= Milliseconds(0) || ending_ ? LateAnswer::Call::last : LateAnswer::Call::early;
            response = co_await pooled(parts_.pool, [this, &request, &late, call] {
                return poll_answer(parts_.application, request, *late.answer, call);
            });
            if (!response)
                co_await wait_until_woken(std::clamp(rest, Milliseconds(1), parts_.limits.event_poll));
        }
        end_polling();
        co_return response;
    }

    asio::awaitable<void> wait_until_woken(Milliseconds patience) {
        if (woken_ || ending_ || wire_.client_left())
            co_return;
        timer_.expires_after(patience);
        co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    }

    void begin_polling() {
        polling_ = true;
        wire_.watch([self = shared_from_this()] { self->timer_.cancel(); });
    }

    void end_polling() {
        polling_ = false;
        wire_.stop_watching();
    }

    Wire wire_;
    asio::steady_timer timer_;  ///< between two polls
    std::uint64_t number_;
    ConnectionParts parts_;
    Application::Outcome outcome_;
    bool reusable_ = false;    ///< there may be another request
    bool broken_off_ = false;  ///< the answer's end is told by closing
    bool ending_ = false;
    bool woken_ = false;
    std::atomic<bool> polling_ = false;
};

}  // namespace

std::shared_ptr<Connection> start_connection(int socket, std::uint64_t number, asio::io_context& context,
                                             const ConnectionParts& parts) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    const auto protocol = address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
    auto session = std::make_shared<Session>(tcp::socket(context, protocol, socket), number, parts);
    session->start();
    return session;
}

}  // namespace posed::api
