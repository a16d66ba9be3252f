// Holds the service to docs/departures.md: every row of its first two tables against the OpenAPI document and
// against answers, so that no status is documented that no request gets.

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/openapi.h"
#include "api/problem.h"
#include "api/sample_service.h"
#include "base/json_text.h"
#include "media/sandbox/sandbox.h"
#include "pipeline/clear_away.h"
#include "storage/filesystem_store.h"
#include "tasks/cancel.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::api {
namespace {

namespace json = boost::json;

using Cells = std::vector<std::string>;
using Names = std::set<std::string>;

Cells cells_of(const std::string& line) {
    Cells cells;
    std::istringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');)
        cells.emplace_back(trimmed(cell));
    return cells;
}

/// The rows of the table below a heading, without its head.
std::vector<Cells> table_below(const std::string& heading) {
    std::ifstream file(POSED_DEPARTURES);
    std::vector<Cells> rows;
    std::string line;
    while (std::getline(file, line) && line != heading) {
    }
    while (std::getline(file, line) && !line.starts_with("## "))
        if (line.starts_with("| "))
            rows.push_back(cells_of(line));
    if (!rows.empty())
        rows.erase(rows.begin());
    return rows;
}

/// The words in backticks.
Names quoted_words(const std::string& text) {
    Names words;
    for (auto begin = text.find('`'); begin != std::string::npos; begin = text.find('`', begin + 1)) {
        const auto end = text.find('`', begin + 1);
        words.insert(text.substr(begin + 1, end - begin - 1));
        begin = end;
    }
    return words;
}

std::set<int> statuses_in(const std::string& text) {
    std::set<int> statuses;
    std::istringstream stream(text);
    for (int status = 0; stream >> status; stream.ignore(1))
        statuses.insert(status);
    return statuses;
}

struct Row {
    int number = 0;
    std::string method;
    std::string path;
    std::set<int> successes;
    std::set<int> errors;
};

std::vector<Row> endpoint_rows() {
    std::vector<Row> rows;
    for (const auto& cells : table_below("## Endpoints"))
        rows.push_back({.number = std::stoi(cells.at(0)),
                        .method = cells.at(1),
                        .path = *quoted_words(cells.at(2)).begin(),
                        .successes = statuses_in(cells.at(3)),
                        .errors = statuses_in(cells.at(4))});
    return rows;
}

Names keys_of(const json::object& object) {
    Names keys;
    for (const auto& member : object)
        keys.emplace(member.key());
    return keys;
}

class Contract : public ServiceSuite {
  protected:
    json::value document() {
        return openapi_document(service_routes(*service),
                                {.title = "Posed", .version = "1", .description = "For tests"});
    }

    std::string submit_visualization(int crf) {
        return R"({"estimation_id":1,"preset":"ultrafast","crf":)" + std::to_string(crf) + "}";
    }

    /// A copy of the clip that the crashing decoder knows.
    std::string marked_clip(const std::string& mark) {
        const auto target = folder.path() / "marked.mp4";
        const auto copied = tests::run({"ffmpeg", "-v", "error", "-y", "-i", tests::synthetic_clip(), "-c",
                                        "copy", "-metadata", "comment=" + mark, target});
        EXPECT_EQ(copied.exit_code, 0) << copied.errors;
        return bytes_of(target);
    }

    int status_of_stream(const std::string& target, const std::string& seen = "0") {
        return number_of(
            respond({.method = Method::get, .target = target, .headers = {{"Last-Event-ID", seen}}}).status);
    }

    /// The path of a task that ended 31 days ago and is forgotten.
    std::string forgotten_task() {
        const auto path = post("/estimations/submit/", quarter_second_of(1, R"(,"skip_start_seconds":2)"))
                              .header("Location");
        EXPECT_EQ(remove(path).status, 200);
        clock.advance(std::chrono::hours(24 * 31));
        auto transaction = records->write();
        tasks::delete_old_tasks(transaction, config.task_retention);
        transaction.commit();
        announce_workers();
        return path;
    }

    void try_uploads() {
        const auto clip = bytes_of(tests::synthetic_clip());
        note(4, upload("/videos/ingest/", "").status);
        note(4, upload("/videos/ingest/", std::string(600, 'x')).status);
        note(4, upload_form("a.mp4", clip, std::string(513, 'x')).status);
        after_piece = [&] {
            clock.advance(std::chrono::minutes(11));
            (void)pipeline::clear_away(service->stores, {.tasks = config.task_retention, .results = {}},
                                       silent_log());
        };
        note(4, upload("/videos/ingest/", clip).status);
        after_piece = [] {};
        note(4, upload("/videos/ingest/", clip).status);
    }

