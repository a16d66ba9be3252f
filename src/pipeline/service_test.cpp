#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "database/estimations.h"
#include "database/migrations.h"
#include "database/removals.h"
#include "database/videos.h"
#include "database/visualizations.h"
#include "estimation/load_estimator.h"
#include "pipeline/clear_away.h"
#include "pipeline/ingest_video.h"
#include "pipeline/remove_resources.h"
#include "pipeline/sample_workers.h"
#include "pipeline/submit_estimation.h"
#include "pipeline/submit_visualization.h"
#include "results/archive.h"
#include "storage/filesystem_store.h"
#include "tasks/find.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::pipeline {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

/// Opens in this process, after something else has happened.
class InterruptedOpener final : public media::Opener {
  public:
    explicit InterruptedOpener(std::function<void()> event) : event_(std::move(event)) {}

    Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits, Log& log) override {
        return media::in_process().probe(source, limits, log);
    }
    Result<std::unique_ptr<media::Decoder>> open_decoder(ByteSource& source,
                                                         const media::DecodeOptions& options,
                                                         Log& log) override {
        event_();
        return media::in_process().open_decoder(source, options, log);
    }
    Result<std::unique_ptr<media::Sound>> open_sound(ByteSource& source, Microseconds start,
                                                     Log& log) override {
        return media::in_process().open_sound(source, start, log);
    }

  private:
    std::function<void()> event_;
};

std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
    const auto source = open_file(path).value();
    std::vector<std::byte> bytes(static_cast<std::size_t>(source->size()));
    EXPECT_TRUE(read_exactly(*source, 0, bytes, Code::internal).has_value());
    return bytes;
}

/// A service without its processes: what its stories leave behind in a real database and a real store.
class Service : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        estimators["blazepose-lite"].estimator =
            estimation::load_estimator("blazepose-lite",
                                       {.module_directory = POSED_MODULE_DIRECTORY,
                                        .blazepose_directory = tests::blazepose_weights()},
                                       {}, silent_log())
                .value();
    }
    static void TearDownTestSuite() { estimators.clear(); }

    void SetUp() override {
        sqlite = database::open_sqlite(folder.path() / "posed.db", {}, clock).value();
        ASSERT_TRUE(database::migrate_up(*sqlite).has_value());
        local_store =
            storage::open_filesystem_store({.folder = folder.path() / "objects", .max_bytes = {}}, clock)
                .value();
        std::filesystem::create_directory(folder.path() / "scratch");
    }

    Stores stores() { return {*sqlite, *local_store, clock, random}; }

    Result<IngestedVideo> ingest(std::span<const std::byte> bytes, std::size_t piece = 100'000) {
        VideoIngestion ingestion({stores(), media::in_process(), {}, 1000, silent_log()}, "clip.mp4");
        for (std::size_t begin = 0; begin < bytes.size(); begin += piece)
            TRY(ingestion.write(bytes.subspan(begin, std::min(piece, bytes.size() - begin))));
        return ingestion.finish("a clip");
    }

    VideoRecord ingest_clip() { return ingest(bytes_of(tests::synthetic_clip())).value().video; }

    static EstimationRequest one_second_of(std::int64_t video_id) {
        return {.video_id = video_id,
                .frame_box = {640, 640},
                .selection = {.start = Microseconds(0),
                              .duration = Microseconds(1'000'000),
                              .rate = Rational{12, 1}},
                .estimator = "blazepose-lite"};
    }

    /// Carries out the next task of either queue.
    void work(media::Opener& opener = media::in_process()) {
        run_next_of_each_queue(stores(), metrics, opener, estimators, folder.path() / "scratch");
    }

    tasks::Task state_of(const tasks::Task& task) {
        auto transaction = sqlite->read();
        return tasks::find_task(transaction, task.id).value();
    }

    /// A worker of the first time announces what can be estimated.
    void announce_worker() { work(); }

    EstimationRecord estimate(const VideoRecord& video) {
        announce_worker();
        const auto task = submit_estimation(stores(), one_second_of(video.id), 10).value();
        work();
        auto transaction = sqlite->read();
        return database::Estimations(transaction).find(state_of(task).result.value().id).value();
    }

    std::vector<std::string> objects() {
        std::vector<std::string> keys;
        EXPECT_TRUE(local_store->list([&](const storage::ObjectInfo& object) { keys.push_back(object.key); })
                        .has_value());
        return keys;
    }

    std::int64_t rows_in(const std::string& table) {
        return sqlite->read().query("SELECT count(*) AS n FROM " + table).at(0).get<std::int64_t>("n");
    }

    ClearedAway clear() {
        return clear_away(stores(), {.tasks = std::chrono::hours(24 * 30), .results = {}}, silent_log());
    }

    tests::TemporaryFolder folder;
    ManualClock clock;
    SeededRandom random{1};
    Metrics metrics;
    std::unique_ptr<database::Database> sqlite;
    std::unique_ptr<storage::ObjectStore> local_store;

  private:
    static inline Estimators estimators;
};

