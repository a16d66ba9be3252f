// Records go in and out, are listed, and go away together with their objects.

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database/estimations.h"
#include "database/removals.h"
#include "database/sample_database.h"
#include "database/videos.h"
#include "database/visualizations.h"
#include "database/workers.h"

namespace posed::database {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string digest(char digit) {
    return std::string().append(64, digit);
}

VideoRecord sample_video(char digit, const std::string& filename = "clip.mp4") {
    return {.sha256 = digest(digit),
            .storage_key = "videos/" + std::string(1, digit),
            .filename = filename,
            .media_type = "video/mp4",
            .size_bytes = 5'000'000'000,
            .coded = {1920, 1080},
            .displayed = {1080, 1920},
            .rotation = 90,
            .fps = 29.97,
            .duration = 12'345'678us,
            .frame_count = 370,
            .codec = "h264",
            .description = "a squat"};
}

EstimationRecord sample_estimation(std::int64_t video_id, char digit) {
    return {.video_id = video_id,
            .recipe_hash = digest(digit),
            .storage_key = "estimations/" + std::string(1, digit),
            .estimator = "blazepose-full",
            .weights_digest = digest('w'),
            .engine_revision = 7,
            .engine_version = "0.1.0",
            .requested_size = {1920, 1080},
            .requested_fps = 20,
            .skip_start_seconds = 0.1,
            .duration_seconds = 10,
            .frame_count = 200,
            .person_frame_count = 180,
            .lost_frame_count = 3,
            .include_mesh = digit == '2',
            .description = "first try"};
}

VisualizationRecord sample_visualization(std::int64_t estimation_id, char digit) {
    return {.estimation_id = estimation_id,
            .recipe_hash = digest(digit),
            .storage_key = "visualizations/" + std::string(1, digit),
            .show_bbox = true,
            .show_skeleton = true,
            .show_mesh = digit == '2',
            .crf = 20,
            .preset = "slower"};
}

class RepositoriesTest : public DatabaseSuite {
  protected:
    std::int64_t add_video(char digit, const std::string& filename = "clip.mp4") {
        const auto video = sample_video(digit, filename);
        removals.announce(video.storage_key, clock.now() + 1min);
        return videos.insert(video).value().record.id;
    }

    std::int64_t add_estimation(std::int64_t video_id, char digit) {
        const auto estimation = sample_estimation(video_id, digit);
        removals.announce(estimation.storage_key, clock.now() + 1min);
        return estimations.insert(estimation).value().record.id;
    }

    std::int64_t add_visualization(std::int64_t estimation_id, char digit) {
        const auto visualization = sample_visualization(estimation_id, digit);
        removals.announce(visualization.storage_key, clock.now() + 1min);
        return visualizations.insert(visualization).value().record.id;
    }