    void try_crashing_clips() {
        const auto sandbox = media::sandbox::Sandbox::open(POSED_CRASHING_DECODER).value();
        opener = *sandbox;
        restart();
        note(4, upload("/videos/ingest/", marked_clip("posed test: crash now")).status);
        const auto video = upload("/videos/ingest/", marked_clip("posed test: crash")).header("Location");
        note(23, get(video + "poster/").status);
        opener = media::in_process();
        restart();
    }

    /// What the route refuses of any body.
    void try_bodies(int row, const std::string& target) {
        constexpr std::size_t too_many = 2'000'000;
        note(row, post(target, std::string(too_many, ' ')).status);
        note(row, post(target, "a=b", {{"Content-Type", "text/plain"}}).status);
    }

    void try_submits() {
        try_bodies(9, "/estimations/submit/");
        try_bodies(14, "/visualizations/submit/");
        note(9, post("/estimations/submit/", quarter_second_of(1)).status);
        note(9, post("/estimations/submit/", quarter_second_of(99)).status);
        note(9, post("/estimations/submit/", "{}").status);
        config.queue_limit = 1;
        note(9, post("/estimations/submit/", quarter_second_of(1, R"(,"skip_start_seconds":1)")).status);
        config.queue_limit = 100;
        work();
        note(9, post("/estimations/submit/", quarter_second_of(1)).status);
        note(14, post("/visualizations/submit/", submit_visualization(30)).status);
        note(14, post("/visualizations/submit/", submit_visualization(99)).status);
        note(14, post("/visualizations/submit/", R"({"estimation_id":99})").status);
        config.queue_limit = 1;
        note(14, post("/visualizations/submit/", submit_visualization(31)).status);
        config.queue_limit = 100;
        work();
        note(14, post("/visualizations/submit/", submit_visualization(30)).status);
    }

    void try_reads() {
        const auto etag = [&](const std::string& target) {
            return Headers{{"If-None-Match", get(target).header("ETag")}};
        };
        for (const auto& [row, resources] :
             {std::pair{5, "videos"}, {10, "estimations"}, {15, "visualizations"}, {19, "tasks"}})
            for (const auto* query : {"", "?limit=0"})
                note(row, get("/" + std::string(resources) + "/" + query).status);
        for (const auto& [row, resources] :
             {std::pair{6, "videos"}, {11, "estimations"}, {16, "visualizations"}})
            for (const auto* id : {"1", "99", "x"}) {
                const auto base = "/" + std::string(resources) + "/";
                note(row, get(base + id + "/").status);
                note(row + 1, get(base + "download/" + id + "/").status);
                note(row + 1, get(base + "download/1/", {{"Range", "bytes=0-0"}}).status);
                note(row + 1, get(base + "download/1/", {{"Range", "bytes=999999999-"}}).status);
                note(row + 1, get(base + "download/1/", etag(base + "download/1/")).status);
            }
        for (const auto* id : {"1", "99", "x"})
            note(23, get("/videos/" + std::string(id) + "/poster/").status);
        note(23, get("/videos/1/poster/", {{"Range", "bytes=0-0"}}).status);
        note(23, get("/videos/1/poster/", {{"Range", "bytes=999999999-"}}).status);
        note(23, get("/videos/1/poster/", etag("/videos/1/poster/")).status);
    }

    void try_tasks(const std::string& forgotten) {
        const std::string finished(get("/tasks/").json().at(0).at_pointer("/links/self").as_string());
        constexpr const char* broken_query = "?limit=%f";
        for (const auto& path : {finished, std::string("/tasks/x/"), forgotten}) {
            note(3, get(path).status);
            note(21, status_of_stream(path + "events/"));
        }
        note(3, get(finished + broken_query).status);
        note(21, status_of_stream(finished + "events/" + broken_query));
        note(20, remove(finished + broken_query).status);
        note(21, status_of_stream(finished + "events/", "999999"));
        note(22, status_of_stream("/tasks/events/"));
        note(22, status_of_stream("/tasks/events/?kind=x"));
        const auto running = post("/estimations/submit/", quarter_second_of(1, R"(,"skip_start_seconds":3)"))
                                 .header("Location");
        (void)begin_run();
        for (const auto& path : {running, std::string("/tasks/x/"), forgotten})
            note(20, remove(path).status);
        const auto waiting = post("/estimations/submit/", quarter_second_of(1, R"(,"skip_start_seconds":2)"))
                                 .header("Location");
        note(20, remove(waiting).status);
    }

