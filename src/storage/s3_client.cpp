#include "storage/s3_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/digest.h"
#include "base/escaped_text.h"
#include "storage/s3_documents.h"

namespace posed::storage {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kept_bytes_max = 4 << 20;
constexpr long buffer_bytes = 256 * 1024;
constexpr long connect_seconds_max = 5;
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::seconds last_attempt_after{60};
constexpr std::size_t message_length_max = 200;

template <auto release>
struct Releaser {
    void operator()(auto* object) const noexcept { release(object); }
};
using Handle = std::unique_ptr<CURL, Releaser<curl_easy_cleanup>>;
using Lines = std::unique_ptr<curl_slist, Releaser<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Releaser<curl_url_cleanup>>;

std::string part_of(const Url& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, CURLU_NO_DEFAULT_PORT) != CURLUE_OK)
        return {};
    const std::unique_ptr<char, Releaser<curl_free>> owner(text);
    return text;
}

Error no_address(const std::string& what, const std::string& example) {
    return fail(Code::invalid_argument, fmt::format("{} is none", what), "give one such as " + example);
}

/// The endpoint, and the path without its slashes.
Result<std::pair<S3Endpoint, std::string>> parse_address(const std::string& text, const std::string& what,
                                                         const std::string& example) {
    const Url url(curl_url());
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return no_address(what, example);
    S3Endpoint endpoint{.scheme = part_of(url, CURLUPART_SCHEME), .authority = part_of(url, CURLUPART_HOST)};
    endpoint.is_loopback = endpoint.authority == "localhost" || endpoint.authority == "[::1]" ||
                           endpoint.authority.starts_with("127.");
    if (const auto port = part_of(url, CURLUPART_PORT); !port.empty())
        endpoint.authority += ":" + port;
    const bool has_more = !part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_QUERY).empty() ||
                          !part_of(url, CURLUPART_FRAGMENT).empty();
    if ((endpoint.scheme != "http" && endpoint.scheme != "https") || has_more)
        return no_address(what, example);
    auto path = part_of(url, CURLUPART_PATH);
    path.erase(0, path.find_first_not_of('/'));
    path.erase(path.find_last_not_of('/') + 1);
    return std::pair(std::move(endpoint), std::move(path));
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return lower;
}

bool passes(long status, std::string_view code) {
    constexpr std::array statuses{408L, 429L, 500L, 502L, 503L, 504L};
    // What was sent came otherwise, or somebody else is changing the same thing.
    constexpr std::array<std::string_view, 6> codes{"BadDigest",        "XAmzContentSHA256Mismatch",
                                                    "IncompleteBody",   "RequestTimeout",
                                                    "OperationAborted", "ConditionalRequestConflict"};
    return std::ranges::find(statuses, status) != statuses.end() ||
           std::ranges::find(codes, code) != codes.end();
}

Code code_of(long status, std::string_view code) {
    if (status == 507 || code == "QuotaExceeded" || code == "XMinioStorageFull" ||
        code == "XMinioAdminBucketQuotaExceeded")
        return Code::storage_full;
    // An upload that somebody aborted is like a key that somebody removed; without its bucket nothing is
    // known.
    if (code == "NoSuchUpload")
        return Code::conflict;
    if (status == 401 || status == 403 || code == "NoSuchBucket")
        return Code::permission_denied;
    if (status == 404)
        return Code::not_found;
    return status == 409 || status == 412 ? Code::conflict : Code::input_output;
}

std::string suggestion_for(std::string_view code) {
    if (code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch")
        return "check POSED_S3_ACCESS_KEY and POSED_S3_SECRET_KEY";
    if (code == "RequestTimeTooSkewed")
        return "set the clock of this machine";
    if (code == "AccessDenied")
        return "give the user of POSED_S3_ACCESS_KEY this right";
    return code == "NoSuchBucket" ? "make the bucket that POSED_STORE_URL names" : "";
}

}  // namespace

Result<S3Endpoint> parse_s3_endpoint(const std::string& url) {
    const std::string what = "the address '" + escaped(url) + "' of an S3 server";
    auto [endpoint, path] = TRY(parse_address(url, what, "https://s3.example.org:9000"));
    if (!path.empty())
        return no_address(what, "https://s3.example.org:9000");
    return std::move(endpoint);
}

