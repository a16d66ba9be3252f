#include "results/export.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/sample_archive.h"

namespace posed::results {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Export = std::function<Result<>(std::ostream&, ArchiveReader&)>;

std::string exported(const std::string& bytes, const Export& write) {
    OpenArchive archive(bytes);
    std::ostringstream stream;
    write(stream, *archive.reader.value()).value();
    return std::move(stream).str();
}

Export csv(std::int64_t first, std::int64_t end) {
    return [=](std::ostream& stream, ArchiveReader& reader) {
        return write_poses(stream, reader, {first, end}, PoseFormat::csv);
    };
}

Export poses(std::int64_t first, std::int64_t end) {
    return [=](std::ostream& stream, ArchiveReader& reader) {
        return write_poses(stream, reader, {first, end}, PoseFormat::json);
    };
}

ArchivedFrame simple_frame() {
    PersonFrame person;
    person.track_id = 7;
    person.bbox_xyxy = {1, 2.5, 3, 1e10F};
    person.bbox_confidence = 0.1F;
    person.keypoints_2d = {{100.25F, -3}, {1.0F / 3, 0}};
    person.keypoints_3d = {{0.5F, -0.25F, 1e-7F}, {NAN, INFINITY, -INFINITY}};
    person.keypoints_confidence = {1, NAN};
    person.root_translation = {0, 0.125F, 4};
    return {.time = {.pts = 3003, .time = Microseconds(33'367)}, .people = {person}};
}

std::string simple_archive() {
    auto header = sample_header(2);
    header.skeleton.names[1] = "odd \"name\", b";
    return archive_bytes(header, {simple_frame()});
}

TEST(ExportCsv, WritesOneLinePerKeyPoint) {
    EXPECT_EQ(exported(simple_archive(), csv(0, 1)),
              "frame,time_s,track_id,keypoint,x_px,y_px,x_m,y_m,z_m,confidence\n"
              "0,0.033367,7,point_0,100.25,-3,0.5,-0.25,1e-07,1\n"
              "0,0.033367,7,\"odd \"\"name\"\", b\",0.33333334,0,,,,\n");
}

TEST(ExportJson, WritesFramesWithTheirPeople) {
    EXPECT_EQ(
        exported(simple_archive(), poses(0, 1)),
        R"({"schema":"posed.poses/1","keypoints_3d_origin":"middle of the hips","keypoint_links":[[0,1]],)"
        R"("frames":[
{"frame":0,"pts":3003,"time_s":0.033367,"people":[{"track_id":7,"bbox_xyxy":[1,2.5,3,1e+10],)"
        R"("bbox_confidence":0.1,"root_translation":[0,0.125,4],"keypoints":[)"
        R"({"name":"point_0","px":[100.25,-3],"m":[0.5,-0.25,1e-07],"confidence":1},)"
        R"({"name":"odd \"name\", b","px":[0.33333334,0],"m":[null,null,null],"confidence":null}]}]}
]}
)");
}

TEST(ExportJson, IsJsonWithEveryFrameOfTheRange) {
    const auto bytes = archive_bytes(sample_header(3), sample_frames(std::vector<int>(200, 2), 3));
    for (const auto& [first, end] : {std::pair{0, 200}, {0, 64}, {63, 65}, {5, 133}, {7, 7}, {200, 200}}) {
        const auto document = json::parse(exported(bytes, poses(first, end)));
        const auto& frames = document.at("frames").as_array();
        ASSERT_EQ(frames.size(), static_cast<std::size_t>(end - first));
        for (int i = first; i < end; ++i) {
            const auto& frame = frames.at(static_cast<std::size_t>(i - first));
            EXPECT_EQ(frame.at("frame"), i);
            EXPECT_EQ(frame.at("pts"), 512 * i - 100);
            EXPECT_EQ(frame.at("people").as_array().size(), 2U);
        }
    }
}

TEST(ExportCsv, HasEveryFrameOfTheRange) {
    const auto bytes = archive_bytes(sample_header(3), sample_frames({2, 0, 1, 3}, 3));
    const auto lines = [&](std::int64_t first, std::int64_t end) {
        return std::ranges::count(exported(bytes, csv(first, end)), '\n');
    };
    EXPECT_EQ(lines(0, 4), 1 + 6 * 3);
    EXPECT_EQ(lines(1, 2), 1);
    EXPECT_EQ(lines(2, 3), 1 + 3);
    EXPECT_EQ(lines(4, 4), 1);
}

TEST(Export, RefusesARangeOutsideBeforeItWrites) {
    OpenArchive archive(archive_bytes(sample_header(3), sample_frames({1, 1}, 3)));
    for (const auto range : {FrameRange{0, 3}, {-1, 1}, {2, 1}, {3, 3}})
        for (const auto& write : {csv(range.first, range.end), poses(range.first, range.end)}) {
            std::ostringstream stream;
            const auto result = write(stream, **archive.reader);
            ASSERT_TRUE(result.has_error());
            EXPECT_EQ(result.error().code, Code::invalid_argument);
            EXPECT_THAT(result.error().suggestion, HasSubstr("0 <= A <= B <= 2"));
            EXPECT_EQ(stream.str(), "");
        }
}

