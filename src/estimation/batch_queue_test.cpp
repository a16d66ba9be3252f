// How batches are formed, in made-up time.

#include "estimation/batch_queue.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posed::estimation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using Time = BatchQueue::Time;

Crop crop_of(int number) {
    return {.pixels = {static_cast<float>(number)}};
}

std::vector<Inference> echo(const Batch& batch, std::size_t begin, std::size_t count) {
    std::vector<Inference> inferences;
    for (std::size_t i = begin; i < begin + count; ++i)
        inferences.push_back({{batch.crops[i].pixels}});
    return inferences;
}

void finish(BatchQueue& queue, const Batch& batch) {
    std::size_t begin = 0;
    for (const auto& part : batch.parts) {
        queue.finish(part, echo(batch, begin, part.count));
        begin += part.count;
    }
}

std::vector<int> numbers_in(const Batch& batch) {
    std::vector<int> numbers;
    for (const auto& crop : batch.crops)
        numbers.push_back(static_cast<int>(crop.pixels.front()));
    return numbers;
}

TEST(BatchQueue, TakesFromEachVideoInTurn) {
    BatchQueue queue({.size = 4, .delay = seconds(1)});
    const auto a = queue.open(), b = queue.open(), c = queue.open();
    for (int i = 0; i < 6; ++i)
        queue.add(a, crop_of(i), {});
    queue.add(b, crop_of(10), {});
    queue.add(c, crop_of(20), {});
    queue.add(c, crop_of(21), {});
    EXPECT_THAT(numbers_in(queue.take()), testing::UnorderedElementsAre(0, 10, 20, 21));
    EXPECT_THAT(numbers_in(queue.take()), ElementsAre(1, 2, 3, 4));
}

TEST(BatchQueue, ServesMoreVideosThanABatchHasPlaces) {
    BatchQueue queue({.size = 2, .delay = seconds(1)});
    std::map<int, int> served;
    for (int video = 0; video < 5; ++video) {
        const auto lane = queue.open();
        for (int i = 0; i < 4; ++i)
            queue.add(lane, crop_of(video), {});
    }
    for (int batch = 0; batch < 5; ++batch)
        for (const int video : numbers_in(queue.take()))
            ++served[video];
    for (int video = 0; video < 5; ++video)
        EXPECT_EQ(served[video], 2) << video;
}

TEST(BatchQueue, WaitsForAFullBatchNoLongerThanTheDelay) {
    BatchQueue queue({.size = 3, .delay = milliseconds(20)});
    const auto a = queue.open(), b = queue.open();
    EXPECT_EQ(queue.due(), std::nullopt);
    const Time begin{};
    queue.add(a, crop_of(0), begin + milliseconds(5));
    queue.add(b, crop_of(1), begin + milliseconds(1));
    EXPECT_EQ(queue.due(), begin + milliseconds(21));
    queue.add(b, crop_of(2), begin + milliseconds(6));
    EXPECT_EQ(queue.due(), Time::min());
}

TEST(BatchQueue, DoesNotWaitForVideosThatWaitThemselves) {
    BatchQueue queue({.size = 3, .delay = {}});
    const auto a = queue.open(), b = queue.open();
    queue.add(a, crop_of(0), {});
    queue.add(b, crop_of(1), {});
    EXPECT_FALSE(queue.fetch(a).has_value());
    EXPECT_EQ(queue.due(), std::nullopt) << "b may add another";
    EXPECT_FALSE(queue.fetch(b).has_value());
    EXPECT_EQ(queue.due(), Time::min());
    const auto batch = queue.take();
    EXPECT_THAT(numbers_in(batch), ElementsAre(0, 1));
    finish(queue, batch);
    queue.add(a, crop_of(2), {});
    EXPECT_FALSE(queue.fetch(a)->value().outputs.empty());
    EXPECT_EQ(queue.due(), std::nullopt);
    queue.close(b);
    EXPECT_FALSE(queue.fetch(a).has_value());
    EXPECT_EQ(queue.due(), Time::min());
}

TEST(BatchQueue, ALaneIsFullWithTwoBatchesUntilTheirInferencesAreFetched) {
    BatchQueue queue({.size = 2, .delay = seconds(1)});
    const auto lane = queue.open();
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(queue.full(lane));
        queue.add(lane, crop_of(i), {});
    }
    EXPECT_TRUE(queue.full(lane));
    finish(queue, queue.take());
    EXPECT_TRUE(queue.full(lane));
    EXPECT_TRUE(queue.fetch(lane).has_value());
    EXPECT_FALSE(queue.full(lane));
}

