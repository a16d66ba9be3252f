#include "api/wire.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <sys/socket.h>

namespace posed::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

/// Completes with the error beside the value, never by an exception.
constexpr auto as_values = asio::experimental::as_tuple(asio::use_awaitable);

constexpr std::size_t idle_bytes = 1024;          ///< to wait for a request with
constexpr std::size_t idle_bytes_max = 4096;      ///< held by an idle connection
constexpr std::size_t receive_bytes = 64 * 1024;  ///< per system call while a body arrives

/// What a parser's error means, to be told to the client.
std::optional<Problem> problem_of(const beast::error_code& error) {
    if (error == http::error::header_limit)
        return api::problem_of(Refusal::head_too_large, "the request's head is too large");
    if (error == http::error::bad_version)
        return api::problem_of(Refusal::unsupported_version, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    const auto& parsing = http::make_error_code(http::error::bad_method).category();
    if (error.category() == parsing && error != http::error::end_of_stream &&
        error != http::error::partial_message)
        return api::problem_of(Refusal::malformed_request, "this is not HTTP: " + error.message());
    return {};
}

/// An IPv4 address is written as one even where it reached an IPv6 socket.
std::string text_of(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

}  // namespace

Wire::Wire(tcp::socket socket, const ServerLimits& limits) : stream_(std::move(socket)), limits_(limits) {
    beast::error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    client_ = text_of(stream_.socket().remote_endpoint(ignored).address());
    server_ = text_of(stream_.socket().local_endpoint(ignored).address());
}

asio::awaitable<bool> Wire::request_begins() {
    if (buffer_.size() > 0)
        co_return true;
    if (buffer_.capacity() > idle_bytes_max)
        buffer_.shrink_to_fit();
    idle_ = true;
    stream_.expires_after(limits_.idle);
    const auto space = buffer_.prepare(idle_bytes);
    const auto [error, bytes] = co_await stream_.async_read_some(space, as_values);
    idle_ = false;
    buffer_.commit(bytes);
    client_left_ = static_cast<bool>(error);
    co_return !client_left_;
}

asio::awaitable<std::optional<Problem>> Wire::read_head(Request& request) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.head_bytes_max));
    parser_->body_limit(boost::none);
    body_unread_ = true;
    stream_.expires_after(limits_.head);
    const auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, *parser_, as_values);
    request.client = client_;
    if (error) {
        auto problem = problem_of(error);
        client_left_ = !problem;
        co_return problem;
    }
    const auto& message = parser_->get();
    request.target = std::string(message.target());
    for (const auto& field : message)
        request.headers.add(std::string(field.name_string()), std::string(field.value()));
    if (const auto length = parser_->content_length())
        request.content_length = *length;
    body_unread_ = !parser_->is_done();
    body_begin_ = SteadyClock::now();
    body_received_ = 0;
    malformed_.reset();
    reading_stopped_ = false;
    const auto method = method_named(std::string_view(message.method_string()));
    if (!method)
        co_return api::problem_of(Refusal::method_not_allowed, "this method is not known here");
    request.method = *method;
    co_return std::nullopt;
}

asio::awaitable<void> Wire::invite_body() {
    if (body_unread_ && beast::iequals(parser_->get()[http::field::expect], "100-continue"))
        co_await write("HTTP/1.1 100 Continue\r\n\r\n");
}

/// Whoever sends must go on sending, and not too slowly on the whole.
void Wire::expect_more() {
    const std::chrono::seconds earned(body_received_ / limits_.body_bytes_per_second_min);
    stream_.expires_at(std::min(SteadyClock::now() + limits_.stall, body_begin_ + limits_.stall + earned));
}

asio::awaitable<std::span<std::byte>> Wire::read_some(std::span<std::byte> space) {
    auto& body = parser_->get().body();
    body.data = space.data();
    body.size = space.size();
    body.more = true;
    while (!parser_->is_done() && body.size == space.size()) {
        expect_more();
        buffer_.reserve(receive_bytes);  // else Beast asks the system for 512 bytes at a time
        const auto [error, bytes] = co_await http::async_read_some(stream_, buffer_, *parser_, as_values);
        if (error && error != http::error::need_buffer) {
            malformed_ = problem_of(error);
            client_left_ = !malformed_ && !reading_stopped_;
            co_return std::span<std::byte>();
        }
    }
    const auto filled = space.first(space.size() - body.size);
    body_received_ += filled.size();
    body_unread_ = !parser_->is_done();
    co_return filled;
}

asio::awaitable<std::size_t> Wire::fill(std::span<std::byte> space) {
    std::size_t filled = 0;
    while (filled < space.size()) {
        const auto more = co_await read_some(space.subspan(filled));
        if (more.empty())
            break;
        filled += more.size();
    }
    co_return filled;
}

void Wire::stop_reading() {
    reading_stopped_ = true;
    stream_.cancel();
}

asio::awaitable<void> Wire::write(std::string_view text) {
    while (!text.empty() && !client_left_) {
        stream_.expires_after(limits_.stall);
        const asio::const_buffer rest(text.data(), text.size());
        const auto [error, bytes] = co_await stream_.async_write_some(rest, as_values);
        client_left_ = static_cast<bool>(error);
        text.remove_prefix(bytes);
    }
}

void Wire::watch(std::function<void()> left) {
    watching_ = true;
    auto readable = [this, left = std::move(left)](const beast::error_code& error) mutable {
        if (error || !watching_)
            return;
        char byte = 0;
        const auto got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got > 0)
            return;  // the next request, sent ahead: its sender is there
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            watch(std::move(left));
            return;
        }
        client_left_ = true;
        left();
    };
    stream_.socket().async_wait(tcp::socket::wait_read, std::move(readable));
}

void Wire::stop_watching() {
    watching_ = false;
    beast::error_code ignored;
    stream_.socket().cancel(ignored);
}

/// Closing with input unread would make the system throw away what the client has not read yet. So what it
/// still sends is read and forgotten for a while.
asio::awaitable<void> Wire::leave() {
    beast::error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    if (error || (!body_unread_ && buffer_.size() == 0))
        co_return;
    buffer_.consume(buffer_.size());
    stream_.expires_after(limits_.discard);
    for (std::uint64_t discarded = 0; discarded < limits_.discard_bytes_max;) {
        const auto space = buffer_.prepare(receive_bytes);
        const auto [ended, bytes] = co_await stream_.async_read_some(space, as_values);
        if (ended)
            break;
        discarded += bytes;
    }
}

void Wire::close_if_idle() {
    if (idle_)
        close();
}

void Wire::close() {
    client_left_ = true;
    stream_.close();
}

}  // namespace posed::api
