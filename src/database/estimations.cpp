#include "database/estimations.h"

#include <string>

#include "database/insertion.h"
#include "database/listing.h"

namespace posed::database {
namespace {

EstimationRecord estimation_of(const Row& row) {
    return {.id = row.get<std::int64_t>("id"),
            .video_id = row.get<std::int64_t>("video_id"),
            .recipe_hash = row.get<std::string>("recipe_hash"),
            .storage_key = row.get<std::string>("storage_key"),
            .estimator = row.get<std::string>("estimator"),
            .weights_digest = row.get<std::string>("weights_digest"),
            .engine_revision = row.get<int>("engine_revision"),
            .engine_version = row.get<std::string>("engine_version"),
            .requested_size = {row.get<int>("requested_width"), row.get<int>("requested_height")},
            .requested_fps = row.get<double>("requested_fps"),
            .skip_start_seconds = row.get<double>("skip_start_seconds"),
            .duration_seconds = row.get<double>("duration_seconds"),
            .frame_count = row.get<std::int64_t>("frame_count"),
            .person_frame_count = row.get<std::int64_t>("person_frame_count"),
            .lost_frame_count = row.get<std::int64_t>("lost_frame_count"),
            .include_mesh = row.get<std::optional<bool>>("include_mesh").value_or(false),
            .description = row.get<std::optional<std::string>>("description"),
            .created_at = row.get<Microseconds>("created_at")};
}

}  // namespace

Result<Inserted<EstimationRecord>> Estimations::insert(const EstimationRecord& estimation) {
    TRY(check_text("the description", estimation.description.value_or("")));
    if (transaction_
            .query("SELECT id FROM videos WHERE id = :id FOR KEY SHARE", {{"id", estimation.video_id}})
            .empty())
        return fail(Code::not_found, "there is no video " + std::to_string(estimation.video_id));
    return insert_or_find(transaction_, "estimations", {"recipe_hash", estimation.recipe_hash},
                          {{"video_id", estimation.video_id},
                           {"recipe_hash", estimation.recipe_hash},
                           {"storage_key", estimation.storage_key},
                           {"estimator", estimation.estimator},
                           {"weights_digest", estimation.weights_digest},
                           {"engine_revision", estimation.engine_revision},
                           {"engine_version", estimation.engine_version},
                           {"requested_width", estimation.requested_size.width},
                           {"requested_height", estimation.requested_size.height},
                           {"requested_fps", estimation.requested_fps},
                           {"skip_start_seconds", estimation.skip_start_seconds},
                           {"duration_seconds", estimation.duration_seconds},
                           {"frame_count", estimation.frame_count},
                           {"person_frame_count", estimation.person_frame_count},
                           {"lost_frame_count", estimation.lost_frame_count},
                           {"include_mesh", set_or_null(estimation.include_mesh)},
                           {"description", estimation.description},
                           {"created_at", transaction_.now()}},
                          &estimation_of);
}

std::optional<EstimationRecord> Estimations::find(std::int64_t id) {
    return first_of(transaction_.query("SELECT * FROM estimations WHERE id = :id", {{"id", id}}),
                    &estimation_of);
}

std::optional<EstimationRecord> Estimations::find_by_recipe(std::string_view recipe_hash) {
    return first_of(transaction_.query("SELECT * FROM estimations WHERE recipe_hash = :recipe_hash",
                                       {{"recipe_hash", recipe_hash}}),
                    &estimation_of);
}

Result<Page<EstimationRecord>> Estimations::list(const ListQuery& query,
                                                 std::optional<std::int64_t> video_id) {
    Conditions conditions;
    if (video_id)
        conditions.add("video_id = :video_id", {"video_id", *video_id});
    TRY(add_text(
        conditions, query,
        "lower(description) LIKE lower(:text) ESCAPE '\\' "
        "OR video_id IN (SELECT id FROM videos WHERE lower(filename) LIKE lower(:text) ESCAPE '\\')"));
    return page_of(transaction_, "estimations", conditions, query, &estimation_of);
}

std::vector<std::int64_t> Estimations::created_before(Microseconds time, std::int64_t limit) {
    return ids_created_before(transaction_, "estimations", time, limit);
}

Result<RemovedRows> Estimations::remove(std::int64_t id) {
    if (transaction_.query("SELECT id FROM estimations WHERE id = :id FOR UPDATE", {{"id", id}}).empty())
        return fail(Code::not_found, "there is no estimation " + std::to_string(id));
    RemovedRows removed;
    removed.visualization_ids = delete_with_objects(
        transaction_, "DELETE FROM visualizations WHERE estimation_id = :id RETURNING id, storage_key", id);
    removed.estimation_ids = delete_with_objects(
        transaction_, "DELETE FROM estimations WHERE id = :id RETURNING id, storage_key", id);
    return removed;
}

}  // namespace posed::database
