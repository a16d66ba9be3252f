#pragma once

/// What has to be true of the records, as queries whose rows are what is wrong.
namespace posed::tests {

inline constexpr const char* stored_keys =
    "SELECT storage_key FROM videos UNION ALL SELECT storage_key FROM estimations "
    "UNION ALL SELECT storage_key FROM visualizations";
inline constexpr const char* open_tasks = "SELECT id FROM tasks WHERE finished_at IS NULL";
inline constexpr const char* open_removals = "SELECT object_key FROM removals";
inline constexpr const char* rows_without_parent =
    "SELECT id FROM estimations WHERE video_id NOT IN (SELECT id FROM videos) "
    "UNION ALL SELECT id FROM visualizations WHERE estimation_id NOT IN (SELECT id FROM estimations)";
inline constexpr const char* successes_without_row =
    "SELECT id FROM tasks WHERE state = 'SUCCESS' AND result_deleted = 0 AND NOT CASE result_type "
    "WHEN 'estimation' THEN result_id IN (SELECT id FROM estimations) "
    "ELSE result_id IN (SELECT id FROM visualizations) END";

/// As if nobody had written to an object for longer than a writer may be silent.
inline constexpr const char* let_writers_time_pass = "UPDATE removals SET not_before = 0, claimed_at = NULL";

}  // namespace posed::tests
