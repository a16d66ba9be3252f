#include "results/archive.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/layout.h"
#include "results/sample_archive.h"
#include "tests/support/shared_data.h"

namespace posed::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Archive, ReadsBackWhatWasWritten) {
    const auto header = sample_header(33);
    const auto frames = sample_frames({1, 0, 3, 2, 0, 0, 1}, 33);
    const LostFrames lost{2, "missing reference: \"frame\" \xC3\xA4"};
    OpenArchive archive(archive_bytes(header, frames, lost));
    ASSERT_TRUE(archive.reader) << archive.reader.error().message;
    auto& reader = **archive.reader;
    EXPECT_EQ(reader.header(), header);
    EXPECT_EQ(reader.counts(), (ArchiveCounts{.frames = 7, .person_frames = 7, .lost = lost}));
    EXPECT_TRUE(same(reader.read(0, 7).value(), frames));
}

TEST(Archive, KeepsTheColoursOfLinks) {
    auto header = sample_header(3);
    header.skeleton.link_colours = {{255, 0, 1}, {2, 3, 4}};
    OpenArchive archive(archive_bytes(header, {}));
    EXPECT_EQ((*archive.reader)->header(), header);
    header.skeleton.link_colours.pop_back();
    const tests::TemporaryFolder folder;
    EXPECT_FALSE(create_archive(folder.path() / "a", header)) << "a colour for each link, or none";
}

TEST(Archive, TheRecipeKeepsItsIdentity) {
    auto header = sample_header(1);
    for (int i = 0; i < 50; ++i) {
        header.recipe.camera.fx = 1000 + std::sqrt(2.0 * i);
        OpenArchive archive(archive_bytes(header, {}));
        EXPECT_EQ(hash_of((*archive.reader)->header().recipe), hash_of(header.recipe)) << i;
    }
}

TEST(Archive, EveryRangeIsThatPartOfTheWhole) {
    const auto frames = sample_frames({0, 2, 0, 1, 3, 0}, 5);
    OpenArchive archive(archive_bytes(sample_header(5), frames));
    auto& reader = **archive.reader;
    for (std::int64_t first = 0; first <= 6; ++first)
        for (std::int64_t count = 0; first + count <= 6; ++count)
            EXPECT_TRUE(same(reader.read(first, count).value(),
                             {frames.begin() + first, frames.begin() + first + count}))
                << first << " + " << count;
}

TEST(Archive, RefusesARangeOutside) {
    OpenArchive archive(archive_bytes(sample_header(5), sample_frames({1, 1}, 5)));
    auto& reader = **archive.reader;
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    for (const auto& [first, count] : {std::pair<std::int64_t, std::int64_t>{0, 3},
                                       {1, 2},
                                       {2, 1},
                                       {3, 0},
                                       {-1, 1},
                                       {0, -1},
                                       {1, huge},
                                       {huge, huge}}) {
        const auto result = reader.read(first, count);
        ASSERT_TRUE(result.has_error()) << first << " + " << count;
        EXPECT_EQ(result.error().code, Code::invalid_argument);
        EXPECT_THAT(result.error().message, HasSubstr("the archive has 2"));
    }
}

TEST(Archive, HoldsNoFramesAndNobody) {
    for (const auto& people : {std::vector<int>{}, {0}, {0, 0, 0}}) {
        OpenArchive archive(archive_bytes(sample_header(33), sample_frames(people, 33)));
        ASSERT_TRUE(archive.reader) << archive.reader.error().message;
        auto& reader = **archive.reader;
        EXPECT_EQ(reader.counts().frames, std::ssize(people));
        EXPECT_EQ(reader.counts().person_frames, 0);
        EXPECT_TRUE(same(reader.read(0, std::ssize(people)).value(), sample_frames(people, 33)));
        EXPECT_EQ(reader.presence().value(), Presence{});
    }
}

TEST(Archive, HoldsASkeletonWithoutPoints) {
    const auto frames = sample_frames({1, 2}, 0);
    OpenArchive archive(archive_bytes(sample_header(0), frames));
    ASSERT_TRUE(archive.reader) << archive.reader.error().message;
    EXPECT_TRUE(same((*archive.reader)->read(0, 2).value(), frames));
}