Result<S3Bucket> parse_s3_bucket(const std::string& url) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const std::string what = "the address '" + escaped(url) + "' of an S3 bucket";
    const std::string example = "https://s3.example.org:9000/bucket";
    auto [endpoint, path] = TRY(parse_address(url, what, example));
    if (path.empty() || path.find_first_not_of(letters) != std::string::npos)
        return no_address(what, example);
    return S3Bucket{.endpoint = std::move(endpoint), .name = std::move(path)};
}

std::string S3Answer::field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
}

std::string S3Answer::tag() const {
    auto tag = field("etag");
    std::erase(tag, '"');
    return tag;
}

/// A connection that is kept from request to request. One thread at a time. None of libcurl's callbacks may
/// throw: memory that is gone ends the program.
class S3Client::Connection {
  public:
    struct Received {
        CURLcode code = CURLE_OK;
        long status = 0;
        S3Answer answer;
    };

    Received exchange(const S3Head& head, const S3Request& request, const Options& options) {
        request_ = &request;
        received_ = {};
        curl_easy_reset(handle_.get());  // keeps the connection
        const auto url = url_of(head, options.bucket.endpoint.scheme);
        const auto lines = lines_of(head);
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_HTTPHEADER, lines.get());
        set(CURLOPT_PATH_AS_IS, 1L);
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_NOSIGNAL, 1L);  // other threads run
        set(CURLOPT_CONNECTTIMEOUT, connect_seconds_max);
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.silence_max.count()));
        set(CURLOPT_BUFFERSIZE, buffer_bytes);
        if (!options.ca_file.empty())
            set(CURLOPT_CAINFO, options.ca_file.c_str());
        if (options.bucket.endpoint.is_loopback)
            set(CURLOPT_NOPROXY, "*");
        set_method();
        set(CURLOPT_HEADERFUNCTION, &take_line);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_WRITEFUNCTION, &take_bytes);
        set(CURLOPT_WRITEDATA, this);
        received_.code = curl_easy_perform(handle_.get());
        received_.status = status();
        return std::move(received_);
    }

    [[nodiscard]] static std::string url_of(const S3Head& head, const std::string& scheme) {
        const auto query = query_text(head.query);
        return scheme + "://" + head.fields.at("host") + head.path + (query.empty() ? "" : "?") + query;
    }

  private:
    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(handle_.get(), option, value);
    }

    void set_method() {
        const auto& [method, body] = std::tie(request_->method, request_->body);
        if (method == "HEAD")
            set(CURLOPT_NOBODY, 1L);
        else if (method != "GET")
            set(CURLOPT_CUSTOMREQUEST, method.c_str());
        if (method == "PUT" || method == "POST") {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
            set(CURLOPT_POSTFIELDS, body.empty() ? "" : reinterpret_cast<const char*>(body.data()));
        }
    }

    [[nodiscard]] static Lines lines_of(const S3Head& head) {
        Lines lines;
        const auto add = [&](const std::string& line) {
            lines.reset(curl_slist_append(lines.release(), line.c_str()));
        };
        for (const auto& [name, value] : head.fields)
            add(fmt::format("{}: {}", name, value));
        add("Expect:");  // an S3 server that refuses says so without being asked
        return lines;
    }

    [[nodiscard]] long status() const noexcept {
        long status = 0;
        curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        return status;
    }

    static std::size_t take_line(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
        auto& answer = static_cast<Connection*>(self)->received_.answer;
        std::string_view line(bytes, count);
        if (line.starts_with("HTTP/"))
            answer.fields.clear();  // that was an interim answer
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            return count;
        const auto first = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
        const auto last = line.find_last_not_of(" \t\r\n");
        answer.fields[lower_case(line.substr(0, colon))] =
            first < last + 1 ? line.substr(first, last + 1 - first) : std::string_view();
        return count;
    }

    static std::size_t take_bytes(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
        auto& connection = *static_cast<Connection*>(self);
        auto& answer = connection.received_.answer;
        const auto place = connection.request_->place;
        const auto status = connection.status();
        if (place.empty() || status < 200 || status >= 300) {
            answer.body.append(bytes, count);
            return answer.body.size() <= kept_bytes_max ? count : CURL_WRITEFUNC_ERROR;
        }
        if (count > place.size() - answer.placed)
            return CURL_WRITEFUNC_ERROR;
        std::memcpy(place.data() + answer.placed, bytes, count);
        answer.placed += count;
        return count;
    }

    Handle handle_{curl_easy_init()};
    const S3Request* request_ = nullptr;
    Received received_;
};

