#pragma once

#include <cstdint>

#include <boost/describe/class.hpp>

#include "api/http.h"
#include "api/schema.h"

/// Lists that are answered in parts.
namespace posed::api {

/// Which part. A base of what lists take; their rules begin with `paging_rules`.
struct Paging {
    std::int64_t skip = 0;
    std::int64_t limit = 50;
};
BOOST_DESCRIBE_STRUCT(Paging, (), (skip, limit))

inline constexpr std::int64_t page_limit_max = 100;

[[nodiscard]] Rules paging_rules();

/// Names of what `page_headers` makes, for the docs.
[[nodiscard]] std::vector<std::string> paging_headers();

/// X-Total-Count, and Link (RFC 8288) with the first, previous, next and last part of the same list.
[[nodiscard]] Headers page_headers(const Request& request, const Paging& paging, std::int64_t total);

}  // namespace posed::api
