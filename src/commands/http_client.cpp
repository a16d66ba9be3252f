#include "commands/http_client.h"

#include <algorithm>
#include <span>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace posed::commands {
namespace {

constexpr std::size_t kept_bytes_max = 1 << 24;
constexpr long buffer_bytes = 512 * 1024;
constexpr long connect_seconds_max = 10;

template <auto release>
struct Releaser {
    void operator()(auto* object) const noexcept { release(object); }
};
using Handle = std::unique_ptr<CURL, Releaser<curl_easy_cleanup>>;
using Fields = std::unique_ptr<curl_slist, Releaser<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Releaser<curl_url_cleanup>>;

std::string part_of(const Url& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK)
        return {};
    const std::unique_ptr<char, Releaser<curl_free>> owner(text);
    return text;
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// A request under way, as libcurl's callbacks see it. None of them may throw: memory that is gone ends the
/// program.
class Exchange {
  public:
    Exchange(const HttpRequest& request, const std::stop_token& stop, CURL* handle)
        : request_(request), stop_(stop), handle_(handle) {}

    void prepare() {
        set(CURLOPT_WRITEFUNCTION, &receive);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &watch);
        set(CURLOPT_XFERINFODATA, this);
        if (request_.json) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.json->size()));
            set(CURLOPT_POSTFIELDS, request_.json->c_str());
        } else if (request_.file != nullptr) {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.file->size()));
            set(CURLOPT_READFUNCTION, &supply);
            set(CURLOPT_READDATA, this);
            set(CURLOPT_SEEKFUNCTION, &seek);
            set(CURLOPT_SEEKDATA, this);
        }
    }

    Result<HttpAnswer> run() {
        const auto code = curl_easy_perform(handle_);
        if (failure_)
            return *std::move(failure_);
        if (stop_.stop_requested())
            return fail(Code::cancelled, "interrupted");
        if (code == CURLE_PEER_FAILED_VERIFICATION)
            return fail(Code::permission_denied, curl_easy_strerror(code));
        if (code != CURLE_OK)
            return fail(Code::unavailable, curl_easy_strerror(code));
        answer_.status = status();
        curl_off_t seconds = 0;
        curl_easy_getinfo(handle_, CURLINFO_RETRY_AFTER, &seconds);
        answer_.retry_after = std::chrono::seconds(seconds);
        return std::move(answer_);
    }

  private:
    using Clock = std::chrono::steady_clock;

    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(handle_, option, value);
    }

    int status() const noexcept {
        long status = 0;
        curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
        return static_cast<int>(status);
    }

    std::size_t fail_with(Error error, std::size_t abort) noexcept {
        failure_ = std::move(error);
        return abort;
    }

    std::size_t take(std::string_view piece) {
        const bool successful = status() >= 200 && status() < 300;
        if (successful && request_.take) {
            auto taken = request_.take(piece);
            return taken.has_error() ? fail_with(std::move(taken).error(), CURL_WRITEFUNC_ERROR)
                                     : piece.size();
        }
        answer_.body += piece.substr(0, kept_bytes_max - answer_.body.size());
        return piece.size();
    }

    std::size_t give(std::span<char> buffer) {
        auto read = request_.file->read_at(position_, std::as_writable_bytes(buffer));
        if (read.has_error())
            return fail_with(std::move(read).error(), CURL_READFUNC_ABORT);
        position_ += *read;
        return *read;
    }

    bool is_silent(std::int64_t bytes) {
        const auto now = Clock::now();
        if (std::exchange(bytes_, bytes) != bytes)
            heard_ = now;
        return now - heard_ > request_.silence_max;
    }

    void report(const Transferred& transferred) const {
        if (request_.report && transferred.done > 0)
            request_.report(transferred);
    }

    static std::size_t receive(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
        return static_cast<Exchange*>(self)->take({bytes, count});
    }

    static std::size_t supply(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
        return static_cast<Exchange*>(self)->give({buffer, size * count});
    }

    /// libcurl begins a body anew when the connection that it had kept turns out to be closed.
    static int seek(void* self, curl_off_t offset, int) noexcept {
        static_cast<Exchange*>(self)->position_ = static_cast<std::uint64_t>(offset);
        return CURL_SEEKFUNC_OK;
    }

    static int watch(void* self, curl_off_t download_total, curl_off_t downloaded, curl_off_t,
                     curl_off_t uploaded) noexcept {
        auto& exchange = *static_cast<Exchange*>(self);
        if (exchange.stop_.stop_requested())
            return 1;
        if (exchange.is_silent(downloaded + uploaded)) {
            exchange.failure_ = fail(Code::unavailable, fmt::format("it has said nothing for {} s",
                                                                    exchange.request_.silence_max.count()));
            return 1;
        }
        if (exchange.request_.file != nullptr)
            exchange.report({uploaded, static_cast<std::int64_t>(exchange.request_.file->size())});
        else
            exchange.report({downloaded, download_total > 0 ? std::optional<std::int64_t>(download_total)
                                                            : std::nullopt});
        return 0;
    }

    const HttpRequest& request_;
    const std::stop_token& stop_;
    CURL* handle_;
    HttpAnswer answer_;
    std::optional<Error> failure_;
    std::uint64_t position_ = 0;
    std::int64_t bytes_ = 0;
    Clock::time_point heard_ = Clock::now();
};

Fields fields_of(const HttpRequest& request, const ServiceAddress& address) {
    Fields fields;
    const auto add = [&](const std::string& field) {
        fields.reset(curl_slist_append(fields.release(), field.c_str()));
    };
    for (const auto& field : request.fields)
        add(field);
    if (request.json)
        add("Content-Type: application/json");
    else if (request.file != nullptr)
        add("Content-Type: application/octet-stream");
    if (address.token)
        add("Authorization: Bearer " + *address.token);
    return fields;
}

}  // namespace

Result<ServiceAddress> parse_service_address(std::string_view text, std::optional<std::string> token) {
    const Url url(curl_url());
    const auto given = std::string(text);
    const auto parsed = curl_url_set(url.get(), CURLUPART_URL, given.c_str(), CURLU_DEFAULT_SCHEME);
    const auto scheme = given.find("://") == std::string::npos ? "http" : part_of(url, CURLUPART_SCHEME);
    if (parsed != CURLUE_OK || (scheme != "http" && scheme != "https") ||
        !part_of(url, CURLUPART_QUERY).empty())
        return fail(Code::invalid_argument, fmt::format("{} is not the address of a service", text),
                    "give one such as http://127.0.0.1:8000");
    curl_url_set(url.get(), CURLUPART_SCHEME, scheme.c_str(), 0);
    auto address = part_of(url, CURLUPART_URL);
    address.erase(address.find_last_not_of('/') + 1);
    return ServiceAddress{.url = std::move(address),
                          .token = std::move(token),
                          .is_loopback = is_loopback_name(part_of(url, CURLUPART_HOST))};
}

struct HttpClient::Connection {
    Handle handle{curl_easy_init()};
};

HttpClient::HttpClient(ServiceAddress address)
    : address_(std::move(address)), connection_(std::make_unique<Connection>()) {}

HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) {
    auto* handle = connection_->handle.get();
    const auto url = address_.url + request.target;
    const auto fields = fields_of(request, address_);
    curl_easy_reset(handle);  // keeps the connection
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields.get());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "posed/" POSED_VERSION);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // other threads run
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds_max);
    curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, buffer_bytes);
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
    if (address_.is_loopback)
        curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    Exchange exchange(request, stop, handle);
    exchange.prepare();
    return exchange.run();
}

}  // namespace posed::commands
