#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_service.h"
#include "base/byte_source.h"
#include "results/archive.h"

namespace posed::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class EstimationsApi : public ServiceSuite {
  protected:
    Answer submit(const std::string& more = "") {
        return post("/estimations/submit/", quarter_second_of(1, more));
    }

    /// A submit in which one member is replaced.
    Answer submit_with(const std::string& name, const std::string& value) {
        auto body = boost::json::parse(quarter_second_of(1)).as_object();
        body[name] = boost::json::parse(value);
        return post("/estimations/submit/", boost::json::serialize(body));
    }
};

TEST_F(EstimationsApi, TakesASubmitAndAnswersAFinishedOneAtOnce) {
    (void)ingest_clip();
    announce_workers();
    const auto submitted = submit();
    EXPECT_EQ(submitted.status, 202);
    const auto task = submitted.json();
    EXPECT_EQ(task.at("status"), "PENDING");
    EXPECT_TRUE(task.at("result").is_null());
    EXPECT_EQ(submitted.header("Location"), "/tasks/" + std::string(task.at("task_id").as_string()) + "/");
    EXPECT_EQ(submit().json().at("submits"), 2);
    work();
    const auto finished = submit(R"(,"description":"again","batch_size":7)");
    EXPECT_EQ(finished.status, 200);
    EXPECT_EQ(finished.json().at("status"), "SUCCESS");
    EXPECT_EQ(finished.json().at_pointer("/result/resource_type"), "estimation");
    EXPECT_EQ(finished.json().at_pointer("/links/result"), "/estimations/1/");
}

TEST_F(EstimationsApi, SaysAllThatIsKnownOfAnEstimation) {
    (void)estimate(ingest_clip());
    const auto estimation = get("/estimations/1/").json();
    EXPECT_EQ(estimation.at("video_id"), 1);
    EXPECT_EQ(estimation.at("requested_width"), 320);
    EXPECT_EQ(estimation.at("requested_fps"), 12);
    EXPECT_EQ(estimation.at("skip_start_seconds"), 0);
    EXPECT_EQ(estimation.at("duration_seconds"), 0.25);
    EXPECT_EQ(estimation.at("estimator"), "blazepose-lite");
    EXPECT_EQ(estimation.at("frame_count"), 3);
    EXPECT_EQ(estimation.at("lost_frame_count"), 0);
}

TEST_F(EstimationsApi, HoldsSubmitsToTheirBounds) {
    (void)ingest_clip();
    announce_workers();
    const std::vector<std::pair<std::string, std::vector<std::string>>> refused{
        {"video_id", {"0", "-1", "\"1\"", "null"}},
        {"target_width", {"0", "1.5", "3000000000"}},
        {"target_height", {"0", "-2"}},
        {"target_fps", {"0", "-1", "1000.5", "29.9700299", "\"25\""}},
        {"skip_start_seconds", {"-0.1", "14400.1", "1e300"}},
        {"duration_seconds", {"0", "14400.1", "1e300", "1e-7"}},
        {"batch_size", {"0", "true"}},
        {"description", {"\"" + std::string(513, 'x') + "\"", R"("\u0000")", "5"}},
        {"estimator", {"5", "\"" + std::string(65, 'x') + "\""}},
        {"people", {"\"two\"", "1", "null"}},
        {"include_mesh", {"true", "null"}},
        {"unknown", {"1"}}};
    for (const auto& [name, values] : refused)
        for (const auto& value : values) {
            const auto answer = submit_with(name, value);
            EXPECT_EQ(answer.status, 422) << name << ' ' << value;
            EXPECT_THAT(answer.wrong_fields(), ElementsAre("/" + name)) << value;
        }
    for (const auto& [name, value] : {std::pair{"target_width", "1"},
                                      {"target_fps", "1000"},
                                      {"target_fps", "29.97"},
                                      {"skip_start_seconds", "3.9"},
                                      {"duration_seconds", "14400"},
                                      {"batch_size", "1000"},
                                      {"description", "null"},
                                      {"people", "\"all\""},
                                      {"include_mesh", "false"}})
        EXPECT_EQ(submit_with(name, value).status, 202) << name << ' ' << value;
    EXPECT_THAT(
        post("/estimations/submit/", "{}").wrong_fields(),
        ElementsAre("/video_id", "/target_width", "/target_height", "/target_fps", "/duration_seconds"));
    EXPECT_EQ(post("/estimations/submit/", "{").status, 422);
}

