// Several videos through one batcher, with the small model of SAM 3D Body.

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "estimation/batcher.h"
#include "estimation/load_estimator.h"
#include "media/opener.h"
#include "pipeline/estimate_video.h"
#include "results/archive.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::pipeline {
namespace {

using estimation::Crop;
using estimation::Inference;

constexpr std::size_t batch_size = 4;

/// Where a crop's numbers have the camera's focal length, by which the tests tell the videos apart.
constexpr std::size_t focal_length = 9;

/// The model, which begins its first batch once every video has frames enough waiting, and fails on crops of
/// one camera.
class WatchedModel final : public estimation::Estimator {
  public:
    WatchedModel(Estimator& model, int videos, float broken = 0)
        : model_(model), videos_(videos), broken_(broken) {}

    const estimation::EstimatorDescription& description() const noexcept override {
        return model_.description();
    }

    Result<std::unique_ptr<estimation::Session>> open_session(
        const estimation::SessionOptions& options) override {
        auto session = TRY(model_.open_session(options));
        return std::unique_ptr<estimation::Session>(
            std::make_unique<WatchedSession>(*this, std::move(session)));
    }

    Result<std::vector<Inference>> run(std::span<const Crop> crops,
                                       const estimation::MayUseAllThreads& may_use_all) override {
        std::set<float> cameras;
        for (const auto& crop : crops)
            cameras.insert(crop.placement[focal_length]);
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return videos_with_a_lead_ == videos_; });
            mixed_ += cameras.size() > 1 ? 1 : 0;
        }
        if (cameras.contains(broken_))
            return fail(Code::internal, "this camera breaks the model");
        return model_.run(crops, may_use_all);
    }

    [[nodiscard]] int mixed_batches() const { return mixed_; }

  private:
    class WatchedSession final : public estimation::Session {
      public:
        WatchedSession(WatchedModel& model, std::unique_ptr<Session> session)
            : model_(model), session_(std::move(session)) {}

        Result<std::vector<Crop>> prepare(const FrameView& frame, std::chrono::microseconds time) override {
            if (++prepared_ == 2 * batch_size)
                model_.a_video_has_a_lead();
            return session_->prepare(frame, time);
        }
        Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) override {
            return session_->finish(std::move(inferences));
        }

      private:
        WatchedModel& model_;
        std::unique_ptr<Session> session_;
        std::size_t prepared_ = 0;
    };

    void a_video_has_a_lead() {
        const std::lock_guard lock(mutex_);
        ++videos_with_a_lead_;
        changed_.notify_all();
    }

    Estimator& model_;
    const int videos_;
    const float broken_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int videos_with_a_lead_ = 0;
    int mixed_ = 0;
};

/// Half a second of the synthetic clip, 12 frames, from so many of them on, seen by a camera of its own.
struct Video {
    int first_frame = 0;
    double focal_length = 0;
    std::filesystem::path archive;
    std::stop_source stop = {};
    std::size_t frames_before_stop = 1000;
};

Result<EstimateReport> estimate(estimation::Estimator& model, estimation::Batcher* batcher, Video& video) {
    const auto source = open_file(tests::synthetic_clip()).value();
    EstimateOptions options;
    options.video_sha256 = "of no matter here";
    options.selection.start = Microseconds(video.first_frame * 1'000'000 / 24);
    options.selection.duration = Microseconds(500'000);
    options.camera = Camera{.fx = video.focal_length, .fy = video.focal_length, .cx = 270, .cy = 360};
    options.batcher = batcher;
    std::size_t frames = 0;
    return estimate_video(*source, media::in_process(), model, options, video.archive,
                          {.stop = video.stop.get_token(),
                           .report =
                               [&](const auto&) {
                                   if (++frames == video.frames_before_stop)
                                       video.stop.request_stop();
                                   return Result<>();
                               },
                           .log = silent_log()});
}

std::vector<results::ArchivedFrame> frames_in(const std::filesystem::path& path) {
    const auto source = open_file(path).value();
    const auto archive = results::open_archive(*source).value();
    return archive->read(0, archive->counts().frames).value();
}

double difference(std::span<const float> one, std::span<const float> other) {
    EXPECT_EQ(one.size(), other.size());
    double worst = 0;
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(one[i]) - static_cast<double>(other[i])));
    return worst;
}

template <class Point>
std::span<const float> numbers_of(const std::vector<Point>& points) {
    return {&points.front().x, points.size() * sizeof(Point) / sizeof(float)};
}