TEST_F(Service, KeepsAnUploadByteForByteAndKnowsWhatItIs) {
    const auto bytes = bytes_of(tests::synthetic_clip());
    const auto ingested = ingest(bytes, 77).value();
    EXPECT_TRUE(ingested.created);
    EXPECT_EQ(ingested.video.displayed, (Size{540, 720}));
    EXPECT_EQ(ingested.video.codec, "h264");
    EXPECT_EQ(ingested.video.media_type, "video/mp4");
    EXPECT_EQ(ingested.video.description, "a clip");
    EXPECT_EQ(ingested.video.sha256, sha256_of(bytes));
    EXPECT_EQ(sha256_of(*local_store->open(ingested.video.storage_key).value()).value(), sha256_of(bytes));
    EXPECT_EQ(rows_in("removals"), 0);
}

TEST_F(Service, KeepsTheSameBytesOnce) {
    const auto first = ingest_clip();
    const auto again = ingest(bytes_of(tests::synthetic_clip())).value();
    EXPECT_FALSE(again.created);
    EXPECT_EQ(again.video, first);
    EXPECT_EQ(clear().objects, 1);
    EXPECT_THAT(objects(), testing::ElementsAre(first.storage_key));
    EXPECT_EQ(rows_in("removals"), 0);
}

TEST_F(Service, GivesConcurrentUploadsOfTheSameBytesTheSameVideo) {
    const auto bytes = bytes_of(tests::synthetic_clip());
    std::vector<Result<IngestedVideo>> ingested(6, fail(Code::internal, ""));
    {
        std::vector<std::jthread> clients;
        for (auto& result : ingested)
            clients.emplace_back([&] { result = ingest(bytes); });
    }
    int created = 0;
    for (const auto& result : ingested) {
        ASSERT_TRUE(result.has_value()) << result.error().message;
        EXPECT_EQ(result->video.id, ingested.front()->video.id);
        created += result->created ? 1 : 0;
    }
    EXPECT_EQ(created, 1);
    clear();
    EXPECT_THAT(objects(), SizeIs(1));
    EXPECT_EQ(rows_in("removals"), 0);
}

TEST_F(Service, RefusesWhatIsNoVideoAtItsFirstBytes) {
    const std::string text(600, 'x');
    VideoIngestion ingestion({stores(), media::in_process(), {}, 1000, silent_log()}, "clip.mp4");
    EXPECT_EQ(ingestion.write(std::as_bytes(std::span(text))).error().code, Code::unsupported_media);
    EXPECT_THAT(objects(), IsEmpty());
    EXPECT_EQ(rows_in("removals"), 0);
}

TEST_F(Service, RefusesEmptyFiles) {
    EXPECT_EQ(ingest({}).error().code, Code::malformed);
}

TEST_F(Service, LeavesNothingOfAVideoThatDoesNotDecode) {
    POSED_NEEDS(tests::shared_data() / "footage/bad/index_without_data.mp4");
    const auto refused = ingest(bytes_of(tests::shared_data() / "footage/bad/index_without_data.mp4"));
    EXPECT_EQ(refused.error().code, Code::corrupt_media);
    EXPECT_EQ(clear().objects, 1);
    EXPECT_THAT(objects(), IsEmpty());
    EXPECT_EQ(rows_in("videos"), 0);
}

