#include "api/paging.h"

#include <algorithm>
#include <string>

#include "base/escaped_text.h"

namespace posed::api {
namespace {

/// The list's filters as they were sent, each ending in `&`.
std::string filters_of(const Request& request) {
    std::string filters;
    for (const auto& [name, value] : parse_query(request.query).value_or(NamedTexts{}))
        if (name != "skip" && name != "limit")
            filters += percent_encoded(name) + '=' + percent_encoded(value) + '&';
    return filters;
}

}  // namespace

Rules paging_rules() {
    return {rule("skip", "How many to leave out").optional().at_least(0),
            rule("limit", "How many at most")
                .optional()
                .at_least(1)
                .at_most(static_cast<double>(page_limit_max))};
}

std::vector<std::string> paging_headers() {
    return {"X-Total-Count", "Link"};
}

Headers page_headers(const Request& request, const Paging& paging, std::int64_t total) {
    const auto begin = '<' + request.path + '?' + filters_of(request) + "skip=";
    std::string links;
    const auto add = [&](std::int64_t skip, const char* relation) {
        links += (links.empty() ? "" : ", ") + begin + std::to_string(skip) +
                 "&limit=" + std::to_string(paging.limit) + ">; rel=\"" + relation + '"';
    };
    add(0, "first");
    if (paging.skip > 0)
        add(std::max<std::int64_t>(0, paging.skip - paging.limit), "prev");
    if (paging.skip < total - paging.limit)
        add(paging.skip + paging.limit, "next");
    add(total > 0 ? (total - 1) / paging.limit * paging.limit : 0, "last");
    return {{"X-Total-Count", std::to_string(total)}, {"Link", links}};
}

}  // namespace posed::api
