// `posed submit` as a person or a script meets it, with a service that says what the test wrote down.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/scripted_server.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string limits = http_answer("200 OK", R"({"max_duration_seconds": 3600})");
const std::string video = http_answer(
    "201 Created", R"({"id": 7, "width": 480, "height": 640, "fps": 29.97002997, "duration_seconds": 2.5})");
const std::string estimated = http_answer(
    "200 OK",
    R"({"task_id": "e", "status": "SUCCESS", "result": {"resource_type": "estimation", "resource_id": 12}})");
const std::string drawn = http_answer(
    "200 OK",
    R"({"task_id": "d", "status": "SUCCESS", "result": {"resource_type": "visualization", "resource_id": 13}})");

const std::vector<std::string> all_goes_well{limits,    video,
                                             estimated, http_answer("200 OK", "the archive"),
                                             drawn,     http_answer("200 OK", "the video")};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class Submit : public testing::Test {
  protected:
    Submit() { std::ofstream(folder.path() / "clip.mp4") << "moving pictures"; }

    std::vector<std::string> line(const ScriptedServer& server, std::vector<std::string> more) const {
        std::vector<std::string> arguments{posed_program(), "submit", "--server", server.url()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    Finished submit(const ScriptedServer& server, std::vector<std::string> more) const {
        return run(line(server, std::move(more)), {.set = {}, .folder = folder.path()});
    }

    TemporaryFolder folder;
};

TEST_F(Submit, FetchesBothResultsAndSaysWhereTheyAre) {
    const ScriptedServer server(all_goes_well);
    const auto finished = submit(server, {"clip.mp4", "--out", "results/of today"});
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    EXPECT_EQ(finished.output, "results/of today/clip.safetensors\nresults/of today/clip.mp4\n");
    EXPECT_EQ(content_of(folder.path() / "results/of today/clip.safetensors"), "the archive");
    EXPECT_EQ(content_of(folder.path() / "results/of today/clip.mp4"), "the video");
}

TEST_F(Submit, AsksForEveryFrameOfTheVideoUnlessToldOtherwise) {
    const ScriptedServer server(all_goes_well);
    ASSERT_EQ(submit(server, {"clip.mp4"}).exit_code, 0);
    // The rate is rounded up: below the video's own, a frame would be left out.
    EXPECT_EQ(
        json::parse(server.requests().at(2).body),
        json::parse(R"({"video_id": 7, "target_width": 1080, "target_height": 1920, "target_fps": 29.97003,
                              "skip_start_seconds": 0, "duration_seconds": 2.5})"));
    EXPECT_EQ(json::parse(server.requests().at(4).body),
              json::parse(R"({"estimation_id": 12, "show_bbox": false, "show_bbox_confidence": false,
                              "show_keypoints": true, "show_skeleton": true, "crf": 20, "preset": "medium"})"));
}

TEST_F(Submit, PassesItsOptionsOn) {
    const ScriptedServer server(all_goes_well);
    ASSERT_EQ(submit(server, {"clip.mp4", "--estimator", "blazepose-heavy", "--width", "640", "--height",
                              "480", "--fps", "30000/1001", "--start", "0.5", "--duration", "1", "--bbox",
                              "--no-skeleton", "--crf", "30", "--preset", "veryfast"})
                  .exit_code,
              0);
    EXPECT_EQ(
        json::parse(server.requests().at(2).body),
        json::parse(R"({"video_id": 7, "target_width": 640, "target_height": 480, "target_fps": 29.97003,
                              "skip_start_seconds": 0.5, "duration_seconds": 1, "estimator": "blazepose-heavy"})"));
    EXPECT_EQ(json::parse(server.requests().at(4).body),
              json::parse(R"({"estimation_id": 12, "show_bbox": true, "show_bbox_confidence": false,
                              "show_keypoints": true, "show_skeleton": false, "crf": 30, "preset": "veryfast"})"));
}

TEST_F(Submit, AsksForEverybodysSurfaceAndHasItDrawn) {
    const ScriptedServer server(all_goes_well);
    const auto finished =
        submit(server, {"clip.mp4", "--estimator", "sam-3d-body", "--people", "all", "--mesh"});
    ASSERT_EQ(finished.exit_code, 0) << finished.errors;
    const auto estimation = json::parse(server.requests().at(2).body).as_object();
    EXPECT_EQ(estimation.at("people"), "all");
    EXPECT_EQ(estimation.at("include_mesh"), true);
    EXPECT_EQ(json::parse(server.requests().at(4).body).as_object().at("show_mesh"), true);
}

TEST_F(Submit, CanLeaveOutTheVideo) {
    const ScriptedServer server({all_goes_well.begin(), all_goes_well.begin() + 4});
    const auto finished = submit(server, {"clip.mp4", "--no-render"});
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    EXPECT_EQ(finished.output, "clip.safetensors\n");
}

TEST_F(Submit, NeverReplacesTheClip) {
    const ScriptedServer server(all_goes_well);
    EXPECT_EQ(submit(server, {"clip.mp4"}).output, "clip.safetensors\nclip.posed.mp4\n");
    EXPECT_EQ(content_of(folder.path() / "clip.mp4"), "moving pictures");
    EXPECT_EQ(content_of(folder.path() / "clip.posed.mp4"), "the video");
}

TEST_F(Submit, TellsProgramsHowFarItIsInJsonLines) {
    const ScriptedServer server(all_goes_well);
    std::istringstream lines(submit(server, {"clip.mp4"}).errors);
    json::object last;
    for (std::string text; std::getline(lines, text);) {
        last = json::parse(text).as_object();
        EXPECT_EQ(last["clip"], "clip.mp4");
    }
    EXPECT_EQ(last["event"], "done");
    EXPECT_EQ(last["video"], "clip.posed.mp4");
}

TEST_F(Submit, AsksForNoMoreThanTheServiceTakes) {
    const std::string endless =
        http_answer("201 Created", R"({"id": 7, "width": 640, "height": 360, "fps": null,
                                                              "duration_seconds": null})");
    const ScriptedServer server({limits, endless, estimated, http_answer("200 OK", "the archive")});
    ASSERT_EQ(submit(server, {"clip.mp4", "--no-render"}).exit_code, 0);
    EXPECT_EQ(json::parse(server.requests().at(2).body),
              json::parse(R"({"video_id": 7, "target_width": 1920, "target_height": 1080, "target_fps": 30,
                              "skip_start_seconds": 0, "duration_seconds": 3600})"));
}

TEST_F(Submit, RepeatsTheServicesRefusal) {
    const ScriptedServer server(
        {limits,
         http_answer(
             "415 Unsupported Media Type",
             R"({"code": "unsupported_media", "detail": "this is text", "suggestion": "send an mp4"})")});
    const auto finished = submit(server, {"clip.mp4", "--out", "results"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.errors, HasSubstr("posed: error: this is text. Send an mp4.\n"));
    EXPECT_EQ(files_in(folder.path() / "results"), 0U);
}

TEST_F(Submit, GoesOnWithTheOtherClipsAfterOneFailed) {
    std::ofstream(folder.path() / "other.mp4") << "moving pictures";
    const auto refused = http_answer("401 Unauthorized", R"({"code": "unauthorized", "detail": "no token"})");
    const ScriptedServer server({refused, refused});
    const auto finished = submit(server, {"clip.mp4", "other.mp4"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(server.requests().size(), 2U);
    EXPECT_THAT(finished.errors, HasSubstr("posed: error: 2 of 2 clips failed: no token\n"));
}

TEST_F(Submit, SaysWhenNoServiceIsThere) {
    const ScriptedServer server({});
    const auto finished = submit(server, {"clip.mp4"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.errors, HasSubstr("no service answers at " + server.url()));
    EXPECT_THAT(finished.errors, HasSubstr("posed run"));
}

TEST_F(Submit, RefusesWhatCannotBeDoneBeforeItAsksTheService) {
    const ScriptedServer server({});
    std::filesystem::create_directory(folder.path() / "other");
    std::ofstream(folder.path() / "other/clip.mov") << "moving pictures";
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"none.mp4"},
                                                                       {"."},
                                                                       {"clip.mp4", "other/clip.mov"},
                                                                       {"clip.mp4", "--fps", "0"},
                                                                       {"clip.mp4", "--start", "-1"},
                                                                       {"clip.mp4", "--width", "640"},
                                                                       {"clip.mp4", "--preset", "quick"},
                                                                       {"clip.mp4", "--token", "short"},
                                                                       {}})
        EXPECT_EQ(submit(server, arguments).exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Submit, LeavesTheTasksRunningWhenInterruptedAndSaysHowToGoOn) {
    const ScriptedServer server({limits, video,
                                 http_answer("202 Accepted", R"({"task_id": "e", "status": "PENDING"})"),
                                 ScriptedServer::silence});
    Process process(
        line(server, {"clip.mp4", "--token", "0123456789abcdef", "--out", "it's here", "--no-render"}),
        {.set = {}, .folder = folder.path()});
    ASSERT_TRUE(server.wait_for_requests(4));
    process.signal(SIGINT);
    const auto finished = process.wait();
    EXPECT_EQ(finished.exit_code, 130);
    EXPECT_THAT(finished.errors, HasSubstr("the service goes on with what was submitted"));
    EXPECT_THAT(finished.errors, HasSubstr("posed submit clip.mp4 --server=" + server.url()));
    EXPECT_THAT(finished.errors, HasSubstr(R"(--out='it'\''s here' --render=false
)"));
    EXPECT_THAT(finished.errors, Not(HasSubstr("0123456789abcdef")));
}

}  // namespace
}  // namespace posed::tests
