#include "tasks/redis_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <hiredis/hiredis.h>

namespace posed::tasks {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Error not_a_redis_url(const char* why) {
    return fail(Code::invalid_argument, std::string("this is no address of a Redis: ") + why,
                "write redis://USER:PASSWORD@HOST:PORT, or rediss:// for TLS");
}

/// With %3A for a colon, and so on.
Result<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        unsigned byte = 0;
        const auto digits = text.substr(at + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
            return not_a_redis_url("a % is not followed by two hexadecimal digits");
        decoded += static_cast<char>(byte);
        at += 2;
    }
    return decoded;
}

/// `USER:PASSWORD`; `:PASSWORD` is that of Redis's own user.
Result<> read_login(std::string_view login, RedisAddress& address) {
    const auto colon = login.find(':');
    if (colon == std::string_view::npos)
        return not_a_redis_url("before the @ there is no USER:PASSWORD");
    address.user = TRY(percent_decoded(login.substr(0, colon)));
    address.password = TRY(percent_decoded(login.substr(colon + 1)));
    return {};
}

/// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
Result<> read_host(std::string_view text, RedisAddress& address) {
    const bool bracketed = text.starts_with('[');
    const auto host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (host_end == std::string_view::npos)
        return not_a_redis_url("a ] is missing");
    address.host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
    if (address.host.empty())
        return not_a_redis_url("it names no host");
    text.remove_prefix(host_end + (bracketed ? 1 : 0));
    if (text.empty())
        return {};
    text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), address.port);
    if (error != std::errc{} || end != text.data() + text.size() || address.port == 0)
        return not_a_redis_url("the port is no number from 1 to 65535");
    return {};
}

RedisReply reply_from(const redisReply& raw) {
    using Kind = RedisReply::Kind;
    switch (raw.type) {
        case REDIS_REPLY_ERROR:
            return {.kind = Kind::error, .text = {raw.str, raw.len}};
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return {.kind = Kind::text, .text = {raw.str, raw.len}};
        case REDIS_REPLY_INTEGER:
            return {.kind = Kind::number, .number = raw.integer};
        case REDIS_REPLY_ARRAY: {
            RedisReply reply{.kind = Kind::list};
            for (const auto* item : std::span(raw.element, raw.elements))
                reply.list.push_back(reply_from(*item));
            return reply;
        }
        default:
            return {};
    }
}

void append(std::string& bytes, const RedisCommand& command) {
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const auto& word : command) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    char* formatted = nullptr;
    const int size =
        redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), words.data(), lengths.data());
    if (size > 0)
        bytes.append(formatted, static_cast<std::size_t>(size));
    redisFreeCommand(formatted);
}

/// Until when a call waits.
struct Waiting {
    std::chrono::steady_clock::time_point end;
    const std::stop_token& stop;
};

Waiting wait_for(RedisConnection::Patience patience, const std::stop_token& stop) {
    return {std::chrono::steady_clock::now() + patience, stop};
}

}  // namespace

Result<RedisAddress> parse_redis_url(std::string_view url) {
    RedisAddress address;
    address.tls = url.starts_with("rediss://");
    if (!address.tls && !url.starts_with("redis://"))
        return not_a_redis_url("it begins with neither redis:// nor rediss://");
    url.remove_prefix(url.find("//") + 2);
    if (url.ends_with('/'))
        url.remove_suffix(1);
    const auto at = url.rfind('@');
    if (at != std::string_view::npos)
        TRY(read_login(url.substr(0, at), address));
    url.remove_prefix(at == std::string_view::npos ? 0 : at + 1);
    if (url.find_first_of("/?#") != std::string_view::npos)
        return not_a_redis_url("after the host there is more than a port; only database 0 is used");
    TRY(read_host(url, address));
    return address;
}

/// Asio's operations, each run to its end on the thread that calls: waiting for time and stop is what they
/// are needed for.
struct RedisConnection::State {
    explicit State(RedisAddress of_server) : address(std::move(of_server)) {}

    [[nodiscard]] Error trouble(const std::string& what) const {
        return fail(Code::unavailable,
                    "redis at " + address.host + ":" + std::to_string(address.port) + ": " + what);
    }

    /// Starts an operation with a handler of `(error_code)` or `(error_code, Value)` and waits for it.
    template <class Value = int, class Start>
    Result<Value> finish(const Waiting& waiting, Start start) {
        // Shared: an operation that is given up may still end when this call has returned.
        auto outcome = std::make_shared<std::optional<std::pair<error_code, Value>>>();
        start([outcome](const error_code& error, Value value = {}) {
            outcome->emplace(error, std::move(value));
        });
        context.restart();
        {
            const std::stop_callback interrupt(waiting.stop, [this] { context.stop(); });
            context.run_until(waiting.end);
        }
        if (!outcome->has_value()) {
            error_code ignored;
            socket.close(ignored);
            if (waiting.stop.stop_requested())
                return fail(Code::cancelled, "stopped on request");
            return trouble("does not answer in time");
        }
        if (const auto& error = (*outcome)->first)
            return trouble(error.message());
        return std::move((*outcome)->second);
    }

