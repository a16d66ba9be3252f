// `posed submit` with a service that runs.

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "results/archive.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/watched_service.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

class Clips : public testing::Test {
  protected:
    Clips() {
        for (const auto* name : {"a.mp4", "b.mp4", "c.mp4"})
            std::filesystem::copy_file(synthetic_clip(), folder.path() / name);
    }

    std::vector<std::string> submit(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(),
                         {posed_program(), "submit", "--server", service.url(), "--out", "results",
                          "--preset", "ultrafast", "--estimator", "blazepose-lite"});
        return arguments;
    }

    void expect_results(const std::string& name) const {
        const auto stem = (folder.path() / "results" / name).string();
        const auto rendered = run({posed_program(), "render", synthetic_clip(), stem + ".safetensors", "-o",
                                   stem + ".local.mp4", "--preset", "ultrafast"});
        EXPECT_EQ(rendered.exit_code, 0) << rendered.errors;
        EXPECT_EQ(std::filesystem::file_size(stem + ".mp4"), std::filesystem::file_size(stem + ".local.mp4"));
    }

    RunningService service;
    TemporaryFolder folder;
};

TEST_F(Clips, ComeBackAsTheyWouldBeMadeHere) {
    const auto finished = run(submit({"a.mp4", "b.mp4", "c.mp4"}), {.set = {}, .folder = folder.path()});
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    for (const auto* name : {"a", "b", "c"})
        expect_results(name);
}

TEST_F(Clips, SurviveTheServersDeath) {
    Process client(submit({"a.mp4"}), {.set = {}, .folder = folder.path()});
    ASSERT_TRUE(eventually([this] { return service.times_said("the run begins") > 0; }));
    ::kill(service.process(Part::server), SIGKILL);
    const auto finished = client.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    expect_results("a");
}

/// Two windows of one clip, so that neither is the other's result.
TEST(ClipsAtOnce, ShareTheBatchesOfOneWorker) {
    const auto model = shared_data() / "sam3dbody" / "tiny";
    POSED_REQUIRES(std::filesystem::exists(POSED_SAM3DBODY_MODULE), "sam-3d-body is not built: no libtorch");
    POSED_NEEDS(model / "model.ckpt");
    const RunningService service({.settings = {"POSED_SAM3DBODY_DIR=" + model.string(),
                                               "POSED_INFERENCE_SLOTS=2", "POSED_BATCH_SIZE=8"}});
    const TemporaryFolder folder;
    const auto submit = [&](const std::string& start, const std::string& out) {
        return std::make_unique<Process>(
            std::vector<std::string>{posed_program(), "submit", synthetic_clip(), "--server", service.url(),
                                     "--estimator", "sam-3d-body", "--no-render", "--start", start,
                                     "--duration", "2", "--out", out},
            Environment{.set = {}, .folder = folder.path()});
    };
    const auto one = submit("0", "one"), other = submit("2", "other");
    for (const auto& [client, out] : {std::pair{one.get(), "one"}, std::pair{other.get(), "other"}}) {
        const auto finished = client->wait();
        ASSERT_EQ(finished.exit_code, 0) << finished.errors;
        const auto source = open_file(folder.path() / out / "clip.safetensors").value();
        const auto counts = results::open_archive(*source).value()->counts();
        EXPECT_EQ(counts.frames, 48);
        EXPECT_GE(counts.person_frames, 40);
    }
    EXPECT_EQ(service.processes(Part::inference_worker).size(), 1U);

    // The worker leaves its counters every second: 96 frames, of which some show nobody.
    ServiceClient client(service.port());
    const auto counted = [&](const std::string& name) {
        const auto metrics = client.get("/metrics").body;
        const auto sample = metrics.find("\n" + name + "{");
        return sample == std::string::npos ? 0 : std::stod(metrics.substr(metrics.find("} ", sample) + 2));
    };
    EXPECT_TRUE(eventually([&] { return counted("posed_batch_crops_total") >= 80; }));
    EXPECT_EQ(counted("posed_batch_places_total"), 8 * counted("posed_batches_total"));
}

TEST(Meshes, AreDrawnWhereTheyAreStored) {
    const auto model = shared_data() / "sam3dbody" / "tiny";
    POSED_REQUIRES(std::filesystem::exists(POSED_SAM3DBODY_MODULE), "sam-3d-body is not built: no libtorch");
    POSED_NEEDS(model / "model.ckpt");
    const RunningService service({.settings = {"POSED_SAM3DBODY_DIR=" + model.string()}});
    const ServiceClient client(service.port());
    const auto result_of = [&](const std::string& path, const std::string& body) {
        const auto submitted = json_of(client.post(path, body));
        return number(client.wait_until_final(text(submitted, "task_id")), "result/resource_id");
    };
    const auto video = std::to_string(client.uploaded(synthetic_clip()));
    const auto estimation = std::to_string(
        result_of("/estimations/submit/",
                  R"({"target_width":540,"target_height":720,"target_fps":24,"duration_seconds":0.1,)"
                  R"("estimator":"sam-3d-body","include_mesh":true,"video_id":)" +
                      video + "}"));
    EXPECT_TRUE(json_of(client.get("/estimations/" + estimation + "/")).at("include_mesh").as_bool());
    std::vector<std::string> films;
    for (const std::string flag : {"true", "false"}) {
        const auto drawn = std::to_string(result_of(
            "/visualizations/submit/",
            R"({"preset":"ultrafast","show_mesh":)" + flag + R"(,"estimation_id":)" + estimation + "}"));
        EXPECT_EQ(json_of(client.get("/visualizations/" + drawn + "/")).at("show_mesh").as_bool(),
                  flag == "true");
        films.push_back(client.get("/visualizations/download/" + drawn + "/").body);
        EXPECT_GT(films.back().size(), 1000U);
    }
    EXPECT_TRUE(films[0] != films[1]);  // not _NE, which would print them
}

TEST(ClipsOfTheFirstSecond, WaitForTheWorkers) {
    const TemporaryFolder folder;
    WatchedService service(folder.path() / "data");
    ASSERT_TRUE(service.supervisor().wait_until_said(R"("program":"inference worker","process":)"));
    const auto worker = service.process("inference worker");
    ::kill(worker, SIGSTOP);  // as if it took long to load its networks
    ASSERT_TRUE(service.supervisor().wait_until_said(R"("message":"listening")"));
    Process client({posed_program(), "submit", synthetic_clip(), "--server",
                    "http://127.0.0.1:" + std::to_string(service.port()), "--estimator", "blazepose-lite",
                    "--duration", "0.25", "--no-render"},
                   {.set = {}, .folder = folder.path()});
    EXPECT_TRUE(client.wait_until_said("waiting: no worker has offered the estimator blazepose-lite yet"));
    ::kill(worker, SIGCONT);
    const auto finished = client.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
}

}  // namespace
}  // namespace posed::tests