    void try_service() {
        note(1, get("/health/shallow/").status);
        note(2, get("/health/deep/").status);
        note(24, get("/limits/").status);
        note(25, get("/estimators/").status);
        note(26, get("/metrics").status);
    }

    void try_removals() {
        for (const auto& [row, resources] :
             {std::pair{18, "visualizations"}, {13, "estimations"}, {8, "videos"}})
            for (const auto* id : {"1", "99", "x"})
                note(row, remove("/" + std::string(resources) + "/" + id + "/").status);
    }

    void try_without_room() {
        const auto clip = bytes_of(tests::synthetic_clip());
        config.max_upload_bytes = 1000;
        restart();
        note(4, upload("/videos/ingest/", clip).status);
        config.max_upload_bytes = 64 << 20;
        objects =
            storage::open_filesystem_store({.folder = folder.path() / "small", .max_bytes = 1000}, clock)
                .value();
        restart();
        note(4, upload("/videos/ingest/", clip).status);
        std::filesystem::remove_all(folder.path() / "small");
        note(2, get("/health/deep/").status);
    }

    void note(int row, int status) { produced_[row].insert(status); }

    std::map<int, std::set<int>> produced_;  ///< statuses by row
};

TEST_F(Contract, DocumentsEveryRow) {
    const auto rows = endpoint_rows();
    ASSERT_EQ(rows.size(), 26U);
    const auto paths = document().at("paths").as_object();
    for (const auto& row : rows) {
        const auto* path = paths.if_contains(row.path);
        ASSERT_NE(path, nullptr) << row.path;
        auto method = row.method;
        std::ranges::transform(method, method.begin(), [](char letter) { return letter - 'A' + 'a'; });
        ASSERT_TRUE(path->as_object().contains(method)) << row.method << ' ' << row.path;
        Names told{"default"};
        for (const auto* statuses : {&row.successes, &row.errors})
            for (const auto status : *statuses)
                told.insert(std::to_string(status));
        EXPECT_EQ(keys_of(path->at(method).at("responses").as_object()), told)
            << row.method << ' ' << row.path;
    }
}

TEST_F(Contract, IsWrittenDownInAValidDocument) {
    const std::string validator =
        POSED_NODE_MODULES "/@seriousme/openapi-schema-validator/bin/validate-api-cli.js";
    POSED_NEEDS(validator);
    const auto path = (folder.path() / "openapi.json").string();
    std::ofstream(path) << indented_json(document());
    const auto valid = tests::run({"node", validator, path});
    EXPECT_EQ(valid.exit_code, 0) << valid.output << valid.errors;
}

TEST_F(Contract, HasARowForEveryRoute) {
    std::set<std::pair<std::string, std::string>> told;
    for (const auto& row : endpoint_rows())
        told.emplace(row.method, row.path);
    for (const auto& route : service_routes(*service))
        EXPECT_TRUE(told.contains({name_of(route.method), route.pattern})) << route.pattern;
}

TEST_F(Contract, AnswersWithEveryField) {
    (void)render(estimate(ingest_clip()));
    const std::map<std::string, std::string> answers{
        {"VideoResponse", get("/videos/1/").body},
        {"EstimationResponse", get("/estimations/1/").body},
        {"VisualizationResponse", get("/visualizations/1/").body},
        {"TaskResponse", json::serialize(get("/tasks/").json().at(0))},
        {"Problem", get("/videos/99/").body}};
    const auto rows = table_below("## Fields");
    ASSERT_EQ(rows.size(), answers.size());
    const auto described = document();
    for (const auto& row : rows) {
        auto fields = quoted_words(row.at(1));
        fields.merge(quoted_words(row.at(2)));
        EXPECT_EQ(keys_of(json::parse(answers.at(row.at(0))).as_object()), fields) << row.at(0);
        EXPECT_EQ(
            keys_of(described.at_pointer("/components/schemas/" + row.at(0) + "/properties").as_object()),
            fields)
            << row.at(0);
    }
}

/// In an order in which each finds what the ones before it have made.
TEST_F(Contract, ProducesEveryStatus) {
    try_uploads();
    try_crashing_clips();
    announce_workers();
    const auto forgotten = forgotten_task();
    try_submits();
    try_reads();
    try_tasks(forgotten);
    try_service();
    try_removals();
    try_without_room();
    for (const auto& row : endpoint_rows()) {
        auto told = row.successes;
        told.insert(row.errors.begin(), row.errors.end());
        EXPECT_EQ(produced_[row.number], told) << row.method << ' ' << row.path;
    }
}

}  // namespace
}  // namespace posed::api
