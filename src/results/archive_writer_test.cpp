#include <array>
#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/archive.h"
#include "results/sample_archive.h"
#include "results/temporary_file.h"
#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_file_system.h"

namespace posed::results {
namespace {

using posed::tests::TemporaryFolder;
using ::testing::HasSubstr;

void append_all(ArchiveWriter& writer, const std::vector<ArchivedFrame>& frames) {
    for (const auto& frame : frames)
        writer.append(frame.time, frame.people).value();
}

TEST(ArchiveWriter, ShowsNothingBeforeItIsFinished) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto writer = create_archive(path, sample_header(33)).value();
    append_all(*writer, sample_frames(std::vector<int>(200, 2), 33));
    EXPECT_EQ(entries_in(folder.path()), 0U);
    const auto counts = writer->finish({}).value();
    EXPECT_EQ(counts, (ArchiveCounts{.frames = 200, .person_frames = 400, .lost = {}}));
    EXPECT_EQ(entries_in(folder.path()), 1U);
    EXPECT_GT(std::filesystem::file_size(path), 300'000U);
}

TEST(ArchiveWriter, StoresTheEstimatorsOwnFieldsBehindTheSchemas) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto writer = create_archive(path, sample_header(2), {{"pose", {2, 3}}, {"scale", {}}}).value();
    auto frames = sample_frames({1, 0, 2}, 2);
    float next = 0;
    for (auto& frame : frames)
        for (auto& person : frame.people)
            person.fields = {{next, 1, 2, 3, 4, 5}, {++next}};
    append_all(*writer, frames);
    writer->finish({}).value();
    const tests::Safetensors written(path);
    EXPECT_EQ(written.shape("pose"), (std::vector<std::size_t>{3, 2, 3}));
    EXPECT_EQ(written.values<float>("pose")[6], 1);
    EXPECT_EQ(written.values<float>("scale"), (std::vector<float>{1, 2, 3}));
    const auto source = open_file(path).value();
    const auto archive = open_archive(*source).value();
    EXPECT_EQ(archive->counts().person_frames, 3);
    EXPECT_EQ(archive->tensors().back().name, "scale");
}

TEST(ArchiveWriter, RefusesFieldsThatAreNotThoseOfTheEstimator) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    for (const auto& fields : std::vector<std::vector<FieldShape>>{
             {{"track_id", {1}}}, {{"", {1}}}, {{"pose", {0}}}, {{"pose", {1}}, {"pose", {2}}}}) {
        const auto writer = create_archive(path, sample_header(2), fields);
        ASSERT_FALSE(writer);
        EXPECT_EQ(writer.error().code, Code::invalid_argument);
    }
    const auto writer = create_archive(path, sample_header(2), {{"pose", {2}}}).value();
    const auto frames = sample_frames({1}, 2);
    EXPECT_EQ(writer->append(frames[0].time, frames[0].people).error().code, Code::invalid_argument);
    auto with_pose = frames[0].people;
    with_pose[0].fields = {{1, 2}};
    EXPECT_TRUE(writer->append(frames[0].time, with_pose));
}

std::vector<ArchivedFrame> frames_with_vertices(const std::vector<int>& people) {
    auto frames = sample_frames(people, 2);
    float next = 0;
    for (auto& frame : frames)
        for (auto& person : frame.people)
            for (int i = 0; i < 3; ++i)
                person.vertices.push_back({++next, ++next, ++next});
    return frames;
}

const Mesh two_triangles{.vertex_count = 3, .faces = {{{0, 1, 2}}, {{2, 1, 0}}}};

TEST(ArchiveWriter, StoresTrianglesOnceAndVerticesOfEachPerson) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto writer = create_archive(path, sample_header(2), {{"pose", {2}}}, two_triangles).value();
    auto frames = frames_with_vertices({1, 0, 2});
    for (auto& frame : frames)
        for (auto& person : frame.people)
            person.fields = {{person.vertices[0].x, 7}};
    append_all(*writer, frames);
    writer->finish({}).value();
    const tests::Safetensors written(path);
    EXPECT_EQ(written.shape("vertices"), (std::vector<std::size_t>{3, 3, 3}));
    EXPECT_EQ(written.values<std::int32_t>("faces"), (std::vector{0, 1, 2, 2, 1, 0}));
    const auto source = open_file(path).value();
    const auto archive = open_archive(*source).value();
    EXPECT_EQ(archive->mesh(), two_triangles);
    EXPECT_EQ(archive->fields(), (std::vector<FieldShape>{{"pose", {2}}}));
    const auto read = archive->read(1, 2, {.fields = true, .vertices = true}).value();
    ASSERT_EQ(read[1].people.size(), 2U);
    EXPECT_EQ(read[1].people[1].vertices, frames[2].people[1].vertices);
    EXPECT_EQ(read[1].people[1].fields, frames[2].people[1].fields);
    EXPECT_TRUE(archive->read(2, 1).value().front().people[0].vertices.empty()) << "only when asked for";
}

