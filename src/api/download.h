#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "api/response.h"
#include "base/byte_source.h"

namespace posed::api {

enum class Disposition : std::uint8_t { inline_view, attachment };

/// Bytes to send with all that HTTP offers for them: ranges, validators, a name.
struct Download {
    std::shared_ptr<ByteSource> source;
    std::string media_type;
    std::string etag;           ///< without quotes; changes whenever the bytes do
    std::string filename = {};  ///< for people; empty: none
    Disposition disposition = Disposition::attachment;
    std::string cache_control = "private, no-cache";
};

/// 304 for a client that has these bytes already, before anybody makes them: `source` may be missing.
[[nodiscard]] std::optional<Response> not_modified(const Request& request, const Download& download);

/// The answer to a GET or HEAD: 200, 206, 304 or 416 (RFC 9110, 13 and 14). Several ranges at once are
/// answered with the whole.
[[nodiscard]] Response send(const Request& request, Download download);

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t size = 0;

    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeKind : std::uint8_t { whole, part, unsatisfiable };

struct RangeChoice {
    RangeKind kind = RangeKind::whole;
    ByteRange range = {};

    friend bool operator==(const RangeChoice&, const RangeChoice&) = default;
};

/// What a Range field asks of `size` bytes. What is malformed is ignored, as the RFC wants it.
[[nodiscard]] RangeChoice parse_range(std::string_view value, std::uint64_t size) noexcept;

/// `attachment; filename="plain.mp4"; filename*=UTF-8''...` (RFC 6266).
[[nodiscard]] std::string content_disposition(Disposition disposition, const std::string& filename);

}  // namespace posed::api