TEST_F(EstimationsApi, WhosePosesAreWantedMakesAnotherRecipe) {
    (void)ingest_clip();
    announce_workers();
    const auto one = submit().json().at("task_id");
    EXPECT_EQ(submit(R"(,"people":"one")").json().at("task_id"), one);
    const auto all = submit(R"(,"people":"all")");
    EXPECT_EQ(all.status, 202);
    EXPECT_NE(all.json().at("task_id"), one);
    EXPECT_EQ(submit(R"(,"people":"all")").json().at("submits"), 2);
}

TEST_F(EstimationsApi, SaysWhoGivesNoMesh) {
    (void)ingest_clip();
    announce_workers();
    const auto refused = submit_with("include_mesh", "true");
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, HasSubstr("blazepose-lite gives no mesh"));
}

TEST_F(EstimationsApi, RefusesSubmitsThatCannotSucceed) {
    (void)ingest_clip();
    EXPECT_EQ(submit().status, 422);
    EXPECT_EQ(submit().code(), "estimator_unavailable");
    announce_workers();
    const auto unknown = submit(R"(,"estimator":"openpose")");
    EXPECT_EQ(unknown.code(), "estimator_unavailable");
    EXPECT_EQ(unknown.json().at("suggestion"), "choose one of blazepose-lite");
    EXPECT_EQ(submit_with("video_id", "99").status, 404);
    EXPECT_EQ(submit_with("skip_start_seconds", "4").code(), "empty_window");
    EXPECT_EQ(submit_with("skip_start_seconds", "4").status, 422);
    EXPECT_EQ(get("/tasks/").body, "[]");
}

TEST_F(EstimationsApi, SaysWhenToComeBackToAFullQueue) {
    (void)ingest_clip();
    announce_workers();
    config.queue_limit = 1;
    ASSERT_EQ(submit().status, 202);
    const auto refused = submit_with("duration_seconds", "0.5");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "30");
    EXPECT_EQ(submit().status, 202) << "it joins the task that is open";
}

TEST_F(EstimationsApi, WaitsForTheEndWhenAsked) {
    (void)ingest_clip();
    announce_workers();
    Request request{.method = Method::post,
                    .target = "/estimations/submit/",
                    .headers = {{"Content-Type", "application/json"}, {"Prefer", "respond-async, wait=90"}},
                    .body = quarter_second_of(1)};
    const auto response = respond(request);
    const auto& late = std::get<LateBody>(response.body);
    EXPECT_EQ(late.patience, std::chrono::seconds(60));
    EXPECT_FALSE(late.answer->poll(LateAnswer::Call::early));
    EXPECT_EQ(late.answer->poll(LateAnswer::Call::last)->status, Status::accepted);
    work();
    const auto finished = late.answer->poll(LateAnswer::Call::early).value();
    EXPECT_EQ(finished.status, Status::ok);
    EXPECT_EQ(finished.headers.find("Preference-Applied"), "wait=60");
    EXPECT_THAT(std::string(finished.headers.find("Location").value()), HasSubstr("/tasks/"));
}

TEST_F(EstimationsApi, IgnoresPreferencesThatAreNone) {
    (void)ingest_clip();
    announce_workers();
    for (const auto* preference : {"wait", "wait=", "wait=-1", "wait=x", "return=minimal", ","}) {
        const auto answer = post("/estimations/submit/", quarter_second_of(1), {{"Prefer", preference}});
        EXPECT_EQ(answer.status, 202) << preference;
        EXPECT_EQ(answer.header("Preference-Applied"), "") << preference;
    }
}

