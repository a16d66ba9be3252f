#include <algorithm>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/archive.h"
#include "results/safetensors.h"
#include "results/sample_archive.h"

namespace posed::results {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

std::string sample() {
    return archive_bytes(sample_header(3), sample_frames({1, 0, 2}, 3));
}

std::uint64_t header_length(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return length;
}

std::string with_header_text(const std::string& bytes, const std::string& text) {
    const std::uint64_t length = text.size();
    std::string result(8, '\0');
    std::memcpy(result.data(), &length, 8);
    return result + text + bytes.substr(8 + header_length(bytes));
}

std::string header_text(const std::string& bytes) {
    return bytes.substr(8, header_length(bytes));
}

/// The sample with another header.
std::string with_header(const std::function<void(json::object&)>& spoil) {
    const auto bytes = sample();
    auto header = json::parse(header_text(bytes)).as_object();
    spoil(header);
    return with_header_text(bytes, json::serialize(header));
}

std::string with_tensor(const std::string& name, const char* key, const json::value& value) {
    return with_header([&](json::object& header) { header.at(name).as_object()[key] = value; });
}

std::string with_metadata(const char* key, const json::value& value) {
    return with_header([&](json::object& header) { header.at("__metadata__").as_object()[key] = value; });
}

/// The sample with another number in its data.
template <class T>
std::string with_number(const char* tensor, std::size_t element, T number) {
    auto bytes = sample();
    const auto header = json::parse(header_text(bytes)).as_object();
    const auto begin = static_cast<std::size_t>(header.at(tensor).at("data_offsets").at(0).as_int64());
    std::memcpy(bytes.data() + 8 + header_length(bytes) + begin + element * sizeof(T), &number, sizeof(T));
    return bytes;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return text.replace(place, from.size(), to);
}

std::string with_text(const std::string& from, const std::string& to) {
    const auto bytes = sample();
    return with_header_text(bytes, replaced(header_text(bytes), from, to));
}

struct Hostile {
    const char* message;  ///< part of the error's text
    std::string bytes;
};

void expect_refused(const std::vector<Hostile>& cases) {
    for (const auto& [message, bytes] : cases) {
        OpenArchive archive(bytes);
        ASSERT_TRUE(archive.reader.has_error()) << message;
        EXPECT_EQ(archive.reader.error().code, Code::corrupt_archive) << message;
        EXPECT_THAT(archive.reader.error().message, HasSubstr(message));
        EXPECT_THAT(archive.reader.error().message, HasSubstr("not a readable archive: "));
        EXPECT_EQ(archive.reader.error().message.find('\n'), std::string::npos);
    }
}

TEST(ArchiveReader, RefusesABrokenContainer) {
    const auto bytes = sample();
    const auto text = header_text(bytes);
    const std::string nested(10'000, '[');
    expect_refused({
        {"it has 0 bytes", ""},
        {"it has 7 bytes", std::string(7, '\0')},
        {"does not start with '{'", std::string(8, '\0')},
        {"would take 18446744073709551615 bytes, more than 1048576", std::string(8, '\xFF') + "{}"},
        {"would take 1048577 bytes, more than 1048576", std::string("\x01\x00\x10\0\0\0\0\0", 8) + "{}"},
        {"would take 3 bytes, the file has 10", std::string("\x03\0\0\0\0\0\0\0", 8) + "{}"},
        {"does not start with '{'", with_header_text(bytes, " " + text)},
        {"does not start with '{'", with_header_text(bytes, "[]")},
        {"JSON is wrong at character", with_header_text(bytes, text + "x")},
        {"JSON is wrong at character", with_header_text(bytes, text.substr(0, text.size() / 2))},
        {"JSON is wrong at character", with_header_text(bytes, "{\"a\":" + nested)},
        {"JSON is wrong at character", with_text("blazepose", "blaze\xFFpose")},
        {"JSON is wrong at character", with_text("blazepose", "\\ud800pose")},
        {"the key 'frame_pts' stands twice", with_text(R"("frame_pts_us":{)", R"("frame_pts":{)")},
        {"the key 'dtype' stands twice", with_text(R"("dtype":"I64",)", R"("dtype":"I64","dtype":"I64",)")},
        {"the key 'frames' stands twice", with_text(R"("person_frames":)", R"("frames":)")},
        {"out of range", with_text("[3,4]", "[1e999,4]")},
        {"no __metadata__ object", with_header([](auto& header) { header.erase("__metadata__"); })},
        {"no __metadata__ object", with_header([](auto& header) { header["__metadata__"] = "text"; })},
        {"'frames' is not a string", with_metadata("frames", 3)},
        {"'later' is not a string", with_metadata("later", json::object())},
    });
}

TEST(ArchiveReader, RefusesBrokenTensors) {
    constexpr auto huge = std::int64_t{1} << 62;
    expect_refused({
        {"'frame_rows' is missing", with_header([](auto& header) {
             header["other"] = json::value(header.at("frame_rows"));
             header.erase("frame_rows");
         })},
        {"needs exactly dtype", with_header([](auto& header) { header["frame_rows"] = 3; })},
        {"needs exactly dtype",
         with_header([](auto& header) { header.at("track_id").as_object().erase("dtype"); })},
        {"needs exactly dtype", with_tensor("track_id", "more", 1)},
        {"needs exactly dtype", with_tensor("track_id", "shape", {-3})},
        {"needs exactly dtype", with_tensor("track_id", "shape", {2.5})},
        {"needs exactly dtype", with_tensor("track_id", "shape", nullptr)},
        {"needs exactly dtype", with_tensor("track_id", "data_offsets", {0})},
        {"needs exactly dtype", with_tensor("track_id", "data_offsets", {0, 1, 2})},
        {"unknown type 'I31'", with_tensor("track_id", "dtype", "I31")},
        {"unknown type ''", with_tensor("track_id", "dtype", "")},
        {"is U32 [3], the metadata asks for I32 [3]", with_tensor("track_id", "dtype", "U32")},
        {"takes 12 bytes, its shape needs 24", with_tensor("track_id", "dtype", "I64")},
        {"is F32 [6,2], the metadata asks for F32 [3,4]", with_tensor("bbox_xyxy", "shape", {6, 2})},
        {"is I32 [3,1], the metadata asks for I32 [3]", with_tensor("track_id", "shape", {3, 1})},
        {"takes 12 bytes, its shape needs 4", with_tensor("track_id", "shape", json::array())},
        {"too many elements", with_tensor("track_id", "shape", {huge, 4})},
        {"too many elements", with_tensor("track_id", "shape", {huge, huge, huge})},
        {"too many elements", with_tensor("track_id", "shape", {0, UINT64_MAX})},
        {"its shape needs 0", with_tensor("track_id", "shape", {0, huge, huge})},
        {"lies at 84..72 of", with_tensor("track_id", "data_offsets", {84, 72})},
        {"of 404 bytes of data", with_tensor("root_translation", "data_offsets", {372, 408})},
        {"of 404 bytes of data",
         with_tensor("root_translation", "data_offsets", {UINT64_MAX - 35, UINT64_MAX})},
        // twice the same place, and a gap
        {"the one before it ends at", with_tensor("keypoints_confidence", "data_offsets", {368, 404})},
        {"the one before it ends at", with_tensor("frame_pts_us", "data_offsets", {0, 24})},
        {"the one before it ends at", with_header([](auto& header) { header.erase("frame_pts"); })},
        {"the tensors end at byte", sample() + "x"},
        {"the tensors end at byte", with_header([](auto& header) { header.erase("root_translation"); })},
    });
}

TEST(ArchiveReader, RefusesBrokenMetadata) {
    const auto without = [](const char* key) {
        return with_header([&](auto& header) { header.at("__metadata__").as_object().erase(key); });
    };
    expect_refused({
        {"lacks 'schema'", without("schema")},
        {"schema is 'posed.archive/2', not 'posed.archive/1'", with_metadata("schema", "posed.archive/2")},
        {"lacks 'recipe'", without("recipe")},
        {"'recipe': its JSON is wrong", with_metadata("recipe", "{")},
        {"'recipe': its JSON is wrong", with_metadata("recipe", R"({"a":1,"a":1})")},
        {"'recipe': a key is missing", with_metadata("recipe", "{}")},
        {"'recipe': its JSON is wrong", with_metadata("recipe", json::string(10'000, '['))},
        {"lacks 'engine_version'", without("engine_version")},
        {"lacks 'source'", without("source")},
        {"'source'", with_metadata("source", "[]")},
        {"a size of -1x1",
         with_metadata("source", R"({"displayed":{"width":-1,"height":1},"coded":{"width":1,"height":1},)"
                                 R"("rotation":0,"time_base":{"numerator":1,"denominator":1}})")},
        {"a rotation of -90",
         with_metadata("source", R"({"displayed":{"width":1,"height":1},"coded":{"width":1,"height":1},)"
                                 R"("rotation":-90,"time_base":{"numerator":1,"denominator":1}})")},
        {"a time base of -1/1",
         with_metadata("source", R"({"displayed":{"width":1,"height":1},"coded":{"width":1,"height":1},)"
                                 R"("rotation":0,"time_base":{"numerator":-1,"denominator":1}})")},
        {"'keypoint_names'", with_metadata("keypoint_names", "[1,2,3]")},
        {"'a' is empty or stands twice", with_metadata("keypoint_names", R"(["a","b","a"])")},
        {"'' is empty", with_metadata("keypoint_names", R"(["a","","b"])")},
        {"'keypoint_links'", with_metadata("keypoint_links", "[[0,1,2]]")},
        {"'keypoint_links': 2 to 3", with_metadata("keypoint_links", "[[2,3]]")},
        {"'keypoint_links': -1 to 0", with_metadata("keypoint_links", "[[-1,0]]")},
        {"'frames'", with_metadata("frames", "three")},
        {"'frames'", with_metadata("frames", "99999999999999999999")},
        {"a count of -1", with_metadata("person_frames", "-1")},
        {"a count of 9223372036854775807", with_metadata("frames", "9223372036854775807")},
        {"lacks 'lost_frames'", without("lost_frames")},
        {"a count of -5", with_metadata("lost_frames", R"({"count":-5,"first_reason":""})")},
        // true by themselves, not together
        {"is F32 [3,3,2], the metadata asks for F32 [3,4,2]",
         with_metadata("keypoint_names", R"(["a","b","c","d"])")},
        {"is I64 [3], the metadata asks for I64 [4]", with_metadata("frames", "4")},
        {"is I32 [3], the metadata asks for I32 [2]", with_metadata("person_frames", "2")},
    });
}

TEST(ArchiveReader, RefusesRowsThatContradictEachOther) {
    expect_refused({
        {"frame_pts goes back from 1000 to 412", with_number("frame_pts", 0, std::int64_t{1000})},
        {"frame_pts_us goes back from 0 to -1", with_number("frame_pts_us", 1, std::int64_t{-1})},
        {"from 1 to 3, not from 0 to 3", with_number("frame_rows", 0, std::int64_t{1})},
        {"from 0 to 2, not from 0 to 3", with_number("frame_rows", 3, std::int64_t{2})},
        {"frame_rows 1 is 4 of 3 rows", with_number("frame_rows", 1, std::int64_t{4})},
        {"frame_rows 2 is -1 of 3 rows", with_number("frame_rows", 2, std::int64_t{-1})},
        {"frame_rows goes from 3 to 1 at frame 1", with_number("frame_rows", 1, std::int64_t{3})},
        {"the tracks of frame 2 do not ascend", with_number("track_id", 2, std::int32_t{1})},
    });
}

TEST(ArchiveReader, RefusesACrowd) {
    auto bytes = archive_bytes(sample_header(0), sample_frames({600, 600}, 0));
    const auto header = json::parse(header_text(bytes)).as_object();
    const auto rows = static_cast<std::size_t>(header.at("frame_rows").at("data_offsets").at(0).as_int64());
    const std::int64_t all = 1200;
    std::memcpy(bytes.data() + 8 + header_length(bytes) + rows + 8, &all, 8);
    expect_refused({{"from 0 to 1200 at frame 0; a frame has 0 to 1000 rows", bytes}});
}

TEST(ArchiveReader, AcceptsWhatIsNotOursBesideIt) {
    const auto bytes = with_header([](json::object& header) {
        header.at("__metadata__").as_object()["later"] = "text";
        header["faces"] = {{"dtype", "U8"}, {"shape", {2, 4}}, {"data_offsets", {404, 412}}};
        header["nothing"] = {{"dtype", "F16"}, {"shape", {7, 0}}, {"data_offsets", {24, 24}}};
        header["scalar"] = {{"dtype", "F64"}, {"shape", json::array()}, {"data_offsets", {412, 420}}};
    });
    OpenArchive archive(bytes + std::string(16, 'x'));
    ASSERT_TRUE(archive.reader) << archive.reader.error().message;
    EXPECT_TRUE(same((*archive.reader)->read(0, 3).value(), sample_frames({1, 0, 2}, 3)));
    const auto& tensors = (*archive.reader)->tensors();
    EXPECT_EQ(tensors.size(), 13U);
    EXPECT_EQ(tensors[1], (TensorInfo{"nothing", "F16", {7, 0}}));
    EXPECT_EQ(tensors.back(), (TensorInfo{"scalar", "F64", {}}));
}

TEST(ArchiveReader, RefusesEveryTruncation) {
    const auto whole = sample();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        OpenArchive archive(whole.substr(0, length));
        ASSERT_TRUE(archive.reader.has_error()) << length;
        EXPECT_EQ(archive.reader.error().code, Code::corrupt_archive) << length;
    }
}

TEST(ArchiveReader, SurvivesEveryFlippedBit) {
    const auto whole = sample();
    for (std::size_t place = 0; place < whole.size(); ++place)
        for (const char flip : {'\x01', '\x10', '\x80'}) {
            auto bytes = whole;
            bytes[place] = static_cast<char>(bytes[place] ^ flip);
            OpenArchive archive(bytes);
            if (archive.reader.has_error())
                EXPECT_EQ(archive.reader.error().code, Code::corrupt_archive) << place;
            else
                EXPECT_TRUE((*archive.reader)->read(0, (*archive.reader)->counts().frames)) << place;
        }
}

/// A source that counts its reads and can be made to fail.
class WatchedSource final : public ByteSource {
  public:
    explicit WatchedSource(std::string bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t size() const noexcept override { return bytes_.size(); }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        ++reads;
        if (fails)
            return fail(Code::input_output, "the network is gone");
        return view_bytes(std::as_bytes(std::span(bytes_)))->read_at(offset, buffer);
    }

    int reads = 0;
    bool fails = false;

  private:
    std::string bytes_;
};

TEST(ArchiveReader, ReadsEachTensorOncePerRange) {
    WatchedSource source(archive_bytes(sample_header(33), sample_frames(std::vector<int>(500, 1), 33)));
    const auto reader = open_archive(source).value();
    EXPECT_LE(source.reads, 8);
    for (const auto& [first, count] : {std::pair{0, 500}, {17, 1}, {100, 300}}) {
        source.reads = 0;
        EXPECT_TRUE(reader->read(first, count));
        EXPECT_EQ(source.reads, 10);
    }
}

TEST(ArchiveReader, PassesOnWhatTheSourceSays) {
    WatchedSource source(sample());
    const auto reader = open_archive(source).value();
    source.fails = true;
    EXPECT_EQ(reader->read(0, 3).error(), fail(Code::input_output, "the network is gone"));
    EXPECT_EQ(reader->presence().error().code, Code::input_output);
    EXPECT_EQ(open_archive(source).error(), fail(Code::input_output, "the network is gone"));
}

}  // namespace
}  // namespace posed::results
