#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/download.h"
#include "api/router.h"
#include "api/service.h"
#include "base/byte_source.h"
#include "base/result.h"
#include "database/database.h"

/// Private to this folder: the rows of each resource, and what they have in common.
namespace posed::api {

[[nodiscard]] std::vector<Route> video_routes(Service& service);
[[nodiscard]] std::vector<Route> estimation_routes(Service& service);
[[nodiscard]] std::vector<Route> visualization_routes(Service& service);
[[nodiscard]] std::vector<Route> task_routes(Service& service);
[[nodiscard]] std::vector<Route> health_routes(Service& service);
[[nodiscard]] std::vector<Route> estimator_routes(Service& service);
[[nodiscard]] std::vector<Route> limit_routes(Service& service);
[[nodiscard]] std::vector<Route> metrics_routes(Service& service);

/// What the documentation of a download says of the store.
inline constexpr const char* redirection_note =
    "Where the service keeps files in a bucket that clients can reach, the answer is 307 with the file's "
    "address there, "
    "which holds for an hour.";

/// Why descriptions are refused: the column's length in characters.
inline constexpr std::size_t description_length_max = 512;

[[nodiscard]] inline Error not_found(const char* what, std::int64_t id) {
    return fail(Code::not_found, "there is no " + std::string(what) + ' ' + std::to_string(id));
}

/// The row of an id, by the repository of its resource. Errors: not_found.
template <class Repository>
[[nodiscard]] auto row_of(database::Transaction& transaction, const char* what, std::int64_t id)
    -> Result<typename decltype(std::declval<Repository>().find(id))::value_type> {
    auto row = Repository(transaction).find(id);
    if (!row)
        return not_found(what, id);
    return *std::move(row);
}

/// The same in a transaction of its own.
template <class Repository>
[[nodiscard]] auto row_of(Service& service, const char* what, std::int64_t id) {
    auto transaction = service.stores.database.read();
    return row_of<Repository>(transaction, what, id);
}

/// Opens the object of a row that was just read. Errors: not_found when the row was deleted meanwhile;
/// internal when there is a row without its object, which must not happen.
template <class Repository>
[[nodiscard]] Result<std::unique_ptr<ByteSource>> object_of(Service& service, const char* what,
                                                            std::int64_t id, const std::string& key) {
    auto object = service.stores.objects.open(key);
    if (object.has_value() || object.error().code != Code::not_found)
        return object;
    TRY(row_of<Repository>(service, what, id));
    return fail(Code::internal,
                "the object " + key + " of the " + what + ' ' + std::to_string(id) + " is lost");
}

/// The answer to a GET or HEAD of the object of a row that was just read: its bytes, or, where the store
/// deals with clients itself, where to get them. `download` has no source yet. Errors: as `object_of`.
template <class Repository>
[[nodiscard]] Result<Response> send_object(const Request& request, Service& service, const char* what,
                                           std::int64_t id, const std::string& key, Download download) {
    if (auto response = not_modified(request, download))
        return *std::move(response);
    if (const auto url = service.stores.objects.client_url(
            key, {.method = name_of(request.method),
                  .media_type = download.media_type,
                  .disposition = content_disposition(download.disposition, download.filename)}))
        return Response{.status = Status::temporary_redirect,
                        .headers = {{"Location", *url}, {"Cache-Control", "no-store"}}};
    download.source = TRY(object_of<Repository>(service, what, id, key));
    return send(request, std::move(download));
}

/// "clip" of "clip.mp4", and `suffix` behind it: what a result of that video is called on a client's disk.
[[nodiscard]] std::string named_after(const std::string& filename, const std::string& suffix);

}  // namespace posed::api