TEST_F(EstimationsApi, ListsThoseOfAVideo) {
    (void)estimate(ingest_clip());
    EXPECT_EQ(get("/estimations/").header("X-Total-Count"), "1");
    EXPECT_EQ(get("/estimations/?video_id=1").json().as_array().size(), 1U);
    EXPECT_EQ(get("/estimations/?video_id=2").body, "[]");
    EXPECT_EQ(get("/estimations/?limit=101").status, 422);
}

TEST_F(EstimationsApi, SendsTheArchive) {
    (void)estimate(ingest_clip());
    const auto archive = get("/estimations/download/1/");
    EXPECT_EQ(archive.status, 200);
    EXPECT_EQ(archive.header("Content-Type"), "application/x-safetensors");
    EXPECT_THAT(archive.header("Content-Disposition"), HasSubstr("nzer%201.safetensors"));
    const auto source = view_bytes(std::as_bytes(std::span(archive.body)));
    EXPECT_EQ(results::open_archive(*source).value()->counts().frames, 3);
    EXPECT_EQ(get("/estimations/download/1/?format=archive", {{"Range", "bytes=0-7"}}).body,
              archive.body.substr(0, 8));
    EXPECT_EQ(get("/estimations/download/1/", {{"If-None-Match", archive.header("ETag")}}).status, 304);
}

TEST_F(EstimationsApi, SendsThePosesAsText) {
    (void)estimate(ingest_clip());
    const auto document = get("/estimations/download/1/?format=json&frames=1:3");
    EXPECT_EQ(document.header("Content-Type"), "application/json");
    EXPECT_THAT(document.header("Content-Disposition"), HasSubstr("nzer%201.json"));
    const auto frames = document.json().at("frames").as_array();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames.at(0).at("frame"), 1);
    const auto table = get("/estimations/download/1/?format=csv&frames=2:");
    EXPECT_EQ(table.header("Content-Type"), "text/csv; charset=utf-8");
    EXPECT_THAT(table.body, testing::StartsWith("frame,time_s,track_id,"));
    EXPECT_EQ(table.body.find("\n1,"), std::string::npos);
    EXPECT_EQ(get("/estimations/download/1/?format=csv").body.substr(0, 50), table.body.substr(0, 50));
}

TEST_F(EstimationsApi, RefusesDownloadsThatAreNone) {
    (void)estimate(ingest_clip());
    const std::string download = "/estimations/download/1/";
    for (const auto* query : {"?format=json&frames=1:4", "?format=json&frames=2:1", "?format=csv&frames=x",
                              "?format=csv&frames=4:", "?frames=0:1"}) {
        EXPECT_EQ(get(download + query).status, 422) << query;
        EXPECT_THAT(get(download + query).wrong_fields(), ElementsAre("/frames"));
    }
    EXPECT_THAT(get(download + "?format=bvh").wrong_fields(), ElementsAre("/format"));
    const auto reference = get(download + "?format=reference");
    EXPECT_EQ(reference.status, 422);
    EXPECT_THAT(reference.body, HasSubstr("blazepose-lite"));
    EXPECT_EQ(get("/estimations/download/2/").status, 404);
}

TEST_F(EstimationsApi, SaysNothingOfTheInsideWhenAnObjectIsLost) {
    (void)estimate(ingest_clip());
    const std::string key(get("/estimations/1/").json().at("storage_key").as_string());
    ASSERT_TRUE(objects->remove(key));
    for (const auto* format : {"archive", "json", "csv"})
        EXPECT_EQ(get(std::string("/estimations/download/1/?format=") + format).status, 500);
}

TEST_F(EstimationsApi, Deletes) {
    const auto submitted = estimate(ingest_clip());
    ASSERT_EQ(submitted, 1);
    const std::string task =
        "/tasks/" + std::string(get("/tasks/").json().at(0).at("task_id").as_string()) + "/";
    EXPECT_EQ(remove("/estimations/1/").status, 204);
    EXPECT_EQ(remove("/estimations/1/").status, 404);
    EXPECT_EQ(get("/estimations/1/").status, 404);
    EXPECT_EQ(get(task).json().at_pointer("/result/deleted"), true);
    EXPECT_TRUE(get(task).json().at_pointer("/links/result").is_null());
}

}  // namespace
}  // namespace posed::api
