// Clips that their decoder does not survive, or that have no end: they cost their own task and no other.

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

/// The synthetic clip as the ffmpeg program copies it.
std::filesystem::path copied(const std::filesystem::path& target, const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"ffmpeg", "-v", "error", "-i", synthetic_clip(), "-c", "copy"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(target);
    EXPECT_EQ(run(arguments).exit_code, 0);
    return target;
}

/// Modules of which the decoder crashes on marked clips.
class CrashingModules {
  public:
    CrashingModules() {
        std::filesystem::create_symlink(POSED_CRASHING_DECODER, folder_.path() / "posed-decoder");
        std::filesystem::create_symlink(POSED_BLAZEPOSE, folder_.path() / "blazepose.so");
    }
    [[nodiscard]] std::string setting() const { return "POSED_MODULE_DIR=" + folder_.path().string(); }

  private:
    TemporaryFolder folder_;
};

TEST(HostileClips, ThatCrashTheirDecoderFailAloneAmongOthersOfTheSameWorker) {
    const CrashingModules modules;
    const TemporaryFolder folder;
    RunningService service({.settings = {modules.setting(), "POSED_INFERENCE_SLOTS=4"}});
    const ServiceClient client(service.port());
    const auto marked =
        client.uploaded(copied(folder.path() / "marked.mp4", {"-metadata", "comment=posed test: crash"}));
    const auto sound = client.uploaded(synthetic_clip());
    const auto crashing = client.submitted(EstimationWanted{.video = marked});
    std::vector<std::string> others;
    for (const double start : {0.0, 0.5, 1.0})
        others.push_back(client.submitted(
            EstimationWanted{.video = sound, .start_seconds = start, .duration_seconds = 3, .fps = 24}));

    const auto failed = client.wait_until_final(crashing);
    EXPECT_EQ(text(failed, "status"), "FAILURE");
    EXPECT_EQ(number(failed, "attempts"), 3);
    EXPECT_EQ(text(failed, "error/code"), "decoder_crashed");
    EXPECT_NE(text(failed, "error/detail").find("Aborted"), std::string::npos)
        << text(failed, "error/detail");
    for (const auto& other : others) {
        client.wait_for(other, "SUCCESS");
        EXPECT_EQ(number(client.task(other), "attempts"), 0);
    }
    EXPECT_EQ(service.times_said("the run begins"), 6);
    std::cout << "6 runs: 3 crashed, " << client.count("/estimations/") << " results\n";
    expect_tidy(service);
}

TEST(HostileClips, ThatCrashTheirDecoderWhenTheyAreOpenedAreRefused) {
    const CrashingModules modules;
    const TemporaryFolder folder;
    RunningService service({.settings = {modules.setting()}});
    const ServiceClient client(service.port());
    const auto refused = client.upload(
        bytes_of(copied(folder.path() / "marked.mp4", {"-metadata", "comment=posed test: crash now"})));
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_EQ(text(json_of(refused), "code"), "decoder_crashed");
    EXPECT_NE(text(json_of(refused), "detail").find("Aborted"), std::string::npos) << refused.body;
    EXPECT_EQ(client.count("/videos/"), 0U);
    EXPECT_GT(client.uploaded(synthetic_clip()), 0);
    expect_tidy(service);
}

TEST(HostileClips, ThatDoNotSayHowLongTheyAreEndAtTheLimit) {
    RunningService service({.settings = {"POSED_MAX_DURATION_SECONDS=2"}});
    const ServiceClient client(service.port());
    // Four seconds, written into a pipe: Matroska then has no duration.
    const auto clip =
        run({"ffmpeg", "-v", "error", "-i", synthetic_clip(), "-c", "copy", "-f", "matroska", "pipe:1"})
            .output;
    const auto uploaded = client.upload(clip, "filename=endless.mkv");
    ASSERT_EQ(uploaded.status, 201) << uploaded.body;
    const auto video = json_of(uploaded);
    EXPECT_TRUE(video.at_pointer("/duration_seconds").is_null());
    const auto within = client.submitted(EstimationWanted{.video = number(video, "id")});
    const auto beyond = client.submitted(
        EstimationWanted{.video = number(video, "id"), .start_seconds = 1.5, .duration_seconds = 2});
    const auto failed = client.wait_until_final(beyond);
    EXPECT_EQ(text(failed, "status"), "FAILURE");
    EXPECT_EQ(text(failed, "error/code"), "limit_exceeded");
    EXPECT_EQ(number(failed, "attempts"), 1);
    client.wait_for(within, "SUCCESS");
    std::cout << text(failed, "error/detail") << '\n';
    expect_tidy(service);
}

}  // namespace
}  // namespace posed::tests
