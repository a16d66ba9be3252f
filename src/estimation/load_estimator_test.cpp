#include "estimation/load_estimator.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/camera.h"
#include "tests/support/pictures.h"
#include "tests/support/shared_data.h"

namespace posed::estimation {
namespace {

using testing::HasSubstr;
using testing::Not;

Error error_of_loading(std::string_view name, const Config& config) {
    return load_estimator(name, config, {}, silent_log()).error();
}

TEST(LoadEstimator, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    const auto error = error_of_loading("openpose", {});
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("openpose"));
    for (const auto known : estimator_names())
        EXPECT_THAT(error.suggestion, HasSubstr(std::string(known)));
}

TEST(LoadEstimator, AMissingModuleIsNamed) {
    const tests::TemporaryFolder empty;
    const auto error = error_of_loading(
        "blazepose-full", {.module_directory = empty.path(), .blazepose_directory = empty.path()});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr((empty.path() / "blazepose.so").string()));
    EXPECT_THAT(error.suggestion, HasSubstr("POSED_MODULE_DIR"));
}

TEST(LoadEstimator, AFileThatIsNoModuleIsRefused) {
    const tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "blazepose.so") << "not a shared object";
    const auto error = error_of_loading(
        "blazepose-full", {.module_directory = folder.path(), .blazepose_directory = folder.path()});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr("blazepose.so"));
}

TEST(LoadEstimator, MissingWeightsSayWhereTheyComeFrom) {
    const tests::TemporaryFolder empty;
    const auto error = error_of_loading(
        "blazepose-full", {.module_directory = POSED_MODULE_DIRECTORY, .blazepose_directory = empty.path()});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr(empty.path().string()));
    EXPECT_THAT(error.suggestion, HasSubstr("@mediapipe/pose"));
    EXPECT_THAT(error.suggestion, HasSubstr("make setup"));
}

TEST(LoadEstimator, EveryKnownEstimatorOpens) {
    POSED_NEEDS(tests::blazepose_weights() / "pose_landmark_heavy.tflite");
    const Config config{.module_directory = POSED_MODULE_DIRECTORY,
                        .blazepose_directory = tests::blazepose_weights(),
                        .sam3dbody_directory = tests::shared_data() / "sam3dbody" / "tiny"};
    for (const auto name : estimator_names()) {
        const bool needs_torch = name == "sam-3d-body";
        if (needs_torch && !std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"))
            continue;
        if (needs_torch)
            POSED_NEEDS(config.sam3dbody_directory / "model.ckpt");
        const auto estimator = load_estimator(name, config, {}, silent_log()).value();
        EXPECT_EQ(estimator->description().name, name);
        EXPECT_EQ(estimator->description().weights.size(), needs_torch ? 4U : 2U);
        EXPECT_EQ(estimator->description().batch_size > 1, needs_torch);
    }
}

TEST(LoadEstimator, SayWhereTheFilesOfSam3dBodyComeFrom) {
    POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"), "built without libtorch");
    const auto error = error_of_loading("sam-3d-body", {.module_directory = POSED_MODULE_DIRECTORY,
                                                        .blazepose_directory = tests::blazepose_weights()});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.suggestion, HasSubstr("facebook/sam-3d-body-vith"));
    EXPECT_THAT(error.suggestion, HasSubstr("POSED_SAM3DBODY_DIR"));
}

/// Full-range BT.601 without subsampling.
struct Planes {
    explicit Planes(const tests::RgbPicture& picture) {
        for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
            const double r = picture.pixels[i], g = picture.pixels[i + 1], b = picture.pixels[i + 2];
            const double y = 0.299 * r + 0.587 * g + 0.114 * b;
            samples[0].push_back(static_cast<std::uint8_t>(std::lround(y)));
            samples[1].push_back(static_cast<std::uint8_t>(std::lround(127.5 + (b - y) / 1.772)));
            samples[2].push_back(static_cast<std::uint8_t>(std::lround(127.5 + (r - y) / 1.402)));
        }
        const auto [width, height] = picture.size;
        for (std::size_t i = 0; i < 3; ++i)
            view.planes[i] = {samples[i].data(), width, width, height};
        view.chroma_shift_x = view.chroma_shift_y = 0;
        view.colour = {.range = ColourRange::full, .siting = ChromaSiting::center};
        view.displayed = picture.size;
    }

    std::array<std::vector<std::uint8_t>, 3> samples;
    FrameView view;
};

