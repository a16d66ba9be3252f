#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "api/http.h"
#include "api/problem.h"
#include "api/server.h"

/// The one header with types of Asio and Beast, for connection.cpp and wire.cpp only.
namespace posed::api {

/// A client's socket as a source of requests and a place for answers, with every time limit. Owned by its
/// connection and used on the one thread of its context. No function throws: when the client is gone or too
/// slow, `client_left` says so from then on.
class Wire {
  public:
    Wire(boost::asio::ip::tcp::socket socket, const ServerLimits& limits);

    [[nodiscard]] auto executor() { return stream_.get_executor(); }
    [[nodiscard]] const std::string& server_address() const noexcept { return server_; }
    [[nodiscard]] bool client_left() const noexcept { return client_left_; }

    /// Waits for the first byte of a request, holding little memory. False: none will come.
    [[nodiscard]] boost::asio::awaitable<bool> request_begins();

    /// Reads the head into `request`. Returns what is wrong with it, if the client is to be told.
    [[nodiscard]] boost::asio::awaitable<std::optional<Problem>> read_head(Request& request);

    [[nodiscard]] bool body_is_unread() const noexcept { return body_unread_; }
    [[nodiscard]] bool keeps_alive() const { return parser_->keep_alive(); }
    [[nodiscard]] bool knows_chunks() const { return parser_->get().version() >= 11; }  // HTTP/1.1

    /// Tells a client that asks whether to send its body to go on.
    [[nodiscard]] boost::asio::awaitable<void> invite_body();

    /// Reads what comes next of the body, at most `space`; returns the part that was filled, empty at the
    /// end.
    [[nodiscard]] boost::asio::awaitable<std::span<std::byte>> read_some(std::span<std::byte> space);

    /// Fills `space` as far as the body goes; returns how far.
    [[nodiscard]] boost::asio::awaitable<std::size_t> fill(std::span<std::byte> space);

    /// Ends a read that is under way: the rest of the body is not wanted.
    void stop_reading();

    /// What is wrong with the body's framing, if the client is to be told.
    [[nodiscard]] const std::optional<Problem>& malformed() const noexcept { return malformed_; }

    [[nodiscard]] boost::asio::awaitable<void> write(std::string_view text);

    /// While nothing is read: calls `left` when the client closes.
    void watch(std::function<void()> left);
    void stop_watching();

    /// Tells the client the end and gives it time to read what it was sent.
    [[nodiscard]] boost::asio::awaitable<void> leave();

    void close_if_idle();
    void close();

  private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

    void expect_more();

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    const ServerLimits& limits_;
    std::string client_;
    std::string server_;
    std::chrono::steady_clock::time_point body_begin_;
    std::uint64_t body_received_ = 0;
    std::optional<Problem> malformed_;
    bool body_unread_ = false;
    bool reading_stopped_ = false;
    bool client_left_ = false;
    bool idle_ = false;
    bool watching_ = false;
};

}  // namespace posed::api
