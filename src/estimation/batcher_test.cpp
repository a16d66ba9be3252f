// The batcher's threads: order, failures, cancel. Batches themselves: batch_queue_test.cpp.

#include "estimation/batcher.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posed::estimation {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Le;

/// A model that answers a number with its double, keeps what it was asked, fails on the numbers that it is
/// told to, and stops before a batch while its gate is closed.
class DoublingModel final : public Estimator {
  public:
    static constexpr float error = -1, exception = -2;

    const EstimatorDescription& description() const noexcept override { return description_; }
    Result<std::unique_ptr<Session>> open_session(const SessionOptions&) override {
        return fail(Code::internal, "not of this test");
    }

    Result<std::vector<Inference>> run(std::span<const Crop> crops, const MayUseAllThreads&) override {
        {
            std::unique_lock lock(mutex_);
            ++arrived_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return open_; });
            for (const auto& crop : crops)
                asked_.push_back(crop.pixels.front());
            sizes_.push_back(crops.size());
        }
        if (description_.batches_at_once > 1 && crops.front().pixels.front() == 0) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return answered_ > 0; });
        }
        std::vector<Inference> inferences;
        for (const auto& crop : crops) {
            const float number = crop.pixels.front();
            if (number == error)
                return fail(Code::corrupt_model, "cannot double this");
            if (number == exception)
                throw std::runtime_error("out of numbers");
            inferences.push_back({{{2 * number}}});
        }
        if (loses_one)
            inferences.pop_back();
        const std::lock_guard lock(mutex_);
        ++answered_;
        changed_.notify_all();
        return inferences;
    }

    void close_gate() { set_gate(false); }
    void open_gate() { set_gate(true); }
    void wait_for_batch(int number) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= number; });
    }
    std::vector<float> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    std::vector<std::size_t> sizes() {
        const std::lock_guard lock(mutex_);
        return sizes_;
    }

    /// Takes two batches at once, and answers the one with number 0 only after another.
    void turn_order_around() { description_.batches_at_once = 2; }

    bool loses_one = false;

  private:
    void set_gate(bool open) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        changed_.notify_all();
    }

    EstimatorDescription description_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    int arrived_ = 0, answered_ = 0;
    std::vector<float> asked_;
    std::vector<std::size_t> sizes_;
};

Crop crop_of(float number) {
    return {.pixels = {number}};
}

float number_in(const Result<Inference>& inference) {
    return inference.value().outputs.front().front();
}

TEST(Batcher, CountsItsBatchesAndHowFullTheyAre) {
    Metrics metrics;
    const auto counters = batch_counters(metrics, "doubling");
    DoublingModel model;
    Batcher batcher(model, {.size = 4, .delay = {}}, silent_log(), counters);
    const auto lane = batcher.open_lane({});
    for (int i = 0; i < 6; ++i)
        lane->add(crop_of(1));
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(number_in(lane->next()), 2);
    EXPECT_EQ(counters.batches.value(), 2);
    EXPECT_EQ(counters.crops.value(), 6);
    EXPECT_EQ(counters.places.value(), 8);
    EXPECT_THAT(metrics.text(), testing::HasSubstr(R"(posed_batch_places_total{estimator="doubling"} 8)"));
}

TEST(Batcher, GivesEachVideoItsOwnResultsInItsOrder) {
    DoublingModel model;
    Batcher batcher(model, {.size = 8, .delay = milliseconds(1)}, silent_log());
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> videos;
        for (int video = 0; video < 6; ++video)
            videos.emplace_back([&, video] {
                const auto lane = batcher.open_lane({});
                int fetched = 0;
                const auto fetch = [&] {
                    const auto expected = static_cast<float>(2 * (1000 * video + fetched++));
                    right += number_in(lane->next()) == expected ? 1 : 0;
                };
                for (int frame = 0; frame < 200 + video; ++frame) {
                    lane->add(crop_of(static_cast<float>(1000 * video + frame)));
                    while (lane->full())
                        fetch();
                }
                while (fetched < 200 + video)
                    fetch();
            });
    }
    EXPECT_EQ(right, 6 * 200 + 15);
    EXPECT_THAT(model.sizes(), testing::Each(Le(8U)));
}