TEST(BatchQueue, DropsWhatIsOfAClosedVideo) {
    BatchQueue queue({.size = 2, .delay = seconds(1)});
    const auto a = queue.open(), b = queue.open();
    for (int i = 0; i < 3; ++i) {
        queue.add(a, crop_of(i), {});
        queue.add(b, crop_of(10 + i), {});
    }
    const auto batch = queue.take();
    queue.close(a);
    EXPECT_EQ(queue.ready(), 2U);
    finish(queue, batch);
    EXPECT_THAT(numbers_in(queue.take()), ElementsAre(11, 12));
    EXPECT_EQ(queue.fetch(b)->value().outputs.front().front(), 10);
}

TEST(BatchQueue, TheFailureOfAVideoComesAfterWhatItHasAndTakesTheRest) {
    BatchQueue queue({.size = 1, .delay = seconds(1)});
    const auto lane = queue.open();
    queue.add(lane, crop_of(0), {});
    queue.add(lane, crop_of(1), {});
    finish(queue, queue.take());
    const auto batch = queue.take();
    queue.add(lane, crop_of(2), {});
    queue.finish(batch.parts.front(), fail(Code::internal, "broken"));
    EXPECT_EQ(queue.ready(), 0U);
    EXPECT_TRUE(queue.fetch(lane)->has_value());
    queue.add(lane, crop_of(3), {});
    EXPECT_EQ(queue.ready(), 0U);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(queue.fetch(lane)->error().message, "broken");
}

/// A device that takes 40 ms for a batch, whatever its size up to 32, and clips whose frames come from a
/// source of so many a second as long as their lanes have room. Time goes from event to event.
class Simulation {
  public:
    struct Clip {
        int frames = 0;
        microseconds interval{};  ///< of its source
        Time submitted{};

        // What becomes of it.
        Time finished{};
        int added = 0;
        int fetched = 0;
        std::size_t most_held = 0;
        LaneId lane = 0;
        Time next_frame{};
        bool open = false;
    };

    struct Taken {
        std::size_t ready;
        std::size_t size;
    };

    explicit Simulation(std::vector<Clip> clips) : clips_(std::move(clips)) {}

    void run() {
        while (std::ranges::any_of(clips_, [](const Clip& clip) { return clip.fetched < clip.frames; })) {
            if (device_free_at_ <= now_)
                end_batch();
            for (auto& clip : clips_)
                advance(clip);
            if (batch_.crops.empty() && queue_.due() && *queue_.due() <= now_)
                begin_batch();
            step();
        }
    }

    [[nodiscard]] const Clip& clip(std::size_t i) const { return clips_[i]; }
    [[nodiscard]] const std::vector<Taken>& taken() const { return taken_; }
    [[nodiscard]] microseconds longest_idle_with_frames() const { return longest_idle_; }

  private:
    static constexpr milliseconds batch_takes{40};

    void end_batch() {
        for (const auto& part : batch_.parts)
            queue_.finish(part, std::vector<Inference>(part.count));
        batch_ = {};
        device_free_at_ = Time::max();
        idle_since_ = now_;
    }

    void begin_batch() {
        const auto ready = queue_.ready();
        batch_ = queue_.take();
        taken_.push_back({ready, batch_.crops.size()});
        device_free_at_ = now_ + batch_takes;
        longest_idle_ =
            std::max(longest_idle_,
                     std::chrono::duration_cast<microseconds>(now_ - std::max(idle_since_, ready_since_)));
    }

    /// What the clip's thread does until it has to wait.
    void advance(Clip& clip) {
        if (clip.fetched == clip.frames || now_ < clip.submitted)
            return;
        if (!std::exchange(clip.open, true)) {
            clip.lane = queue_.open();
            clip.next_frame = now_ + clip.interval;
        }
        while (true) {
            if (clip.added == clip.frames || queue_.full(clip.lane)) {
                if (!queue_.fetch(clip.lane))
                    return;
                if (++clip.fetched == clip.frames) {
                    clip.finished = now_;
                    queue_.close(clip.lane);
                    return;
                }
            } else {
                if (now_ < clip.next_frame)
                    return;
                if (queue_.ready() == 0)
                    ready_since_ = now_;
                queue_.add(clip.lane, {}, now_);
                ++clip.added;
                clip.most_held =
                    std::max(clip.most_held, static_cast<std::size_t>(clip.added - clip.fetched));
                clip.next_frame = std::max(clip.next_frame + clip.interval, now_);
            }
        }
    }

