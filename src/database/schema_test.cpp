// The schema itself refuses rows that must not be.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "database/sample_database.h"

namespace posed::database {
namespace {

class SchemaTest : public DatabaseSuite {
  protected:
    /// Nothing, or the constraint that refuses the row that `base` and `columns` make.
    std::string refusal(const std::string& table, Parameters base, const Parameters& columns) {
        for (const auto& column : columns) {
            std::erase_if(base, [&](const Parameter& other) { return other.name == column.name; });
            base.push_back(column);
        }
        std::string names, places;
        for (const auto& parameter : base) {
            names += (names.empty() ? "" : ", ") + std::string(parameter.name);
            places += (places.empty() ? ":" : ", :") + std::string(parameter.name);
        }
        try {
            auto transaction = database->write();
            transaction.execute("INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")", base);
            return {};
        } catch (const ConstraintViolation& violation) {
            return violation.what();
        }
    }

    static Parameters waiting_task() {
        return {{"id", std::string(36, 'i')},
                {"kind", "estimate"},
                {"queue", "inference"},
                {"parameters", "{}"},
                {"parameter_version", 1},
                {"recipe_hash", std::string(64, 'r')},
                {"due_at", 10},
                {"created_at", 10}};
    }

    std::string task_refusal(const Parameters& columns) { return refusal("tasks", waiting_task(), columns); }

