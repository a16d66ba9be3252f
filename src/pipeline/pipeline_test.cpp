#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/bounded_queue.h"
#include "pipeline/expected_frames.h"
#include "pipeline/stage.h"

namespace posed::pipeline {
namespace {

using Produced = Result<std::optional<int>>;

TEST(Stage, YieldsEverythingInOrderAndThenNothing) {
    int next = 0;
    Stage<int> stage({.most = 3, .rest_until = 2},
                     [&]() -> Produced { return next < 100 ? std::optional(next++) : std::nullopt; });
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(stage.next().value(), i);
    EXPECT_EQ(stage.next().value(), std::nullopt);
    EXPECT_EQ(stage.next().value(), std::nullopt);
}

TEST(Stage, EndsWithItsErrorAfterTheItemsBefore) {
    int next = 0;
    Stage<int> stage({.most = 2, .rest_until = 1}, [&]() -> Produced {
        if (next == 5)
            return fail(Code::corrupt_media, "broken");
        return std::optional(next++);
    });
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(stage.next().value(), i);
    EXPECT_EQ(stage.next().error().code, Code::corrupt_media);
}

TEST(Stage, NeverRunsFurtherAheadThanAsked) {
    std::atomic<int> made = 0;
    Stage<int> stage({.most = 4, .rest_until = 3}, [&]() -> Produced { return std::optional(++made); });
    for (int taken = 1; taken <= 1000; ++taken) {
        (void)stage.next();
        ASSERT_LE(made.load(), taken + 4);
    }
}

TEST(Stage, DestructionFreesAStageThatWaitsForRoom) {
    auto held = std::make_shared<int>(1);
    {
        Stage<std::shared_ptr<int>> stage(
            {.most = 2, .rest_until = 1},
            [&]() -> Result<std::optional<std::shared_ptr<int>>> { return std::optional(held); });
        (void)stage.next();
    }
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Stage, RestsFromAFullQueueUntilItIsNearlyEmpty) {
    std::atomic<int> made = 0;
    Stage<int> stage({.most = 4, .rest_until = 1}, [&]() -> Produced { return std::optional(++made); });
    while (!stage.rests())
        std::this_thread::yield();
    for (int taken = 1; taken <= 2; ++taken) {
        EXPECT_EQ(stage.next().value(), taken);
        EXPECT_TRUE(stage.rests());
        EXPECT_EQ(made, 4);
    }
    EXPECT_EQ(stage.next().value(), 3);
    while (made < 7)  // one was left: it fills up to four
        std::this_thread::yield();
    while (!stage.rests())
        std::this_thread::yield();
    EXPECT_EQ(made, 7);
}

TEST(Stage, RestsAfterItsEnd) {
    Stage<int> stage({.most = 4, .rest_until = 1}, []() -> Produced { return std::nullopt; });
    EXPECT_EQ(stage.next().value(), std::nullopt);
    while (!stage.rests())
        std::this_thread::yield();
}

TEST(BoundedQueue, ClosingLetsTheReaderEmptyIt) {
    BoundedQueue<int> queue({.most = 4, .rest_until = 3});
    EXPECT_TRUE(queue.push(1));
    EXPECT_TRUE(queue.push(2));
    queue.close();
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 2);
    EXPECT_EQ(queue.pop(), std::nullopt);
    queue.abandon();
    EXPECT_FALSE(queue.push(3));
}

VideoInfo ten_seconds_at_25() {
    VideoInfo video;
    video.duration = std::chrono::seconds(10);
    video.frame_rate = {25, 1};
    video.frame_count = 249;
    return video;
}

TEST(ExpectedFrames, FollowTheSelection) {
    const auto video = ten_seconds_at_25();
    EXPECT_EQ(expected_frames(video, {}), 249);
    EXPECT_EQ(expected_frames(video, {.start = std::chrono::seconds(4), .duration = {}, .rate = {}}), 150);
    EXPECT_EQ(expected_frames(video, {.start = std::chrono::seconds(4),
                                      .duration = std::chrono::seconds(2),
                                      .rate = Rational{10, 1}}),
              20);
    EXPECT_EQ(expected_frames(video, {.start = std::chrono::seconds(99), .duration = {}, .rate = {}}), 0);
    EXPECT_EQ(expected_frames({}, {}), std::nullopt);
}

}  // namespace
}  // namespace posed::pipeline
