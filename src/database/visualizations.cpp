#include "database/visualizations.h"

#include <string>

#include "database/insertion.h"
#include "database/listing.h"

namespace posed::database {
namespace {

VisualizationRecord visualization_of(const Row& row) {
    return {.id = row.get<std::int64_t>("id"),
            .estimation_id = row.get<std::int64_t>("estimation_id"),
            .recipe_hash = row.get<std::string>("recipe_hash"),
            .storage_key = row.get<std::string>("storage_key"),
            .show_bbox = row.get<bool>("show_bbox"),
            .show_bbox_confidence = row.get<bool>("show_bbox_confidence"),
            .show_keypoints = row.get<bool>("show_keypoints"),
            .show_skeleton = row.get<bool>("show_skeleton"),
            .show_mesh = row.get<std::optional<bool>>("show_mesh").value_or(false),
            .crf = row.get<int>("crf"),
            .preset = row.get<std::string>("preset"),
            .description = row.get<std::optional<std::string>>("description"),
            .created_at = row.get<Microseconds>("created_at")};
}

}  // namespace

Result<Inserted<VisualizationRecord>> Visualizations::insert(const VisualizationRecord& visualization) {
    TRY(check_text("the description", visualization.description.value_or("")));
    if (transaction_
            .query("SELECT id FROM estimations WHERE id = :id FOR KEY SHARE",
                   {{"id", visualization.estimation_id}})
            .empty())
        return fail(Code::not_found, "there is no estimation " + std::to_string(visualization.estimation_id));
    return insert_or_find(transaction_, "visualizations", {"recipe_hash", visualization.recipe_hash},
                          {{"estimation_id", visualization.estimation_id},
                           {"recipe_hash", visualization.recipe_hash},
                           {"storage_key", visualization.storage_key},
                           {"show_bbox", visualization.show_bbox},
                           {"show_bbox_confidence", visualization.show_bbox_confidence},
                           {"show_keypoints", visualization.show_keypoints},
                           {"show_skeleton", visualization.show_skeleton},
                           {"show_mesh", set_or_null(visualization.show_mesh)},
                           {"crf", visualization.crf},
                           {"preset", visualization.preset},
                           {"description", visualization.description},
                           {"created_at", transaction_.now()}},
                          &visualization_of);
}

std::optional<VisualizationRecord> Visualizations::find(std::int64_t id) {
    return first_of(transaction_.query("SELECT * FROM visualizations WHERE id = :id", {{"id", id}}),
                    &visualization_of);
}

std::optional<VisualizationRecord> Visualizations::find_by_recipe(std::string_view recipe_hash) {
    return first_of(transaction_.query("SELECT * FROM visualizations WHERE recipe_hash = :recipe_hash",
                                       {{"recipe_hash", recipe_hash}}),
                    &visualization_of);
}

Result<Page<VisualizationRecord>> Visualizations::list(const ListQuery& query,
                                                       std::optional<std::int64_t> estimation_id) {
    Conditions conditions;
    if (estimation_id)
        conditions.add("estimation_id = :estimation_id", {"estimation_id", *estimation_id});
    TRY(add_text(conditions, query,
                 "lower(description) LIKE lower(:text) ESCAPE '\\' "
                 "OR estimation_id IN (SELECT estimations.id FROM estimations "
                 " JOIN videos ON videos.id = estimations.video_id "
                 " WHERE lower(filename) LIKE lower(:text) ESCAPE '\\')"));
    return page_of(transaction_, "visualizations", conditions, query, &visualization_of);
}

std::vector<std::int64_t> Visualizations::created_before(Microseconds time, std::int64_t limit) {
    return ids_created_before(transaction_, "visualizations", time, limit);
}

Result<> Visualizations::remove(std::int64_t id) {
    if (delete_with_objects(transaction_,
                            "DELETE FROM visualizations WHERE id = :id RETURNING id, storage_key", id)
            .empty())
        return fail(Code::not_found, "there is no visualization " + std::to_string(id));
    return {};
}

}  // namespace posed::database