/// A source that remembers its largest read.
class MeasuredSource final : public ByteSource {
  public:
    explicit MeasuredSource(ByteSource& source) : source_(source) {}

    std::uint64_t size() const noexcept override { return source_.size(); }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        largest = std::max(largest, buffer.size());
        return source_.read_at(offset, buffer);
    }

    std::size_t largest = 0;

  private:
    ByteSource& source_;
};

TEST(Export, HoldsTheSameNumberOfFramesWhateverTheLength) {
    const auto largest_read = [](int frames, const Export& write) {
        OpenArchive archive(archive_bytes(
            sample_header(3), sample_frames(std::vector<int>(static_cast<std::size_t>(frames), 2), 3)));
        MeasuredSource source(*archive.source);
        const auto reader = open_archive(source).value();
        source.largest = 0;
        std::ostringstream stream;
        write(stream, *reader).value();
        return source.largest;
    };
    EXPECT_EQ(largest_read(2000, csv(0, 2000)), largest_read(100, csv(0, 100)));
    EXPECT_EQ(largest_read(2000, poses(0, 2000)), largest_read(100, poses(0, 100)));
}

TEST(Export, SaysWhenTheStreamTakesNoMore) {
    OpenArchive archive(simple_archive());
    for (const auto& write : {csv(0, 1), poses(0, 1), Export(write_summary)}) {
        std::ostringstream stream;
        stream.setstate(std::ios::badbit);
        EXPECT_EQ(write(stream, **archive.reader).error().code, Code::input_output);
    }
}

TEST(ExportSummary, TellsWhatIsInTheArchive) {
    const auto header = sample_header(3);
    const auto text =
        exported(archive_bytes(header, sample_frames({0, 1, 2, 0, 1}, 3), {2, "lost \"it\""}), write_summary);
    const auto summary = json::parse(text);
    EXPECT_EQ(summary.at("schema"), "posed.archive/1");
    EXPECT_EQ(summary.at("recipe_sha256"), json::string(hash_of(header.recipe)));
    EXPECT_EQ(summary.at("video"), (json::value{{"sha256", std::string(64, 'a')},
                                                {"displayed", {{"width", 720}, {"height", 1280}}},
                                                {"coded", {{"width", 1280}, {"height", 720}}},
                                                {"rotation", 90},
                                                {"time_base", "1/12800"}}));
    EXPECT_EQ(summary.at("frames"), 5);
    EXPECT_EQ(summary.at("time"), (json::value{{"first_s", 0}, {"last_s", 0.16}, {"fps", 25}}));
    EXPECT_EQ(summary.at("person_frames"), 4);
    EXPECT_EQ(summary.at("frames_with_somebody"), 3);
    EXPECT_EQ(summary.at("share_with_somebody"), 0.6);
    EXPECT_EQ(summary.at("lost_frames"), (json::value{{"count", 2}, {"first_reason", "lost \"it\""}}));
    EXPECT_EQ(summary.at("tracks"),
              (json::value{
                  {{"track_id", 1}, {"first_frame", 1}, {"last_frame", 4}, {"person_frames", 3}},
                  {{"track_id", 3}, {"first_frame", 2}, {"last_frame", 2}, {"person_frames", 1}},
              }));
    EXPECT_EQ(summary.at("keypoints").at("names"), (json::value{"point_0", "point_1", "point_2"}));
    EXPECT_EQ(summary.at("tensors").as_array().size(), 10U);
    EXPECT_EQ(summary.at("tensors").at(4),
              (json::value{{"name", "bbox_xyxy"}, {"type", "F32"}, {"shape", {4, 4}}}));
    EXPECT_THAT(text, StartsWith("{\n  \"schema\": \"posed.archive/1\",\n"));
    EXPECT_THAT(text, HasSubstr("\"fps\": 25}"));
    EXPECT_THAT(text, HasSubstr("\"shape\": [4, 3, 2]"));
}

TEST(ExportSummary, HasNoRateWhereThereAreNoFrames) {
    const auto summary = json::parse(exported(archive_bytes(sample_header(3), {}), write_summary));
    EXPECT_EQ(summary.at("time"), (json::value{{"first_s", nullptr}, {"last_s", nullptr}, {"fps", nullptr}}));
    EXPECT_TRUE(summary.at("share_with_somebody").is_null());
    EXPECT_EQ(summary.at("tracks"), json::array());
    const auto one =
        json::parse(exported(archive_bytes(sample_header(3), sample_frames({0}, 3)), write_summary));
    EXPECT_EQ(one.at("time"), (json::value{{"first_s", 0}, {"last_s", 0}, {"fps", nullptr}}));
}

}  // namespace
}  // namespace posed::results