/// The limits are those of a float32 run of SAM 3D Body: 1e-5 in metres and parameters, 5e-3 pixels.
void expect_near(const std::filesystem::path& one, const std::filesystem::path& other) {
    const auto a = frames_in(one), b = frames_in(other);
    ASSERT_EQ(a.size(), b.size());
    std::size_t people = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(a[i].time, b[i].time);
        ASSERT_EQ(a[i].people.size(), b[i].people.size());
        for (std::size_t k = 0; k < a[i].people.size(); ++k, ++people) {
            const auto &x = a[i].people[k], &y = b[i].people[k];
            EXPECT_EQ(x.bbox_xyxy, y.bbox_xyxy);
            EXPECT_LE(difference(numbers_of(x.keypoints_3d), numbers_of(y.keypoints_3d)), 1e-5);
            EXPECT_LE(difference(numbers_of(x.keypoints_2d), numbers_of(y.keypoints_2d)), 5e-3);
            for (std::size_t field = 1; field < x.fields.size(); ++field)  // after the depths
                EXPECT_LE(difference(x.fields[field], y.fields[field]), 1e-5) << field;
        }
    }
    EXPECT_GE(people, 10U);
}

class Batches : public testing::Test {
  protected:
    void SetUp() override {
        const auto model = tests::shared_data() / "sam3dbody" / "tiny";
        POSED_REQUIRES(std::filesystem::exists(POSED_MODULE_DIRECTORY "/sam3dbody.so"),
                       "built without libtorch");
        POSED_NEEDS(model / "model.ckpt");
        estimator = estimation::load_estimator("sam-3d-body",
                                               {.module_directory = POSED_MODULE_DIRECTORY,
                                                .blazepose_directory = tests::blazepose_weights(),
                                                .sam3dbody_directory = model},
                                               {}, silent_log())
                        .value();
    }

    Video video(int first_frame, double focal_length, const std::string& name) {
        return {.first_frame = first_frame,
                .focal_length = focal_length,
                .archive = folder.path() / (name + ".safetensors")};
    }

    tests::TemporaryFolder folder;
    std::unique_ptr<estimation::Estimator> estimator;
};

TEST_F(Batches, VideosInOneBatchGiveWhatEachGivesAlone) {
    std::map<double, std::filesystem::path> alone;
    for (const int i : {0, 1, 2}) {
        auto one = video(20 * i, 700 + 100 * i, "alone" + std::to_string(i));
        ASSERT_TRUE(estimate(*estimator, nullptr, one).has_value());
        alone[one.focal_length] = one.archive;
    }
    WatchedModel model(*estimator, 3);
    estimation::Batcher batcher(model, {.size = batch_size, .delay = std::chrono::milliseconds(20)},
                                silent_log());
    std::vector<Video> videos;
    for (const int i : {0, 1, 2})
        videos.push_back(video(20 * i, 700 + 100 * i, "together" + std::to_string(i)));
    {
        std::vector<std::jthread> runs;
        for (auto& one : videos)
            runs.emplace_back([&] { EXPECT_TRUE(estimate(model, &batcher, one).has_value()); });
    }
    EXPECT_GT(model.mixed_batches(), 3);
    for (const auto& one : videos)
        expect_near(one.archive, alone.at(one.focal_length));
}

TEST_F(Batches, AFailureAndACancelEndTheirOwnVideosOnly) {
    auto alone = video(0, 700, "alone");
    ASSERT_TRUE(estimate(*estimator, nullptr, alone).has_value());
    WatchedModel model(*estimator, 3, 800);
    estimation::Batcher batcher(model, {.size = batch_size, .delay = std::chrono::milliseconds(20)},
                                silent_log());
    auto good = video(0, 700, "good"), broken = video(20, 800, "broken"),
         cancelled = video(40, 900, "cancelled");
    cancelled.frames_before_stop = 2;
    {
        const std::jthread one([&] { EXPECT_TRUE(estimate(model, &batcher, good).has_value()); });
        const std::jthread two([&] {
            EXPECT_EQ(estimate(model, &batcher, broken).error().message, "this camera breaks the model");
        });
        const std::jthread three(
            [&] { EXPECT_EQ(estimate(model, &batcher, cancelled).error().code, Code::cancelled); });
    }
    EXPECT_GT(model.mixed_batches(), 0);
    expect_near(good.archive, alone.archive);
    EXPECT_EQ(std::filesystem::exists(broken.archive), false);
    EXPECT_EQ(std::filesystem::exists(cancelled.archive), false);
}

}  // namespace
}  // namespace posed::pipeline
