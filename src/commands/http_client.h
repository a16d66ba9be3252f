#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

/// HTTP as the service's client needs it: bodies of any size in constant memory, both ways. On libcurl, which
/// no other file includes.
namespace posed::commands {

/// Where the service is, and what lets one in.
struct ServiceAddress {
    std::string url;  ///< without a slash at its end
    std::optional<std::string> token = {};
    bool is_loopback = false;  ///< then no proxy of the environment is asked

    friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};

/// "http://127.0.0.1:8000/", or "127.0.0.1:8000" for short. Error: invalid_argument for what is no address of
/// a web server.
[[nodiscard]] Result<ServiceAddress> parse_service_address(std::string_view text,
                                                           std::optional<std::string> token);

/// How far the larger body of a request has come. The total is missing when the sender does not say it.
struct Transferred {
    std::int64_t done = 0;
    std::optional<std::int64_t> total = {};
};

struct HttpRequest {
    std::string target;                 ///< path and query
    std::vector<std::string> fields{};  ///< of the head: "Accept: text/event-stream"
    std::optional<std::string> json{};  ///< a body: makes the request a POST
    ByteSource* file = nullptr;         ///< another body, of the caller's
    /// Takes the body of a successful answer as it comes; else it is kept. An error ends the transfer.
    std::function<Result<>(std::string_view piece)> take{};
    std::function<void(const Transferred&)> report{};
    std::chrono::seconds silence_max{120};  ///< without a byte in either direction
};

struct HttpAnswer {
    int status = 0;
    std::string body{};  ///< at most 16 MiB of it
    std::chrono::seconds retry_after{0};

    [[nodiscard]] bool is_success() const noexcept { return status >= 200 && status < 300; }
};

/// One connection to the service, kept for the next request. One thread.
class HttpClient {
  public:
    explicit HttpClient(ServiceAddress address);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// Any status is an answer. Errors: unavailable when the service cannot be reached, breaks off or is
    /// silent; permission_denied when its certificate is not to be trusted; cancelled on `stop`, within a
    /// second; those of reading the file and of `take`.
    [[nodiscard]] Result<HttpAnswer> send(const HttpRequest& request, const std::stop_token& stop);

    [[nodiscard]] const ServiceAddress& address() const noexcept { return address_; }

  private:
    struct Connection;

    ServiceAddress address_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace posed::commands