    /// To the next event.
    void step() {
        auto next = device_free_at_;
        for (const auto& clip : clips_) {
            if (now_ < clip.submitted)
                next = std::min(next, clip.submitted);
            else if (clip.added < clip.frames && !queue_.full(clip.lane))
                next = std::min(next, clip.next_frame);
        }
        if (batch_.crops.empty() && queue_.due())
            next = std::min(next, *queue_.due());
        now_ = std::max(now_, next);
    }

    BatchQueue queue_{{.size = 32, .delay = milliseconds(20)}};
    std::vector<Clip> clips_;
    Time now_{};
    Batch batch_;
    Time device_free_at_ = Time::max();
    Time idle_since_{};
    Time ready_since_{};
    microseconds longest_idle_{};
    std::vector<Taken> taken_;
};

double fill_of(const std::vector<Simulation::Taken>& taken, std::size_t ready_at_least) {
    double size = 0;
    double count = 0;
    for (const auto& batch : taken)
        if (batch.ready >= ready_at_least) {
            size += static_cast<double>(batch.size);
            count += 32;
        }
    EXPECT_GT(count, 0);
    return size / count;
}

double seconds_of(Time begin, Time end) {
    return std::chrono::duration<double>(end - begin).count();
}

TEST(BatchQueue, TenClipsAtOnceKeepBatchesFull) {
    for (const auto interval : {microseconds(500), microseconds(5000)}) {  // 2,000 a second each, or together
        Simulation simulation(std::vector<Simulation::Clip>(10, {.frames = 600, .interval = interval}));
        simulation.run();
        EXPECT_GE(fill_of(simulation.taken(), 32), 0.9);
        EXPECT_GE(fill_of(simulation.taken(), 0), 0.9) << "of all batches, first and last included";
        EXPECT_LE(simulation.longest_idle_with_frames(), milliseconds(20));
        for (std::size_t i = 0; i < 10; ++i) {
            EXPECT_EQ(simulation.clip(i).added, 600);
            EXPECT_LE(simulation.clip(i).most_held, 64U);
            EXPECT_LE(seconds_of({}, simulation.clip(i).finished), 6000 / 800.0 + 0.5);
        }
    }
}

TEST(BatchQueue, TheDeviceIsNeverIdleLongerThanTheDelayWhileFramesExist) {
    for (const int rate : {1, 10, 24, 60, 79, 80, 90}) {  // ten clips of at most 800 frames a second
        Simulation simulation(
            std::vector<Simulation::Clip>(10, {.frames = 50, .interval = microseconds(1'000'000 / rate)}));
        simulation.run();
        EXPECT_LE(simulation.longest_idle_with_frames(), milliseconds(20)) << rate;
        const auto last = simulation.clip(9).finished;
        EXPECT_LE(seconds_of({}, last), 50.0 / rate + 0.2) << rate;
    }
}

TEST(BatchQueue, AShortClipDoesNotWaitBehindALongOne) {
    const Simulation::Clip two_seconds{.frames = 60, .interval = microseconds(500)};
    Simulation alone({two_seconds});
    alone.run();
    for (const int long_clips : {1, 10}) {
        std::vector<Simulation::Clip> clips(long_clips, {.frames = 18'000, .interval = microseconds(500)});
        clips.push_back(two_seconds);
        clips.back().submitted = Time{} + seconds(5);
        Simulation together(clips);
        together.run();
        const double taken =
            seconds_of(together.clip(long_clips).submitted, together.clip(long_clips).finished);
        const double taken_alone = seconds_of({}, alone.clip(0).finished);
        EXPECT_LE(taken, taken_alone + 3) << long_clips;
        EXPECT_LE(taken, taken_alone + 0.1 + 0.1 * long_clips) << "its share of every batch";
        const double whole = (18'000.0 * long_clips + 60) / 800;
        EXPECT_LE(seconds_of({}, together.clip(0).finished), 1.02 * whole) << "the long one loses nothing";
    }
}

}  // namespace
}  // namespace posed::estimation