TEST_F(Service, ForgetsAnUploadWhoseClientVanished) {
    {
        VideoIngestion ingestion({stores(), media::in_process(), {}, 1000, silent_log()}, "clip.mp4");
        ASSERT_TRUE(ingestion.write(bytes_of(tests::synthetic_clip())).has_value());
        EXPECT_EQ(rows_in("removals"), 1);
    }
    EXPECT_THAT(objects(), IsEmpty());
    clock.advance(std::chrono::minutes(11));
    EXPECT_EQ(clear().objects, 1);
    EXPECT_EQ(rows_in("removals"), 0);
}

TEST_F(Service, NoticesThatASlowUploadWasTakenForDead) {
    VideoIngestion ingestion({stores(), media::in_process(), {}, 1000, silent_log()}, "clip.mp4");
    const auto bytes = bytes_of(tests::synthetic_clip());
    ASSERT_TRUE(ingestion.write(std::span(bytes).first(1000)).has_value());
    clock.advance(std::chrono::minutes(11));
    clear();
    EXPECT_EQ(ingestion.write(std::span(bytes).subspan(1000)).error().code, Code::conflict);
}

TEST_F(Service, KeepsASlowUploadThatGoesOn) {
    VideoIngestion ingestion({stores(), media::in_process(), {}, 1000, silent_log()}, "clip.mp4");
    const auto bytes = bytes_of(tests::synthetic_clip());
    for (std::size_t begin = 0; begin < bytes.size(); begin += 20'000) {
        ASSERT_TRUE(
            ingestion
                .write(std::span(bytes).subspan(begin, std::min<std::size_t>(20'000, bytes.size() - begin)))
                .has_value());
        clock.advance(std::chrono::minutes(5));
        clear();
    }
    EXPECT_TRUE(ingestion.finish({}).value().created);
}

TEST_F(Service, EstimatesWhatWasSubmitted) {
    const auto video = ingest_clip();
    const auto estimation = estimate(video);
    EXPECT_EQ(estimation.video_id, video.id);
    EXPECT_EQ(estimation.frame_count, 12);
    EXPECT_EQ(estimation.requested_fps, 12);
    const auto source = local_store->open(estimation.storage_key).value();
    const auto archive = results::open_archive(*source).value();
    EXPECT_EQ(archive->counts().frames, 12);
    EXPECT_EQ(archive->counts().person_frames, estimation.person_frame_count);
    EXPECT_EQ(archive->header().recipe.video_sha256, video.sha256);
    EXPECT_EQ(rows_in("removals"), 0);
    EXPECT_EQ(tests::files_in(folder.path() / "scratch"), 0);
}

TEST_F(Service, AnswersAnEqualSubmitWithTheFinishedTask) {
    const auto video = ingest_clip();
    const auto estimation = estimate(video);
    auto request = one_second_of(video.id);
    request.description = "says nothing about the result";
    const auto again = submit_estimation(stores(), request, 10).value();
    EXPECT_EQ(again.state, tasks::State::success);
    EXPECT_EQ(again.result.value().id, estimation.id);
    EXPECT_EQ(rows_in("tasks"), 1);
}

TEST_F(Service, FindsAKnownResultWhoseTaskIsForgotten) {
    const auto video = ingest_clip();
    const auto estimation = estimate(video);
    clock.advance(std::chrono::hours(24 * 31));
    EXPECT_EQ(clear().tasks, 1);
    announce_worker();
    const auto task = submit_estimation(stores(), one_second_of(video.id), 10).value();
    EXPECT_EQ(task.state, tasks::State::pending);
    work();
    EXPECT_EQ(state_of(task).result.value().id, estimation.id);
    EXPECT_THAT(objects(), SizeIs(2));
}

TEST_F(Service, RendersAnEstimation) {
    const auto estimation = estimate(ingest_clip());
    const auto task =
        submit_visualization(stores(), {.estimation_id = estimation.id, .overlay = {}, .preset = "ultrafast"},
                             10)
            .value();
    work();
    auto transaction = sqlite->read();
    const auto visualization =
        database::Visualizations(transaction).find(state_of(task).result.value().id).value();
    EXPECT_EQ(visualization.preset, "ultrafast");
    const auto source = local_store->open(visualization.storage_key).value();
    const auto drawn = media::in_process().probe(*source, {}, silent_log()).value();
    EXPECT_EQ(drawn.displayed, (Size{480, 640}));
    EXPECT_EQ(drawn.frame_rate, (Rational{12, 1}));
}

TEST_F(Service, RefusesSubmitsThatCannotSucceed) {
    const auto video = ingest_clip();
    EXPECT_EQ(submit_estimation(stores(), one_second_of(video.id), 10).error().code,
              Code::estimator_unavailable);
    announce_worker();
    auto late = one_second_of(video.id);
    late.selection.start = std::chrono::seconds(4);
    EXPECT_EQ(submit_estimation(stores(), late, 10).error().code, Code::empty_window);
    EXPECT_EQ(submit_estimation(stores(), one_second_of(99), 10).error().code, Code::not_found);
    EXPECT_EQ(submit_visualization(stores(), {.estimation_id = 99, .overlay = {}, .preset = "fast"}, 10)
                  .error()
                  .code,
              Code::not_found);
    EXPECT_EQ(submit_estimation(stores(), one_second_of(video.id), 0).error().code, Code::unavailable);
    EXPECT_EQ(rows_in("tasks"), 0);
}

TEST_F(Service, RemovesAVideoWithAllThatCameOfIt) {
    const auto video = ingest_clip();
    const auto estimation = estimate(video);
    const auto drawing =
        submit_visualization(stores(), {.estimation_id = estimation.id, .overlay = {}, .preset = "fast"}, 10)
            .value();
    ASSERT_TRUE(remove_video(stores(), video.id).has_value());
    EXPECT_EQ(remove_video(stores(), video.id).error().code, Code::not_found);
    EXPECT_EQ(state_of(drawing).state, tasks::State::revoked);
    EXPECT_EQ(clear().objects, 2);
    EXPECT_THAT(objects(), IsEmpty());
    EXPECT_EQ(rows_in("removals") + rows_in("estimations") + rows_in("videos"), 0);
}

TEST_F(Service, EndsTheEstimationOfAVideoThatIsRemovedMeanwhile) {
    const auto video = ingest_clip();
    announce_worker();
    const auto task = submit_estimation(stores(), one_second_of(video.id), 10).value();
    InterruptedOpener opener([&] { ASSERT_TRUE(remove_video(stores(), video.id).has_value()); });
    work(opener);
    EXPECT_EQ(state_of(task).state, tasks::State::revoked);
    EXPECT_EQ(state_of(task).error.value().code, "subject_deleted");
    clock.advance(std::chrono::minutes(11));
    clear();
    EXPECT_THAT(objects(), IsEmpty());
    EXPECT_EQ(rows_in("estimations") + rows_in("removals"), 0);
}

TEST_F(Service, TellsTheTaskThatItsResultIsDeleted) {
    const auto video = ingest_clip();
    const auto estimation = estimate(video);
    ASSERT_TRUE(remove_estimation(stores(), estimation.id).has_value());
    auto transaction = sqlite->read();
    EXPECT_TRUE(tasks::list_tasks(transaction, {}, 0, 1).tasks.at(0).result.value().deleted);
}

TEST_F(Service, KeepsResultsAsLongAsItIsTold) {
    const auto video = ingest_clip();
    (void)estimate(video);
    clock.advance(std::chrono::hours(2));
    const Retention retention{.tasks = std::chrono::hours(24), .results = std::chrono::hours(1)};
    const auto cleared = clear_away(stores(), retention, silent_log());
    EXPECT_EQ(cleared, (ClearedAway{.objects = 2, .tasks = 0, .resources = 2}));
    EXPECT_THAT(objects(), IsEmpty());
}

}  // namespace
}  // namespace posed::pipeline