/// What came of sending a request once, and whether the next time may go better.
struct S3Client::Attempt {
    Result<S3Answer> answer;
    bool may_pass = false;
};

S3Client::S3Client(Options options, S3Signer signer, const Clock& clock, Random& random)
    : options_(std::move(options)), signer_(std::move(signer)), clock_(clock), random_(random) {}

S3Client::~S3Client() = default;

Result<S3Answer> S3Client::send(const S3Request& request) {
    const auto begin = clock_.boot_time();
    for (int attempt = 1;; ++attempt) {
        auto [answer, may_pass] = try_once(request);
        if (!may_pass)
            return std::move(answer);
        if (attempt == attempts_max || clock_.boot_time() - begin > last_attempt_after)
            return fail(Code::unavailable, fmt::format("{} ({} attempts)", answer.error().message, attempt),
                        "try again later");
        pause_after(attempt);
    }
}

S3Client::Attempt S3Client::try_once(const S3Request& request) {
    auto head = head_of(request, options_.bucket.endpoint);
    signer_.sign(head, sha256_of(request.body), clock_.now());
    auto connection = take_connection();
    auto [code, status, answer] = connection->exchange(head, request, options_);
    {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(connection));
    }
    const auto failed = [&](Code why, const std::string& how, const std::string& suggestion = "") {
        return fail(why, fmt::format("{}: {}", described(request), how), suggestion);
    };
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return {failed(Code::permission_denied, curl_easy_strerror(code),
                       "name the server's authority by POSED_S3_CA_FILE")};
    if (code != CURLE_OK)
        return {failed(Code::unavailable, curl_easy_strerror(code)), true};
    if (status >= 200 && status < 300) {
        const auto checked = request.check ? request.check(answer) : Result<>();
        if (checked.has_error())
            return {failed(Code::input_output, checked.error().message), true};
        return {std::move(answer)};
    }
    const auto failure = failure_in(answer.body).value_or(S3Failure());
    if (std::ranges::find(request.accepted, failure.code) != request.accepted.end())
        return {std::move(answer)};
    auto how = std::to_string(status);
    if (!failure.code.empty())
        how += " " + escaped(failure.code);
    if (!failure.message.empty())
        how += ": " + escaped(failure.message.substr(0, message_length_max));
    return {failed(code_of(status, failure.code), how, suggestion_for(failure.code)),
            passes(status, failure.code)};
}

S3Head S3Client::head_of(const S3Request& request, const S3Endpoint& endpoint) const {
    const auto& bucket = options_.bucket.name;
    const bool in_host = options_.virtual_host;
    S3Head head{.method = request.method,
                .path = in_host ? "" : "/" + bucket,
                .query = request.query,
                .fields = request.fields};
    if (in_host || !request.key.empty())
        head.path += "/" + request.key;
    head.fields["host"] = in_host ? bucket + "." + endpoint.authority : endpoint.authority;
    return head;
}

std::string S3Client::presigned_url(const S3Request& request, const S3Endpoint& endpoint,
                                    std::chrono::seconds valid_for) const {
    auto head = head_of(request, endpoint);
    signer_.presign(head, valid_for, clock_.now());
    return Connection::url_of(head, endpoint.scheme);
}

std::string S3Client::described(const S3Request& request) const {
    const auto& [endpoint, bucket] = options_.bucket;
    return fmt::format("S3 at {}: {} {}{}{}", endpoint.authority, request.method, bucket,
                       request.key.empty() ? "" : "/", request.key);
}

std::unique_ptr<S3Client::Connection> S3Client::take_connection() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty())
        return std::make_unique<Connection>();
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void S3Client::pause_after(int attempt) {
    const auto longest = std::chrono::duration<double>(first_pause) * (1 << (attempt - 1));
    std::this_thread::sleep_for(longest * (0.5 + random_.fraction() / 2));
}

}  // namespace posed::storage