    /// Calls `operation` with the stream that bytes go through.
    template <class Operation>
    void with_stream(Operation operation) {
        tls ? operation(*tls) : operation(socket);
    }

    Result<> connect(const Waiting& waiting) {
        tcp::resolver resolver(context);
        const auto endpoints = TRY(finish<tcp::resolver::results_type>(waiting, [&](auto handler) {
            resolver.async_resolve(address.host, std::to_string(address.port), std::move(handler));
        }));
        TRY(finish<tcp::endpoint>(
            waiting, [&](auto handler) { asio::async_connect(socket, endpoints, std::move(handler)); }));
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        return address.tls ? shake_hands(waiting) : Result<>();
    }

    Result<> shake_hands(const Waiting& waiting) {
        error_code error;
        address.ca_file.empty() ? tls_settings.set_default_verify_paths(error)
                                : tls_settings.load_verify_file(address.ca_file.string(), error);
        if (error)
            return fail(Code::invalid_argument,
                        "the certificates in " + address.ca_file.string() + ": " + error.message());
        tls.emplace(socket, tls_settings);
        tls->set_verify_mode(asio::ssl::verify_peer);
        tls->set_verify_callback(asio::ssl::host_name_verification(address.host));
        if (SSL_set_tlsext_host_name(tls->native_handle(), address.host.c_str()) != 1)
            return trouble("its name does not fit into a TLS greeting");
        TRY(finish(waiting, [&](auto handler) {
            tls->async_handshake(asio::ssl::stream_base::client, std::move(handler));
        }));
        return {};
    }

    Result<> log_in(const Waiting& waiting) {
        if (address.password.empty())
            return {};
        RedisCommand login{"AUTH", address.password};
        if (!address.user.empty())
            login.insert(login.begin() + 1, address.user);
        TRY(send({&login, 1}, waiting));
        const auto reply = TRY(receive(waiting));
        if (reply.kind == RedisReply::Kind::error)
            return fail(Code::permission_denied, trouble(reply.text).message);
        return {};
    }

    Result<> send(std::span<const RedisCommand> commands, const Waiting& waiting) {
        outgoing.clear();
        for (const auto& command : commands)
            append(outgoing, command);
        TRY(finish<std::size_t>(waiting, [&](auto handler) {
            with_stream(
                [&](auto& stream) { asio::async_write(stream, asio::buffer(outgoing), std::move(handler)); });
        }));
        return {};
    }

    Result<RedisReply> receive(const Waiting& waiting) {
        void* raw = nullptr;
        while (redisReaderGetReply(reader.get(), &raw) == REDIS_OK && raw == nullptr) {
            const auto size = TRY(finish<std::size_t>(waiting, [&](auto handler) {
                with_stream([&](auto& stream) {
                    stream.async_read_some(asio::buffer(incoming), std::move(handler));
                });
            }));
            redisReaderFeed(reader.get(), incoming.data(), size);
        }
        if (raw == nullptr)
            return trouble(std::string("speaks another protocol: ") + reader->errstr);
        const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, &freeReplyObject);
        return reply_from(*static_cast<const redisReply*>(raw));
    }

    const RedisAddress address;
    asio::io_context context;
    tcp::socket socket{context};
    asio::ssl::context tls_settings{asio::ssl::context::tls_client};
    std::optional<asio::ssl::stream<tcp::socket&>> tls;
    std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{redisReaderCreate(), &redisReaderFree};
    std::string outgoing;
    std::array<char, 16'384> incoming{};
};

RedisConnection::RedisConnection(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

RedisConnection::~RedisConnection() = default;

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisAddress& address, Patience patience,
                                                               const std::stop_token& stop) {
    const auto waiting = wait_for(patience, stop);
    auto state = std::make_unique<State>(address);
    TRY(state->connect(waiting));
    TRY(state->log_in(waiting));
    return std::unique_ptr<RedisConnection>(new RedisConnection(std::move(state)));
}

Result<RedisReply> RedisConnection::ask(const RedisCommand& command, Patience patience,
                                        const std::stop_token& stop) {
    return std::move(TRY(ask_all({&command, 1}, patience, stop)).front());
}

Result<std::vector<RedisReply>> RedisConnection::ask_all(std::span<const RedisCommand> commands,
                                                         Patience patience, const std::stop_token& stop) {
    const auto waiting = wait_for(patience, stop);
    TRY(state_->send(commands, waiting));
    std::vector<RedisReply> replies;
    for (std::size_t i = 0; i < commands.size(); ++i)
        replies.push_back(TRY(state_->receive(waiting)));
    return replies;
}

Result<RedisReply> RedisConnection::listen(Patience patience, const std::stop_token& stop) {
    return state_->receive(wait_for(patience, stop));
}

}  // namespace posed::tasks