    std::unique_ptr<Database> database = open_with_tables();
};

const Parameters started = {{"state", "STARTED"}, {"lease_owner", "w"}, {"lease_token", "t"},
                            {"lease_until", 20},  {"started_at", 11},   {"attempts", 1}};
const Parameters succeeded = {{"state", "SUCCESS"}, {"lease_token", "t"},          {"started_at", 11},
                              {"finished_at", 12},  {"result_type", "estimation"}, {"result_id", 1}};
const Parameters failed = {{"state", "FAILURE"},
                           {"lease_token", "t"},
                           {"started_at", 11},
                           {"finished_at", 12},
                           {"error_code", "corrupt_media"}};
const Parameters revoked = {{"state", "REVOKED"}, {"finished_at", 12}};
const Parameters retrying = {{"state", "RETRY"}, {"attempts", 1}, {"error_code", "internal"}};

Parameters with(Parameters columns, const Parameters& changes) {
    for (const auto& change : changes) {
        std::erase_if(columns, [&](const Parameter& other) { return other.name == change.name; });
        columns.push_back(change);
    }
    return columns;
}

INSTANTIATE_TEST_SUITE_P(, SchemaTest, every_database(), name_of_kind);

TEST_P(SchemaTest, TakesEveryStateThatATaskCanHave) {
    for (const auto& columns :
         {Parameters{}, started, succeeded, failed, revoked, retrying,
          with(started, {{"cancel_requested_at", 12}}), with(revoked, {{"cancel_requested_at", 12}}),
          with(revoked, {{"error_code", "subject_deleted"}, {"error_detail", "gone"}}),
          with(succeeded, {{"result_deleted", 1}}),
          with(succeeded, {{"lease_token", {}}, {"started_at", {}}}),
          Parameters{{"estimator", "blazepose-full"}, {"weights_digest", "d"}, {"engine_revision", 1}},
          Parameters{{"engine_revision", 1}}})
        EXPECT_EQ(task_refusal(columns), "");
}

TEST_P(SchemaTest, RefusesEveryTaskThatContradictsItself) {
    struct Case {
        const char* constraint;
        Parameters columns;
    };
    const std::vector<Case> cases = {
        {"tasks_id_is_a_uuid", {{"id", "short"}}},
        {"tasks_queue_is_known", {{"queue", "other"}}},
        {"tasks_recipe_is_a_digest", {{"recipe_hash", "short"}}},
        {"tasks_pins_are_complete", {{"estimator", "e"}, {"engine_revision", 1}}},
        {"tasks_pins_are_complete", {{"estimator", "e"}, {"weights_digest", "d"}}},
        {"tasks_pins_are_complete", {{"weights_digest", "d"}}},
        {"tasks_state_is_known", {{"state", "pending"}, {"finished_at", 12}}},
        {"tasks_end_has_a_time", {{"finished_at", 12}}},
        {"tasks_end_has_a_time", with(started, {{"finished_at", 12}})},
        {"tasks_end_has_a_time", with(retrying, {{"finished_at", 12}})},
        {"tasks_end_has_a_time", with(succeeded, {{"finished_at", {}}})},
        {"tasks_end_has_a_time", with(failed, {{"finished_at", {}}})},
        {"tasks_end_has_a_time", with(revoked, {{"finished_at", {}}})},
        {"tasks_started_has_a_lease", with(started, {{"lease_owner", {}}})},
        {"tasks_started_has_a_lease", with(started, {{"lease_until", {}}})},
        {"tasks_started_has_a_lease", {{"lease_owner", "w"}}},
        {"tasks_started_has_a_lease", {{"lease_until", 20}}},
        {"tasks_started_has_a_lease", with(succeeded, {{"lease_owner", "w"}})},
        {"tasks_started_has_a_lease", with(succeeded, {{"lease_until", 20}})},
        {"tasks_started_has_a_lease", with(failed, {{"lease_owner", "w"}})},
        {"tasks_started_has_a_lease", with(revoked, {{"lease_until", 20}})},
        {"tasks_started_has_a_lease", with(retrying, {{"lease_owner", "w"}})},
        {"tasks_started_has_a_token", with(started, {{"lease_token", {}}})},
        {"tasks_waiting_has_no_token", {{"lease_token", "t"}}},
        {"tasks_waiting_has_no_token", with(retrying, {{"lease_token", "t"}})},
        {"tasks_started_has_a_time", with(started, {{"started_at", {}}})},
        {"tasks_retry_has_an_attempt", with(retrying, {{"attempts", 0}})},
        {"tasks_waiting_is_not_cancelled", {{"cancel_requested_at", 12}}},
        {"tasks_waiting_is_not_cancelled", with(retrying, {{"cancel_requested_at", 12}})},
        {"tasks_success_has_a_result", with(succeeded, {{"result_id", {}}})},
        {"tasks_success_has_a_result", with(succeeded, {{"result_type", {}}})},
        {"tasks_success_has_a_result", with(started, {{"result_id", 1}})},
        {"tasks_success_has_a_result", with(failed, {{"result_type", "estimation"}, {"result_id", 1}})},
        {"tasks_success_has_no_error", with(succeeded, {{"error_code", "internal"}})},
        {"tasks_failure_has_an_error", with(failed, {{"error_code", {}}})},
        {"tasks_error_has_a_code", {{"error_detail", "what"}}},
        {"tasks_error_has_a_code", with(revoked, {{"error_suggestion", "what"}})},
        {"tasks_result_type_is_known", with(succeeded, {{"result_type", "video"}})},
        {"tasks_only_results_are_deleted", {{"result_deleted", 1}}},
        {"tasks_only_results_are_deleted", with(succeeded, {{"result_deleted", 2}})},
        {"tasks_counts_are_counts", {{"submits", 0}}},
        {"tasks_counts_are_counts", {{"attempts", -1}}},
        {"tasks_counts_are_counts", {{"revision", 0}}},
        {"tasks_counts_are_counts", {{"progress_done", -1}}},
        {"tasks_counts_are_counts", {{"progress_total", -1}}},
    };
    for (const auto& [constraint, columns] : cases)
        EXPECT_NE(task_refusal(columns).find(constraint), std::string::npos)
            << constraint << " is expected, not '" << task_refusal(columns) << "'";
}

TEST_P(SchemaTest, ARecipeIsOpenOnce) {
    auto transaction = database->write();
    const auto insert = [&](const char* id, const Parameters& columns) {
        const auto task = with(with(waiting_task(), columns), {{"id", std::string(35, 'i') + id}});
        std::string names, places;
        for (const auto& parameter : task) {
            names += (names.empty() ? "" : ", ") + std::string(parameter.name);
            places += (places.empty() ? ":" : ", :") + std::string(parameter.name);
        }
        return transaction.execute("INSERT INTO tasks (" + names + ") VALUES (" + places +
                                       ") ON CONFLICT (recipe_hash) WHERE finished_at IS NULL"
                                       " AND cancel_requested_at IS NULL DO NOTHING",
                                   task);
    };
    EXPECT_EQ(insert("1", with(started, {{"cancel_requested_at", 12}})), 1);
    EXPECT_EQ(insert("2", {}), 1) << "the twin that is being cancelled takes nobody in";
    EXPECT_EQ(insert("3", {}), 0);
    EXPECT_EQ(insert("4", started), 0);
    EXPECT_EQ(insert("5", succeeded), 1) << "finished tasks are many";
}

TEST_P(SchemaTest, RefusesVideosThatCannotBe) {
    const Parameters video = {{"sha256", std::string(64, 's')},
                              {"storage_key", "k"},
                              {"filename", "f"},
                              {"media_type", "video/mp4"},
                              {"size_bytes", 1},
                              {"coded_width", 2},
                              {"coded_height", 2},
                              {"width", 2},
                              {"height", 2},
                              {"rotation", 90},
                              {"codec", "h264"},
                              {"created_at", 1}};
    const auto refused = [&](const Parameters& columns) { return refusal("videos", video, columns); };
    EXPECT_EQ(refused({}), "");
    EXPECT_EQ(refused({{"filename", std::string(255, 'f')}, {"description", std::string(512, 'd')}}), "");
    EXPECT_NE(refused({{"filename", std::string(256, 'f')}}).find("videos_filename_fits"), std::string::npos);
    EXPECT_NE(refused({{"description", std::string(513, 'd')}}).find("videos_description_fits"),
              std::string::npos);
    EXPECT_NE(refused({{"rotation", 45}}).find("videos_rotation"), std::string::npos);
    EXPECT_NE(refused({{"size_bytes", 0}}).find("videos_measures"), std::string::npos);
    EXPECT_NE(refused({{"sha256", "short"}}).find("videos_sha256"), std::string::npos);
    EXPECT_NE(refused({{"codec", {}}}), "") << "a missing value";
}

TEST_P(SchemaTest, RefusesRowsWithoutTheirParent) {
    EXPECT_NE(refusal("worker_capabilities",
                      {{"worker_id", "nobody"}, {"task_kind", "estimate"}, {"parameter_version", 1}}, {}),
              "");
}

}  // namespace
}  // namespace posed::database