TEST(LoadEstimator, Sam3dBodyEstimatesWhomBlazePoseFinds) {
    POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"), "built without libtorch");
    const auto picture = tests::shared_data() / "blazepose/golden/stills/arms_up.png";
    const Config config{.module_directory = POSED_MODULE_DIRECTORY,
                        .blazepose_directory = tests::blazepose_weights(),
                        .sam3dbody_directory = tests::shared_data() / "sam3dbody" / "tiny"};
    POSED_NEEDS(picture);
    POSED_NEEDS(config.sam3dbody_directory / "model.ckpt");
    const Planes frame(tests::read_pictures(picture).front());
    const SessionOptions options{.displayed = frame.view.displayed,
                                 .camera = default_camera(frame.view.displayed)};
    const auto estimator = load_estimator("sam-3d-body", config, {}, silent_log()).value();
    const auto session = estimator->open_session(options).value();
    const auto boxes = load_estimator("blazepose-full", config, {}, silent_log()).value();
    const auto box_session = boxes->open_session(options).value();
    EXPECT_GT(estimator->description().batch_size, 1);

    const auto seen = box_session->prepare(frame.view, {}).value();
    const auto found = box_session->finish(boxes->run(seen, one_thread).value()).value();
    ASSERT_EQ(found.size(), 1U);
    const auto crops = session->prepare(frame.view, {}).value();
    ASSERT_EQ(crops.size(), 1U);
    const auto again = session->prepare(frame.view, std::chrono::milliseconds(40)).value();
    for (int i = 0; i < 2; ++i) {
        const auto people =
            session->finish(estimator->run(i == 0 ? crops : again, one_thread).value()).value();
        ASSERT_EQ(people.size(), 1U);
        EXPECT_EQ(people[0].track_id, 0);
        EXPECT_EQ(people[0].keypoints_3d.size(), 70U);
        EXPECT_GT(people[0].root_translation.z, 0);
        ASSERT_EQ(people[0].fields.size(), estimator->description().fields.size());
        for (std::size_t k = 0; k < people[0].fields.size(); ++k) {
            EXPECT_EQ(static_cast<std::int64_t>(people[0].fields[k].size()),
                      estimator->description().fields[k].shape[0])
                << estimator->description().fields[k].name;
        }
        if (i == 0) {
            EXPECT_EQ(people[0].bbox_xyxy, found[0].bbox_xyxy);
        }
    }
}

/// The text of all that was logged: message, then name=value.
class Heard final : public Log {
  public:
    void write(Level, std::string_view message, Fields fields) override {
        text += message;
        for (const auto& [name, value] : fields) {
            text += ' ' + std::string(name) + '=';
            if (const auto* said = std::get_if<std::string_view>(&value))
                text += *said;
            else if (const auto* number = std::get_if<std::int64_t>(&value))
                text += std::to_string(*number);
        }
        text += '\n';
    }
    std::string text;
};

TEST(LoadEstimator, Sam3dBodySaysWhatItComputesWith) {
    POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"), "built without libtorch");
    const Config config{.module_directory = POSED_MODULE_DIRECTORY,
                        .blazepose_directory = tests::blazepose_weights(),
                        .sam3dbody_directory = tests::shared_data() / "sam3dbody" / "tiny"};
    POSED_NEEDS(config.sam3dbody_directory / "model.ckpt");
    Heard heard;
    const auto estimator = load_estimator("sam-3d-body", config, {.of_a_batch = 2}, heard).value();
    for (const char* said : {"sam-3d-body is ready", "blas=/", "instructions=", "threads=2",
                             "profile=upstream", "precision=float32"})
        EXPECT_THAT(heard.text, HasSubstr(said));
}

TEST(LoadEstimator, AUsersOwnDetectorTakesThePlaceOfBlazePose) {
    POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"), "built without libtorch");
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "mine.pt";
    std::ofstream(file) << "a text";
    // Without a folder for blazepose, which is not asked for.
    const Config config{.module_directory = POSED_MODULE_DIRECTORY,
                        .blazepose_directory = {},
                        .sam3dbody_directory = tests::shared_data() / "sam3dbody" / "tiny",
                        .detector = file};
    const auto error = error_of_loading("sam-3d-body", config);
    EXPECT_EQ(error.code, Code::corrupt_model);
    EXPECT_THAT(error.message, HasSubstr(file.string() + " is no TorchScript archive"));
    EXPECT_THAT(error_of_loading("blazepose-full", config).message, Not(HasSubstr(file.string())))
        << "it is sam-3d-body's alone";
}

TEST(LoadEstimator, Sam3dBodyHasTwoProfilesAndTwoPrecisions) {
    POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"), "built without libtorch");
    Config config{.module_directory = POSED_MODULE_DIRECTORY,
                  .blazepose_directory = tests::blazepose_weights(),
                  .sam3dbody_directory = tests::shared_data() / "sam3dbody" / "tiny"};
    POSED_NEEDS(config.sam3dbody_directory / "model.ckpt");
    config.sam3dbody_profile = "sideways";
    EXPECT_THAT(error_of_loading("sam-3d-body", config).suggestion, HasSubstr("POSED_SAM3DBODY_PROFILE"));
    config.sam3dbody_profile = "reference";
    config.sam3dbody_precision = "float8";
    EXPECT_THAT(error_of_loading("sam-3d-body", config).suggestion, HasSubstr("POSED_SAM3DBODY_PRECISION"));
    config.sam3dbody_precision = "bfloat16";
    const auto estimator = load_estimator("sam-3d-body", config, {}, silent_log()).value();
    EXPECT_EQ(estimator->description().profile, "reference");
    EXPECT_EQ(estimator->description().precision, "bfloat16");
    EXPECT_TRUE(gives_mesh("sam-3d-body"));
    EXPECT_FALSE(gives_mesh("blazepose-full"));
}

TEST(LoadEstimator, TheModuleExportsItsEntryOnly) {
    const auto close = [](FILE* pipe) { ::pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> symbols(::popen(
        "nm --dynamic --defined-only --format=just-symbols " POSED_MODULE_DIRECTORY "/blazepose.so", "r"));
    ASSERT_TRUE(symbols);
    std::string exported;
    for (int letter = 0; (letter = std::fgetc(symbols.get())) != EOF;)
        exported += static_cast<char>(letter);
    EXPECT_EQ(exported, "posed_open_estimator\n");
}

}  // namespace
}  // namespace posed::estimation