    std::unique_ptr<Database> database = open_with_tables();
    Transaction transaction = database->write();
    Videos videos{transaction};
    Estimations estimations{transaction};
    Visualizations visualizations{transaction};
    Removals removals{transaction};
    Workers workers{transaction};
};

template <class Record>
std::vector<std::int64_t> ids_of(const Page<Record>& page) {
    std::vector<std::int64_t> ids;
    for (const auto& record : page.records)
        ids.push_back(record.id);
    return ids;
}

INSTANTIATE_TEST_SUITE_P(, RepositoriesTest, every_database(), name_of_kind);

TEST_P(RepositoriesTest, RecordsComeBackAsTheyWentIn) {
    auto video = sample_video('a');
    removals.announce(video.storage_key, clock.now());
    const auto inserted_video = videos.insert(video).value();
    EXPECT_TRUE(inserted_video.created);
    video.id = inserted_video.record.id;
    video.created_at = clock.now();
    EXPECT_EQ(inserted_video.record, video);
    EXPECT_EQ(videos.find(video.id), video);
    EXPECT_EQ(videos.find_by_sha256(video.sha256), video);

    auto estimation = sample_estimation(video.id, 'b');
    removals.announce(estimation.storage_key, clock.now());
    const auto inserted_estimation = estimations.insert(estimation).value();
    EXPECT_TRUE(inserted_estimation.created);
    estimation.id = inserted_estimation.record.id;
    estimation.created_at = clock.now();
    EXPECT_EQ(estimations.find(estimation.id), estimation);
    EXPECT_EQ(estimations.find_by_recipe(estimation.recipe_hash), estimation);

    auto visualization = sample_visualization(estimation.id, 'c');
    removals.announce(visualization.storage_key, clock.now());
    const auto inserted_visualization = visualizations.insert(visualization).value();
    EXPECT_TRUE(inserted_visualization.created);
    visualization.id = inserted_visualization.record.id;
    visualization.created_at = clock.now();
    EXPECT_EQ(visualizations.find(visualization.id), visualization);
    EXPECT_EQ(visualizations.find_by_recipe(visualization.recipe_hash), visualization);
}

TEST_P(RepositoriesTest, UnknownValuesStayUnknown) {
    auto video = sample_video('a');
    video.fps.reset();
    video.duration.reset();
    video.frame_count.reset();
    video.description.reset();
    removals.announce(video.storage_key, clock.now());
    const auto found = videos.insert(video).value().record;
    EXPECT_FALSE(found.fps || found.duration || found.frame_count || found.description);
}

TEST_P(RepositoriesTest, KnownContentGivesTheRowThatIsThere) {
    const auto id = add_video('a');
    auto again = sample_video('a', "another name.mp4");
    again.storage_key = "videos/a-again";
    removals.announce(again.storage_key, clock.now());
    const auto inserted = videos.insert(again).value();
    EXPECT_FALSE(inserted.created);
    EXPECT_EQ(inserted.record.id, id);
    EXPECT_EQ(inserted.record.filename, "clip.mp4");
    EXPECT_TRUE(removals.find("videos/a-again")) << "the second object has no row, and must go";

    const auto estimation = add_estimation(id, 'b');
    EXPECT_EQ(estimations.insert(sample_estimation(id, 'b')).value().record.id, estimation);
    const auto visualization = add_visualization(estimation, 'c');
    EXPECT_EQ(visualizations.insert(sample_visualization(estimation, 'c')).value().record.id, visualization);
}

TEST_P(RepositoriesTest, ARowTakesItsObjectOffTheListOfRemovals) {
    add_video('a');
    EXPECT_FALSE(removals.find("videos/a"));
    EXPECT_EQ(videos.insert(sample_video('b')).error().code, Code::conflict) << "never announced, or removed";
    removals.announce("videos/c", clock.now());
    EXPECT_THAT(removals.claim_due(10, 1min), ElementsAre("videos/c"));
    EXPECT_EQ(videos.insert(sample_video('c')).error().code, Code::conflict) << "being removed";
}

TEST_P(RepositoriesTest, ARowNeedsItsParent) {
    EXPECT_EQ(estimations.insert(sample_estimation(99, 'b')).error().code, Code::not_found);
    EXPECT_EQ(visualizations.insert(sample_visualization(99, 'c')).error().code, Code::not_found);
}

TEST_P(RepositoriesTest, RefusesTextThatADatabaseCannotKeep) {
    using namespace std::string_literals;
    for (const auto& text : {"a\0b"s, "caf\xe9"s, "\xed\xa0\x80"s, "\xc0\x80"s}) {
        auto video = sample_video('a', text);
        EXPECT_EQ(videos.insert(video).error().code, Code::invalid_argument);
        video = sample_video('a');
        video.description = text;
        EXPECT_EQ(videos.insert(video).error().code, Code::invalid_argument);
        EXPECT_EQ(videos.list({.text = text}).error().code, Code::invalid_argument);
        EXPECT_EQ(estimations.list({.text = text}).error().code, Code::invalid_argument);
        auto estimation = sample_estimation(1, 'b');
        estimation.description = text;
        EXPECT_EQ(estimations.insert(estimation).error().code, Code::invalid_argument);
        auto visualization = sample_visualization(1, 'c');
        visualization.description = text;
        EXPECT_EQ(visualizations.insert(visualization).error().code, Code::invalid_argument);
    }
}

TEST_P(RepositoriesTest, IdsAreNeverUsedAgain) {
    const auto first = add_video('a');
    const auto second = add_video('b');
    ASSERT_TRUE(videos.remove(second));
    const auto third = add_video('c');
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
}

TEST_P(RepositoriesTest, ListsInParts) {
    std::vector<std::int64_t> ids;
    for (const char digit : {'a', 'b', 'c', 'd', 'e'})
        ids.push_back(add_video(digit));
    const auto middle = videos.list({.skip = 1, .limit = 2}).value();
    EXPECT_THAT(ids_of(middle), ElementsAre(ids[1], ids[2]));
    EXPECT_EQ(middle.total, 5);
    const auto beyond = videos.list({.skip = 9}).value();
    EXPECT_THAT(beyond.records, IsEmpty());
    EXPECT_EQ(beyond.total, 5);
}

TEST_P(RepositoriesTest, FindsTextInNamesAndDescriptions) {
    const auto squat = add_video('a', "Squat_1.mp4");
    const auto jump = add_video('b', "100% jump.mp4");
    const auto squats = [&](const char* text) { return ids_of(videos.list({.text = text}).value()); };
    EXPECT_THAT(squats("squat_1"), ElementsAre(squat)) << "whatever the case";
    EXPECT_THAT(squats("A SQUAT"), ElementsAre(squat, jump)) << "both descriptions";
    EXPECT_THAT(squats("100%"), ElementsAre(jump)) << "% is a character";
    EXPECT_THAT(squats("t_1"), ElementsAre(squat)) << "_ is a character";
    EXPECT_THAT(squats("t\\1"), IsEmpty());
    EXPECT_THAT(squats("' OR 1=1 --"), IsEmpty());

    const auto estimation = add_estimation(jump, 'c');
    const auto visualization = add_visualization(estimation, 'd');
    EXPECT_THAT(ids_of(estimations.list({.text = "JUMP"}).value()), ElementsAre(estimation));
    EXPECT_THAT(ids_of(estimations.list({.text = "first"}).value()), ElementsAre(estimation));
    EXPECT_THAT(ids_of(estimations.list({.text = "squat"}).value()), IsEmpty());
    EXPECT_THAT(ids_of(visualizations.list({.text = "jump"}).value()), ElementsAre(visualization));
}

TEST_P(RepositoriesTest, ListsTheChildrenOfAParent) {
    const auto video = add_video('a');
    const auto other = add_video('b');
    const auto estimation = add_estimation(video, 'c');
    const auto another = add_estimation(other, 'd');
    const auto visualization = add_visualization(estimation, 'e');
    add_visualization(another, 'f');
    EXPECT_THAT(ids_of(estimations.list({}, video).value()), ElementsAre(estimation));
    EXPECT_EQ(estimations.list({}).value().total, 2);
    const auto drawn = visualizations.list({.text = "clip"}, estimation).value();
    EXPECT_THAT(ids_of(drawn), ElementsAre(visualization));
    EXPECT_EQ(drawn.total, 1);
}

TEST_P(RepositoriesTest, NamesTheOldest) {
    const auto old = add_video('a');
    clock.advance(1h);
    add_video('b');
    EXPECT_THAT(videos.created_before(clock.now(), 10), ElementsAre(old));
    EXPECT_THAT(videos.created_before(clock.now() + 1us, 1), ElementsAre(old));
    EXPECT_THAT(estimations.created_before(clock.now(), 10), IsEmpty());
    EXPECT_THAT(visualizations.created_before(clock.now(), 10), IsEmpty());
}

TEST_P(RepositoriesTest, AVideoTakesAllThatWasDerivedFromItAlong) {
    const auto video = add_video('a');
    const auto estimation = add_estimation(video, 'b');
    const auto visualization = add_visualization(estimation, 'c');
    const auto kept_video = add_video('d');
    const auto kept_estimation = add_estimation(kept_video, 'e');
    const auto removed = videos.remove(video).value();
    EXPECT_THAT(removed.estimation_ids, ElementsAre(estimation));
    EXPECT_THAT(removed.visualization_ids, ElementsAre(visualization));
    EXPECT_FALSE(videos.find(video) || estimations.find(estimation) || visualizations.find(visualization));
    EXPECT_TRUE(estimations.find(kept_estimation));
    EXPECT_THAT(removals.claim_due(10, 1min),
                testing::UnorderedElementsAre("videos/a", "estimations/b", "visualizations/c"));
    EXPECT_EQ(videos.remove(video).error().code, Code::not_found);
}

TEST_P(RepositoriesTest, AnEstimationTakesItsVisualizationsAlong) {
    const auto estimation = add_estimation(add_video('a'), 'b');
    const auto first = add_visualization(estimation, 'c');
    const auto second = add_visualization(estimation, 'd');
    ASSERT_TRUE(visualizations.remove(first));
    EXPECT_EQ(visualizations.remove(first).error().code, Code::not_found);
    const auto removed = estimations.remove(estimation).value();
    EXPECT_THAT(removed.visualization_ids, ElementsAre(second));
    EXPECT_EQ(estimations.remove(estimation).error().code, Code::not_found);
    EXPECT_EQ(videos.list({}).value().total, 1);
    EXPECT_THAT(removals.claim_due(10, 1min),
                testing::UnorderedElementsAre("visualizations/c", "visualizations/d", "estimations/b"));
}

TEST_P(RepositoriesTest, RemovalsAreClaimedWhenTheyAreDue) {
    removals.announce("late", clock.now() + 2min);
    removals.announce("soon", clock.now() + 1min);
    EXPECT_THAT(removals.claim_due(10, 1h), IsEmpty());
    EXPECT_TRUE(removals.extend("soon", clock.now() + 2min)) << "it is still written";
    clock.advance(2min);
    EXPECT_THAT(removals.claim_due(1, 1h).size(), 1U);
    EXPECT_THAT(removals.claim_due(10, 1h).size(), 1U);
    EXPECT_THAT(removals.claim_due(10, 1h), IsEmpty()) << "nobody gets a key twice";
    EXPECT_FALSE(removals.extend("soon", clock.now() + 1h)) << "too late";
    EXPECT_EQ(removals.take_back("soon").error().code, Code::conflict);
    removals.finish("soon");
    clock.advance(1h);
    EXPECT_THAT(removals.claim_due(10, 1h), ElementsAre("late")) << "whoever claimed it has died";
    EXPECT_EQ(removals.find("late")->claimed_at, clock.now());
}

WorkerRecord sample_worker(const std::string& id, std::vector<Capability> capabilities) {
    return {.id = id,
            .queue = "inference",
            .host = "here",
            .binary_version = "0.1.0",
            .slots = 2,
            .capabilities = std::move(capabilities)};
}

Capability estimates_with(const std::string& weights_digest) {
    return {.task_kind = "estimate",
            .parameter_version = 1,
            .estimator = "blazepose-full",
            .weights_digest = weights_digest,
            .engine_revision = 3};
}

TEST_P(RepositoriesTest, KnowsWhoIsAlive) {
    const Capability draws{.task_kind = "render", .parameter_version = 1};
    auto worker = sample_worker("w1", {estimates_with("d1"), draws});
    workers.add(worker);
    workers.add(sample_worker("w2", {}));
    clock.advance(30s);
    EXPECT_TRUE(workers.heartbeat("w1"));
    worker.registered_at = clock.now() - 30s;
    worker.heartbeat_at = clock.now();
    EXPECT_THAT(workers.live(clock.now() - 10s), ElementsAre(worker));
    EXPECT_EQ(workers.live(clock.now() - 30s).size(), 2U);
    workers.end("w1");
    EXPECT_THAT(workers.live(clock.now() - 10s), IsEmpty());
    EXPECT_FALSE(workers.heartbeat("w1")) << "it has ended";
    EXPECT_FALSE(workers.heartbeat("unknown"));
}

TEST_P(RepositoriesTest, PinsToTheNewestThatCanRun) {
    EXPECT_FALSE(workers.find_capability("estimate", 1, "blazepose-full")) << "never seen";
    workers.add(sample_worker("w1", {estimates_with("d1")}));
    clock.advance(1s);
    workers.add(sample_worker("w2", {estimates_with("d2")}));
    clock.advance(1s);
    const Capability cannot{.task_kind = "estimate",
                            .parameter_version = 1,
                            .estimator = "blazepose-full",
                            .unavailable_reason = "no weights"};
    workers.add(sample_worker("w3", {cannot}));
    workers.end("w2");
    EXPECT_EQ(workers.find_capability("estimate", 1, "blazepose-full"), estimates_with("d2"));
    EXPECT_FALSE(workers.find_capability("estimate", 1, "sam-3d-body"));
    EXPECT_FALSE(workers.find_capability("estimate", 1, std::nullopt));
}

TEST_P(RepositoriesTest, PinsToWhoReadsTheParametersRatherThanToTheNewest) {
    auto newer = estimates_with("d1");
    newer.parameter_version = 2;
    workers.add(sample_worker("w1", {newer}));
    clock.advance(1s);
    workers.add(sample_worker("w2", {estimates_with("d2")}));
    EXPECT_EQ(workers.find_capability("estimate", 2, "blazepose-full"), newer);
    EXPECT_EQ(workers.find_capability("estimate", 1, "blazepose-full"), estimates_with("d2"));
    EXPECT_EQ(workers.find_capability("estimate", 3, "blazepose-full"), estimates_with("d2"));
}

TEST_P(RepositoriesTest, ForgetsWorkersButNotWhatTheyWereTheLastToAnnounce) {
    workers.add(sample_worker("w1", {estimates_with("d1")}));
    clock.advance(1h);
    workers.add(sample_worker("w2", {estimates_with("d2")}));
    workers.add(sample_worker("w3", {}));
    clock.advance(1h);
    workers.forget(clock.now());
    const auto left = workers.live({});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().id, "w2");
    EXPECT_EQ(workers.find_capability("estimate", 1, "blazepose-full"), estimates_with("d2"));
}

}  // namespace
}  // namespace posed::database
