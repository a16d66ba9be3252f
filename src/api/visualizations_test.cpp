#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_service.h"
#include "media/opener.h"

namespace posed::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VisualizationsApi : public ServiceSuite {
  protected:
    Answer submit(const std::string& more) {
        return post("/visualizations/submit/", R"({"estimation_id":1)" + more + "}");
    }
};

TEST_F(VisualizationsApi, DrawsWhatWasAsked) {
    ASSERT_EQ(render(estimate(ingest_clip())), 1);
    const auto visualization = get("/visualizations/1/").json();
    EXPECT_EQ(visualization.at("estimation_id"), 1);
    EXPECT_EQ(visualization.at("show_bbox"), false);
    EXPECT_EQ(visualization.at("show_bbox_confidence"), false);
    EXPECT_EQ(visualization.at("show_keypoints"), true);
    EXPECT_EQ(visualization.at("show_skeleton"), true);
    EXPECT_EQ(visualization.at("show_mesh"), false);
    EXPECT_EQ(visualization.at("crf"), 20);
    EXPECT_EQ(visualization.at("preset"), "ultrafast");
    const auto film = get("/visualizations/download/1/");
    EXPECT_EQ(film.header("Content-Type"), "video/mp4");
    EXPECT_THAT(film.header("Content-Disposition"), HasSubstr("nzer%201.posed.mp4"));
    const auto source = view_bytes(std::as_bytes(std::span(film.body)));
    EXPECT_EQ(media::in_process().probe(*source, {}, silent_log()).value().displayed, (Size{240, 320}));
}

TEST_F(VisualizationsApi, AnswersAFinishedOneAtOnce) {
    (void)render(estimate(ingest_clip()));
    const auto again = submit(R"(,"preset":"ultrafast","batch_size":1,"description":"again")");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.json().at("kind"), "visualize");
    EXPECT_EQ(again.json().at_pointer("/links/download"), "/visualizations/download/1/");
    EXPECT_EQ(submit("").status, 202) << "the default preset is another";
}

TEST_F(VisualizationsApi, HoldsSubmitsToTheirBounds) {
    (void)estimate(ingest_clip());
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"crf", "-1"},
                                      {"crf", "52"},
                                      {"preset", "\"placebo\""},
                                      {"show_bbox", "1"},
                                      {"show_mesh", "null"},
                                      {"batch_size", "0"},
                                      {"description", "\"" + std::string(513, 'x') + "\""},
                                      {"colour", "\"red\""}}) {
        const auto answer = submit(std::string(R"(,")").append(name).append("\":").append(value));
        EXPECT_EQ(answer.status, 422) << name;
        EXPECT_THAT(answer.wrong_fields(), ElementsAre("/" + name));
    }
    for (const auto* more : {R"(,"crf":0)", R"(,"crf":51)"})
        EXPECT_EQ(submit(more).status, 202);
    for (const auto* preset :
         {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"})
        EXPECT_EQ(submit(std::string(",\"preset\":\"") + preset + '"').status, 202) << preset;
    EXPECT_EQ(post("/visualizations/submit/", R"({"estimation_id":9})").status, 404);
    config.queue_limit = 1;
    EXPECT_EQ(submit(R"(,"crf":7)").status, 503);
}

TEST_F(VisualizationsApi, RefusesAMeshThatTheEstimationDoesNotHold) {
    (void)estimate(ingest_clip());
    EXPECT_EQ(get("/estimations/1/").json().at("include_mesh"), false);
    const auto refused = submit(R"(,"show_mesh":true)");
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.wrong_fields(), ElementsAre("/show_mesh"));
    EXPECT_THAT(refused.body, HasSubstr("estimation 1 holds no mesh"));
    EXPECT_EQ(post("/visualizations/submit/", R"({"estimation_id":9,"show_mesh":true})").status, 404);
}

TEST_F(VisualizationsApi, ListsThoseOfAnEstimationAndDeletes) {
    (void)render(estimate(ingest_clip()));
    EXPECT_EQ(get("/visualizations/").header("X-Total-Count"), "1");
    EXPECT_EQ(get("/visualizations/?estimation_id=1").json().as_array().size(), 1U);
    EXPECT_EQ(get("/visualizations/?estimation_id=2").body, "[]");
    EXPECT_EQ(remove("/visualizations/1/").status, 204);
    EXPECT_EQ(remove("/visualizations/1/").status, 404);
    EXPECT_EQ(get("/visualizations/1/").status, 404);
    EXPECT_EQ(get("/visualizations/download/1/").status, 404);
}

}  // namespace
}  // namespace posed::api