TEST(Archive, HoldsManyPeopleAndManyFrames) {
    std::vector<int> people(10'000);
    people[4095] = 1000;
    people[4096] = 1;
    people[9999] = 2;
    const auto frames = sample_frames(people, 2);
    OpenArchive archive(archive_bytes(sample_header(2), frames));
    ASSERT_TRUE(archive.reader) << archive.reader.error().message;
    auto& reader = **archive.reader;
    EXPECT_TRUE(same(reader.read(0, 10'000).value(), frames));
    const auto presence = reader.presence().value();
    EXPECT_EQ(presence.frames_with_somebody, 3);
    ASSERT_EQ(presence.tracks.size(), 1000U);
    EXPECT_EQ(presence.tracks[0], (TrackSpan{1, 4095, 9999, 3}));
    EXPECT_EQ(presence.tracks[1], (TrackSpan{3, 4095, 9999, 2}));
    EXPECT_EQ(presence.tracks[2], (TrackSpan{5, 4095, 4095, 1}));
}

TEST(Archive, HoldsRepeatedFramesAndNumbersThatAreNone) {
    auto frames = sample_frames({2, 2, 2}, 3);
    frames[1] = frames[0];
    frames[2].people[0].keypoints_3d[1] = {NAN, INFINITY, -0.0F};
    OpenArchive archive(archive_bytes(sample_header(3), frames));
    EXPECT_TRUE(same((*archive.reader)->read(0, 3).value(), frames));
}

TEST(Archive, MayBeReadByManyThreads) {
    const auto frames = sample_frames(std::vector<int>(50, 2), 4);
    OpenArchive archive(archive_bytes(sample_header(4), frames));
    std::vector<std::thread> threads;
    std::vector<char> right(4);
    threads.reserve(right.size());
    for (char& mine : right)
        threads.emplace_back([&] {
            bool good = true;
            for (std::int64_t first = 0; first < 50; ++first)
                good = good && same((*archive.reader)->read(first, 1).value(),
                                    {frames.begin() + first, frames.begin() + first + 1});
            mine = good ? 1 : 0;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_THAT(right, ElementsAre(1, 1, 1, 1));
}

TEST(Archive, EqualRunsGiveEqualBytes) {
    const auto frames = sample_frames({1, 0, 2}, 33);
    const auto first = archive_bytes(sample_header(33), frames);
    EXPECT_EQ(archive_bytes(sample_header(33), frames), first);
    EXPECT_NE(archive_bytes(sample_header(33), sample_frames({1, 0, 1}, 33)), first);
}

TEST(Archive, TakesLessThanFiveKilobytesPerPersonFrame) {
    const auto many = archive_bytes(sample_header(33), sample_frames(std::vector<int>(300, 1), 33)).size();
    const auto few = archive_bytes(sample_header(33), sample_frames(std::vector<int>(100, 1), 33)).size();
    EXPECT_NEAR(static_cast<double>(many - few) / 200, 852, 1);  // 828 for the person, 24 for the frame
    EXPECT_LT(many / 300, 5000U);
    const auto seventy = archive_bytes(sample_header(70), sample_frames(std::vector<int>(300, 1), 70)).size();
    EXPECT_LT(seventy / 300, 5000U);
}

/// The container's rules, read with nothing of ours.
void expect_promised_layout(const std::string& bytes, std::int64_t frames, std::int64_t rows) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    ASSERT_LE(8 + length, bytes.size());
    EXPECT_EQ(length % 8, 0U);
    EXPECT_EQ(bytes[8], '{');
    const auto header = boost::json::parse(bytes.substr(8, length)).as_object();
    EXPECT_EQ(header.begin()->key(), "__metadata__");
    for (const auto& [key, value] : header.at("__metadata__").as_object())
        EXPECT_TRUE(value.is_string()) << key;
    std::vector<std::string> order;
    std::int64_t position = 0;
    for (const auto& [name, value] : header) {
        if (name == "__metadata__")
            continue;
        order.emplace_back(name);
        const auto& tensor = value.as_object();
        std::int64_t size = tensor.at("dtype") == "I64" ? 8 : 4;
        EXPECT_EQ(position % size, 0);
        for (const auto& side : tensor.at("shape").as_array())
            size *= side.as_int64();
        EXPECT_EQ(tensor.at("data_offsets").at(0).as_int64(), position) << name;
        position += size;
        EXPECT_EQ(tensor.at("data_offsets").at(1).as_int64(), position) << name;
    }
    EXPECT_THAT(order, ElementsAre("frame_pts", "frame_pts_us", "frame_rows", "track_id", "bbox_xyxy",
                                   "bbox_confidence", "keypoints_2d", "keypoints_3d", "keypoints_confidence",
                                   "root_translation"));
    EXPECT_EQ(bytes.size(), 8 + length + static_cast<std::uint64_t>(position));
    EXPECT_EQ(header.at("frame_rows").at("shape").at(0), frames + 1);
    EXPECT_EQ(header.at("keypoints_3d").at("shape"), boost::json::value({rows, 33, 3}));
}

TEST(Archive, LiesInTheFileAsPromised) {
    auto header = sample_header(33);
    for (int i = 0; i < 9; ++i) {
        header.engine_version += 'x';  // every remainder of the header's length
        expect_promised_layout(archive_bytes(header, sample_frames({2, 0, 1}, 33)), 3, 3);
    }
    expect_promised_layout(archive_bytes(header, {}), 0, 0);
}

TEST(Archive, NumbersStandWhereTheLayoutSays) {
    const auto frames = sample_frames({1, 2}, 33);
    const auto bytes = archive_bytes(sample_header(33), frames);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    const auto header = boost::json::parse(bytes.substr(8, length)).as_object();
    const auto at = [&](const char* tensor, std::size_t element, auto number) {
        const auto begin = static_cast<std::size_t>(header.at(tensor).at("data_offsets").at(0).as_int64());
        std::memcpy(&number, bytes.data() + 8 + length + begin + element * sizeof(number), sizeof(number));
        return number;
    };
    EXPECT_EQ(at("frame_pts", 1, std::int64_t{}), 412);
    EXPECT_EQ(at("frame_pts_us", 1, std::int64_t{}), 40'000);
    EXPECT_EQ(at("frame_rows", 2, std::int64_t{}), 3);
    EXPECT_EQ(at("track_id", 2, std::int32_t{}), 3);
    const auto& last = frames[1].people[1];
    EXPECT_EQ(at("bbox_xyxy", 2 * 4 + 3, float{}), last.bbox_xyxy[3]);
    EXPECT_EQ(at("bbox_confidence", 2, float{}), last.bbox_confidence);
    EXPECT_EQ(at("keypoints_2d", (2 * 33 + 7) * 2 + 1, float{}), last.keypoints_2d[7].y);
    EXPECT_EQ(at("keypoints_3d", (2 * 33 + 32) * 3 + 2, float{}), last.keypoints_3d[32].z);
    EXPECT_EQ(at("keypoints_confidence", 2 * 33 + 1, float{}), last.keypoints_confidence[1]);
    EXPECT_EQ(at("root_translation", 2 * 3 + 1, float{}), last.root_translation.y);
}

}  // namespace
}  // namespace posed::results