TEST(ArchiveWriter, RefusesMeshesAndVerticesThatDoNotFit) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    for (const auto& mesh :
         {Mesh{}, Mesh{.vertex_count = 3, .faces = {}}, Mesh{.vertex_count = 3, .faces = {{{0, 1, 3}}}},
          Mesh{.vertex_count = 3, .faces = {{{0, -1, 2}}}},
          Mesh{.vertex_count = max_vertices + 1, .faces = {{{0, 1, 2}}}}}) {
        const auto writer = create_archive(path, sample_header(2), {}, mesh);
        ASSERT_FALSE(writer);
        EXPECT_EQ(writer.error().code, Code::invalid_argument);
    }
    EXPECT_FALSE(create_archive(path, sample_header(2), {{"vertices", {3}}}));
    const auto writer = create_archive(path, sample_header(2), {}, two_triangles).value();
    const auto bare = sample_frames({1}, 2);
    EXPECT_EQ(writer->append(bare[0].time, bare[0].people).error().code, Code::invalid_argument);
    const auto plain = create_archive(path, sample_header(2)).value();
    const auto rich = frames_with_vertices({1});
    EXPECT_EQ(plain->append(rich[0].time, rich[0].people).error().code, Code::invalid_argument);
}

/// What a hostile file may say of its triangles.
TEST(ArchiveReader, RefusesTrianglesOfVerticesThatAreNotThere) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto writer = create_archive(path, sample_header(2), {}, two_triangles).value();
    append_all(*writer, frames_with_vertices({1}));
    writer->finish({}).value();
    auto bytes = content_of(path);
    const std::array<std::int32_t, 6> faces{0, 1, 2, 2, 1, 0};
    const auto at = bytes.rfind(std::string(reinterpret_cast<const char*>(faces.data()), sizeof faces));
    ASSERT_NE(at, std::string::npos);
    bytes[at] = 3;
    const OpenArchive damaged(bytes);
    ASSERT_FALSE(damaged.reader);
    EXPECT_EQ(damaged.reader.error().code, Code::corrupt_archive);
    EXPECT_THAT(damaged.reader.error().message, testing::HasSubstr("vertex 3 of 3"));
}

