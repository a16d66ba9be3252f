#include "database/videos.h"

#include <string>

#include "database/insertion.h"
#include "database/listing.h"

namespace posed::database {
namespace {

VideoRecord video_of(const Row& row) {
    return {.id = row.get<std::int64_t>("id"),
            .sha256 = row.get<std::string>("sha256"),
            .storage_key = row.get<std::string>("storage_key"),
            .filename = row.get<std::string>("filename"),
            .media_type = row.get<std::string>("media_type"),
            .size_bytes = row.get<std::int64_t>("size_bytes"),
            .coded = {row.get<int>("coded_width"), row.get<int>("coded_height")},
            .displayed = {row.get<int>("width"), row.get<int>("height")},
            .rotation = row.get<int>("rotation"),
            .fps = row.get<std::optional<double>>("fps"),
            .duration = row.get<std::optional<Microseconds>>("duration_us"),
            .frame_count = row.get<std::optional<std::int64_t>>("frame_count"),
            .codec = row.get<std::string>("codec"),
            .description = row.get<std::optional<std::string>>("description"),
            .created_at = row.get<Microseconds>("created_at")};
}

}  // namespace

Result<Inserted<VideoRecord>> Videos::insert(const VideoRecord& video) {
    TRY(check_text("the filename", video.filename));
    TRY(check_text("the description", video.description.value_or("")));
    return insert_or_find(transaction_, "videos", {"sha256", video.sha256},
                          {{"sha256", video.sha256},
                           {"storage_key", video.storage_key},
                           {"filename", video.filename},
                           {"media_type", video.media_type},
                           {"size_bytes", video.size_bytes},
                           {"coded_width", video.coded.width},
                           {"coded_height", video.coded.height},
                           {"width", video.displayed.width},
                           {"height", video.displayed.height},
                           {"rotation", video.rotation},
                           {"fps", video.fps},
                           {"duration_us", video.duration},
                           {"frame_count", video.frame_count},
                           {"codec", video.codec},
                           {"description", video.description},
                           {"created_at", transaction_.now()}},
                          &video_of);
}

std::optional<VideoRecord> Videos::find(std::int64_t id) {
    return first_of(transaction_.query("SELECT * FROM videos WHERE id = :id", {{"id", id}}), &video_of);
}

std::optional<VideoRecord> Videos::find_by_sha256(std::string_view sha256) {
    return first_of(transaction_.query("SELECT * FROM videos WHERE sha256 = :sha256", {{"sha256", sha256}}),
                    &video_of);
}

Result<Page<VideoRecord>> Videos::list(const ListQuery& query) {
    Conditions conditions;
    TRY(add_text(conditions, query,
                 "lower(filename) LIKE lower(:text) ESCAPE '\\' "
                 "OR lower(description) LIKE lower(:text) ESCAPE '\\'"));
    return page_of(transaction_, "videos", conditions, query, &video_of);
}

std::vector<std::int64_t> Videos::created_before(Microseconds time, std::int64_t limit) {
    return ids_created_before(transaction_, "videos", time, limit);
}

/// Locks from the top down, so that nobody can add a row whose object would then be forgotten; deletes from
/// the bottom up.
Result<RemovedRows> Videos::remove(std::int64_t id) {
    const Parameters this_video{{"id", id}};
    if (transaction_.query("SELECT id FROM videos WHERE id = :id FOR UPDATE", this_video).empty())
        return fail(Code::not_found, "there is no video " + std::to_string(id));
    static_cast<void>(
        transaction_.query("SELECT id FROM estimations WHERE video_id = :id FOR UPDATE", this_video));
    RemovedRows removed;
    removed.visualization_ids = delete_with_objects(
        transaction_,
        "DELETE FROM visualizations WHERE estimation_id IN (SELECT id FROM estimations WHERE video_id = :id) "
        "RETURNING id, storage_key",
        id);
    removed.estimation_ids = delete_with_objects(
        transaction_, "DELETE FROM estimations WHERE video_id = :id RETURNING id, storage_key", id);
    delete_with_objects(transaction_, "DELETE FROM videos WHERE id = :id RETURNING id, storage_key", id);
    return removed;
}

}  // namespace posed::database
