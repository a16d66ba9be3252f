#include "storage/s3_signature.h"

#include <span>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/digest.h"
#include "base/escaped_text.h"

namespace posed::storage {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t date_length = 8;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string time_text(std::chrono::microseconds now) {
    const std::chrono::sys_seconds time{std::chrono::duration_cast<std::chrono::seconds>(now)};
    return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(time));
}

std::string names_of(const S3Fields& fields) {
    std::string names;
    for (const auto& [name, value] : fields)
        names.append(names.empty() ? "" : ";").append(name);
    return names;
}

std::string canonical(const S3Head& head, const std::string& body_sha256) {
    std::string fields;
    for (const auto& [name, value] : head.fields)
        fields.append(name).append(":").append(value).append("\n");
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", head.method, head.path, query_text(head.query), fields,
                       names_of(head.fields), body_sha256);
}

}  // namespace

S3Signer::S3Signer(S3Credentials credentials, std::string region)
    : credentials_(std::move(credentials)), region_(std::move(region)) {}

std::string S3Signer::scope(const std::string& time) const {
    return fmt::format("{}/{}/s3/aws4_request", time.substr(0, date_length), region_);
}

std::string S3Signer::signature(const S3Head& head, const std::string& body_sha256,
                                const std::string& time) const {
    const auto text = fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope(time),
                                  sha256_of(bytes_of(canonical(head, body_sha256))));
    auto key = hmac_sha256(bytes_of("AWS4" + credentials_.secret_key), time.substr(0, date_length));
    for (const std::string_view part : {std::string_view(region_), std::string_view("s3"),
                                        std::string_view("aws4_request"), std::string_view(text)})
        key = hmac_sha256(key, part);
    return hexadecimal(key);
}

void S3Signer::sign(S3Head& head, const std::string& body_sha256, std::chrono::microseconds now) const {
    const auto time = time_text(now);
    head.fields["x-amz-date"] = time;
    head.fields["x-amz-content-sha256"] = body_sha256;
    const auto signed_names = names_of(head.fields);
    head.fields["authorization"] =
        fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", algorithm, credentials_.access_key,
                    scope(time), signed_names, signature(head, body_sha256, time));
}

void S3Signer::presign(S3Head& head, std::chrono::seconds valid_for, std::chrono::microseconds now) const {
    const auto time = time_text(now);
    head.query["X-Amz-Algorithm"] = algorithm;
    head.query["X-Amz-Credential"] = credentials_.access_key + "/" + scope(time);
    head.query["X-Amz-Date"] = time;
    head.query["X-Amz-Expires"] = std::to_string(valid_for.count());
    head.query["X-Amz-SignedHeaders"] = names_of(head.fields);
    head.query["X-Amz-Signature"] = signature(head, "UNSIGNED-PAYLOAD", time);
}

std::string query_text(const S3Fields& query) {
    std::string text;
    for (const auto& [name, value] : query)
        text.append(text.empty() ? "" : "&")
            .append(percent_encoded(name))
            .append("=")
            .append(percent_encoded(value));
    return text;
}

}  // namespace posed::storage