TEST(ArchiveWriter, LeavesNothingWhenDestroyed) {
    const TemporaryFolder folder;
    {
        const auto writer = create_archive(folder.path() / "a.safetensors", sample_header(33)).value();
        append_all(*writer, sample_frames(std::vector<int>(200, 2), 33));
    }
    EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(ArchiveWriter, LeavesNothingWhenTheProcessIsKilled) {
    const TemporaryFolder folder;
    const auto child = ::fork();
    if (child == 0) {
        const auto writer = create_archive(folder.path() / "a.safetensors", sample_header(33));
        append_all(**writer, sample_frames(std::vector<int>(200, 2), 33));
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(ArchiveWriter, ReplacesAFileOnlyAtTheEnd) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    std::ofstream(path) << "old";
    create_archive(path, sample_header(1)).value().reset();
    EXPECT_EQ(content_of(path), "old");
    const auto writer = create_archive(path, sample_header(1)).value();
    append_all(*writer, sample_frames({1}, 1));
    EXPECT_EQ(content_of(path), "old");
    writer->finish({}).value();
    EXPECT_EQ(content_of(path), archive_bytes(sample_header(1), sample_frames({1}, 1)));
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(ArchiveWriter, MakesAFileThatTheUmaskAllows) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto before = ::umask(027);
    write_archive(path, sample_header(1), {});
    ::umask(before);
    EXPECT_EQ(std::filesystem::status(path).permissions(), static_cast<std::filesystem::perms>(0640));
}

TEST(ArchiveWriter, RefusesPathsThatAreNoFiles) {
    const TemporaryFolder folder;
    const auto in_folder = create_archive(folder.path(), sample_header(1));
    ASSERT_TRUE(in_folder.has_error());
    EXPECT_EQ(in_folder.error().code, Code::invalid_argument);
    EXPECT_EQ(create_archive("/dev/null", sample_header(1)).error().code, Code::invalid_argument);
    const auto missing = create_archive(folder.path() / "no" / "a.safetensors", sample_header(1));
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_THAT(missing.error().message, HasSubstr("no/a.safetensors"));
}

TEST(ArchiveWriter, RefusesFramesThatBreakTheRulesAndGoesOn) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto frames = sample_frames({2, 1}, 3);
    const auto writer = create_archive(path, sample_header(3)).value();
    writer->append(frames[0].time, frames[0].people).value();

    const auto refused = [&](const FrameTime& time, const std::vector<PersonFrame>& people) {
        const auto result = writer->append(time, people);
        return result.has_error() ? std::string(name_of(result.error().code)) + ": " + result.error().message
                                  : "accepted";
    };
    auto points_missing = frames[1].people;
    points_missing[0].keypoints_3d.pop_back();
    EXPECT_EQ(refused(frames[1].time, points_missing),
              "invalid_argument: frame 1: track 1 has not the skeleton's 3 key points");
    EXPECT_EQ(refused(frames[1].time, {frames[0].people[1], frames[0].people[0]}),
              "invalid_argument: frame 1: its tracks do not ascend");
    EXPECT_EQ(refused(frames[1].time, {frames[0].people[0], frames[0].people[0]}),
              "invalid_argument: frame 1: its tracks do not ascend");
    EXPECT_EQ(refused({.pts = -101, .time = Microseconds(0)}, {}),
              "invalid_argument: frame 1 is at tick -101, before the last one at -100");
    EXPECT_EQ(refused(frames[1].time, std::vector<PersonFrame>(1001)),
              "limit_exceeded: frame 1 has 1001 people, more than 1000");

    writer->append(frames[1].time, frames[1].people).value();
    writer->finish({}).value();
    EXPECT_EQ(content_of(path), archive_bytes(sample_header(3), frames));
}

TEST(ArchiveWriter, EndsWithFinish) {
    const TemporaryFolder folder;
    const auto writer = create_archive(folder.path() / "a.safetensors", sample_header(3)).value();
    writer->finish({}).value();
    EXPECT_EQ(writer->append({}, {}).error().code, Code::internal);
    EXPECT_EQ(writer->finish({}).error().code, Code::internal);
}

TEST(ArchiveWriter, RefusesAHeaderThatWouldNotReadBack) {
    const std::pair<const char*, std::function<void(ArchiveHeader&)>> cases[] = {
        {"a rotation of 45", [](ArchiveHeader& header) { header.rotation = 45; }},
        {"a size of 0x720", [](ArchiveHeader& header) { header.coded.width = 0; }},
        {"a time base of 1/0", [](ArchiveHeader& header) { header.time_base.denominator = 0; }},
        {"'point_0' is empty or stands twice",
         [](ArchiveHeader& header) { header.skeleton.names[2] = "point_0"; }},
        {"0 to 3, there are 3 key points",
         [](ArchiveHeader& header) { header.skeleton.links.emplace_back(0, 3); }},
        {"1001 names", [](ArchiveHeader& header) { header = sample_header(1001); }},
        {"JSON", [](ArchiveHeader& header) { header.engine_version = "\xFF"; }},
        {"JSON", [](ArchiveHeader& header) { header.recipe.camera.fx = NAN; }},
        {"JSON",
         [](ArchiveHeader& header) { header.recipe.camera.fx = std::numeric_limits<double>::infinity(); }},
    };
    const TemporaryFolder folder;
    for (const auto& [message, spoil] : cases) {
        auto header = sample_header(3);
        spoil(header);
        const auto result = create_archive(folder.path() / "a.safetensors", header);
        ASSERT_TRUE(result.has_error()) << message;
        EXPECT_EQ(result.error().code, Code::invalid_argument);
        EXPECT_THAT(result.error().message, HasSubstr(message));
    }
}

TEST(ArchiveWriter, KeepsAReasonThatIsNotText) {
    OpenArchive archive(
        archive_bytes(sample_header(1), {}, {.count = 1, .first_reason = "bad \xFF\xC3 byte"}));
    EXPECT_EQ((*archive.reader)->counts().lost, (LostFrames{1, "bad ?? byte"}));
}

/// Files may not grow beyond `bytes` while this lives; the failure is that of a full disk.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

/// Writes until the disk is full, at latest by `finish`.
Error fill(ArchiveWriter& writer, int frames) {
    const auto people = sample_frames({2}, 33)[0].people;
    for (int i = 0; i < frames; ++i) {
        const auto result = writer.append({.pts = i, .time = Microseconds(i)}, people);
        if (result.has_error()) {
            EXPECT_EQ(writer.append({.pts = i, .time = Microseconds(i)}, people).error(), result.error());
            EXPECT_EQ(writer.finish({}).error(), result.error());
            return result.error();
        }
    }
    return writer.finish({}).error();
}

void expect_full(const Error& error, const std::filesystem::path& path) {
    EXPECT_EQ(error.code, Code::storage_full);
    EXPECT_THAT(error.message, HasSubstr(path.string()));
    EXPECT_THAT(error.suggestion, HasSubstr(path.parent_path().string()));
}

TEST(ArchiveWriter, LeavesTheOldFileWhenTheDiskIsFull) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    std::ofstream(path) << "old";
    for (const int frames : {2000, 200}) {  // a spool is too large; only the archive is
        const auto writer = create_archive(path, sample_header(33)).value();
        const FileSizeLimit limit(200'000);
        expect_full(fill(*writer, frames), path);
        EXPECT_EQ(content_of(path), "old");
        EXPECT_EQ(entries_in(folder.path()), 1U);
    }
}

TEST(ArchiveWriter, LeavesNothingOnAFullDisk) {
    const tests::SmallFileSystem disk(1 << 20);
    POSED_NEEDS_DISK(disk);
    for (const int frames : {2000, 550}) {
        const auto path = disk.path() / "a.safetensors";
        const auto writer = create_archive(path, sample_header(33)).value();
        expect_full(fill(*writer, frames), path);
        EXPECT_EQ(entries_in(disk.path()), 0U);
        EXPECT_EQ(std::filesystem::space(disk.path()).available, 1U << 20);
    }
    EXPECT_EQ(::umount(disk.path().c_str()), 0) << "nothing is held open";
}

std::int64_t peak_memory() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * 1024;
}