TEST(Batcher, BatchesOfALoneVideoDoNotDependOnTime) {
    for (int round = 0; round < 20; ++round) {
        DoublingModel model;
        Batcher batcher(model, {.size = 4, .delay = {}}, silent_log());
        const auto lane = batcher.open_lane({});
        int fetched = 0;
        for (int frame = 0; frame < 22; ++frame) {
            while (lane->full()) {
                EXPECT_EQ(number_in(lane->next()), 2 * fetched);
                ++fetched;
            }
            lane->add(crop_of(static_cast<float>(frame)));
        }
        for (; fetched < 22; ++fetched)
            EXPECT_EQ(number_in(lane->next()), 2 * fetched);
        EXPECT_THAT(model.sizes(), ElementsAre(4, 4, 4, 4, 4, 2));
    }
}

TEST(Batcher, RunsTwoBatchesAtOnceWhereTheModelWantsAndKeepsEachVideosOrder) {
    DoublingModel model;
    model.turn_order_around();
    Batcher batcher(model, {.size = 4, .delay = {}}, silent_log());
    const auto lane = batcher.open_lane({});
    for (int i = 0; i < 8; ++i)
        lane->add(crop_of(static_cast<float>(i)));
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(number_in(lane->next()), 2 * i);
    EXPECT_THAT(model.sizes(), ElementsAre(4, 4));
}

TEST(Batcher, AFailureStaysWithItsVideo) {
    for (const float broken : {DoublingModel::error, DoublingModel::exception}) {
        DoublingModel model;
        Batcher batcher(model, {.size = 3, .delay = std::chrono::hours(1)}, silent_log());
        const auto good = batcher.open_lane({}), bad = batcher.open_lane({}), third = batcher.open_lane({});
        for (int i = 0; i < 2; ++i) {
            good->add(crop_of(1));
            third->add(crop_of(3));
            bad->add(crop_of(broken));
        }
        EXPECT_EQ(number_in(good->next()), 2);
        EXPECT_EQ(number_in(third->next()), 6);
        const auto failure = bad->next().error();
        EXPECT_EQ(failure.code, broken == DoublingModel::error ? Code::corrupt_model : Code::internal);
        EXPECT_EQ(failure.message.find("out of numbers"), std::string::npos) << "that is for the log";
        bad->add(crop_of(4));
        EXPECT_EQ(bad->next().error(), failure);
        good->add(crop_of(5));
        EXPECT_EQ(number_in(good->next()), 2);
    }
}

TEST(Batcher, RefusesAModelThatLosesResults) {
    DoublingModel model;
    model.loses_one = true;
    Batcher batcher(model, {.size = 2, .delay = milliseconds(1)}, silent_log());
    const auto lane = batcher.open_lane({});
    lane->add(crop_of(1));
    lane->add(crop_of(2));
    EXPECT_EQ(lane->next().error().message, "the model gave 1 results for 2 crops");
}

TEST(Batcher, ACancelEndsTheWaitAndDropsThatVideosCropsOnly) {
    DoublingModel model;
    model.close_gate();
    Batcher batcher(model, {.size = 2, .delay = std::chrono::hours(1)}, silent_log());
    const auto other = batcher.open_lane({});
    std::stop_source stop;
    auto cancelled = batcher.open_lane(stop.get_token());
    cancelled->add(crop_of(10));
    other->add(crop_of(1));
    model.wait_for_batch(1);
    cancelled->add(crop_of(11));  // behind the batch that the model has now
    {
        const std::jthread canceller([&] { stop.request_stop(); });
        EXPECT_EQ(cancelled->next().error().code, Code::cancelled);
    }
    cancelled.reset();
    other->add(crop_of(2));
    other->add(crop_of(3));
    model.open_gate();
    for (const float expected : {2.0F, 4.0F, 6.0F})
        EXPECT_EQ(number_in(other->next()), expected);
    EXPECT_THAT(model.asked(), testing::UnorderedElementsAre(10, 1, 2, 3));
}

TEST(Batcher, ACropWaitsForOthersNoLongerThanTheDelay) {
    DoublingModel model;
    Batcher batcher(model, {.size = 100, .delay = milliseconds(5)}, silent_log());
    const auto busy_elsewhere = batcher.open_lane({});
    const auto lane = batcher.open_lane({});
    lane->add(crop_of(4));
    EXPECT_EQ(number_in(lane->next()), 8);
}

TEST(Batcher, EndsWithCropsThatNobodyWantsAnyMore) {
    DoublingModel model;
    Batcher batcher(model, {.size = 2, .delay = std::chrono::hours(1)}, silent_log());
    const auto waiting = batcher.open_lane({});
    batcher.open_lane({})->add(crop_of(1));
    EXPECT_TRUE(model.asked().empty());
}

}  // namespace
}  // namespace posed::estimation