TEST(ArchiveWriter, TakesTheSameMemoryAtAnyLength) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto people = sample_frames({2}, 33)[0].people;
    const auto writer = create_archive(path, sample_header(33)).value();
    const auto append = [&](int first, int end) {
        for (int i = first; i < end; ++i)
            writer->append({.pts = i, .time = Microseconds(i)}, people).value();
    };
    append(0, 1000);
    const auto before = peak_memory();
    append(1000, 20'000);
    writer->finish({}).value();
    EXPECT_LT(peak_memory() - before, 3'000'000);
    EXPECT_GT(std::filesystem::file_size(path), 30'000'000U);
}

TEST(TemporaryFile, WithAHiddenNameIsRemovedOrRenamed) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "target";
    const std::string text = "text";
    {
        const auto file = open_hidden(path, HiddenName::keep).value();
        EXPECT_EQ(entries_in(folder.path()), 1U);
        EXPECT_EQ(std::filesystem::directory_iterator(folder.path())->path().filename().string().front(),
                  '.');
    }
    EXPECT_EQ(entries_in(folder.path()), 0U);
    {
        const auto file = open_hidden(path, HiddenName::remove).value();
        EXPECT_EQ(entries_in(folder.path()), 0U);
        file->append(std::as_bytes(std::span(text))).value();
        std::array<std::byte, 3> read{};
        EXPECT_EQ(file->read_at(2, read).value(), 2U);
        EXPECT_EQ(read[1], std::byte{'t'});
    }
    const auto file = open_hidden(path, HiddenName::keep).value();
    file->append(std::as_bytes(std::span(text))).value();
    file->publish(path).value();
    EXPECT_EQ(content_of(path), text);
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

}  // namespace
}  // namespace posed::results
