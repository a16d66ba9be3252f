#include "media/index_check.h"

#include <cstdint>
#include <span>
#include <string>

#include <gtest/gtest.h>

namespace posed::media {
namespace {

std::string number(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift);
    return bytes;
}

std::string box(const std::string& type, const std::string& body) {
    return number(static_cast<std::uint32_t>(body.size() + 8)) + type + body;
}

Result<> check(const std::string& file) {
    const auto source = view_bytes(std::as_bytes(std::span(file)));
    return check_mp4_index(*source);
}

std::string fragment(std::uint32_t flags, std::uint32_t samples) {
    return box("moof", box("traf", box("trun", number(flags) + number(samples) + number(0))));
}

std::string track(std::uint32_t edits, std::uint32_t sample_size, std::uint32_t samples) {
    const auto table = box("stbl", box("stsz", number(0) + number(sample_size) + number(samples)));
    return box("moov", box("trak", box("edts", box("elst", number(0) + number(edits) + number(0))) +
                                       box("mdia", box("minf", table))));
}

TEST(IndexCheck, LetsPossibleNumbersPass) {
    const std::string data = box("mdat", std::string(1000, 'x'));
    EXPECT_TRUE(check(track(1, 0, 500) + data));
    EXPECT_TRUE(check(track(2, 4, 250) + data));
    EXPECT_TRUE(check(fragment(0x200, 30) + data + fragment(0, 30) + data));
    EXPECT_TRUE(check(""));
    EXPECT_TRUE(check("short"));
}

TEST(IndexCheck, RefusesMoreSamplesThanBytes) {
    const auto refused = check(track(0, 1, 4'000'000'000U));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Code::corrupt_media);
    EXPECT_NE(refused.error().message.find("claims 4000000000 samples"), std::string::npos)
        << refused.error().message;
    EXPECT_TRUE(check(fragment(0, 70'000'000)).has_error());
    EXPECT_TRUE(check(fragment(0x200, 70'000'000)).has_error());
}

TEST(IndexCheck, LooksWhereverFfmpegLooks) {
    const std::string data = box("mdat", std::string(1000, 'x'));
    for (const auto* type : {"dinf", "mvex", "tref", "udta", "wave", "ilst", "meta"})
        EXPECT_TRUE(check(box("moov", box(type, fragment(0, 70'000'000))) + data).has_error()) << type;
    EXPECT_TRUE(check(box("moov", box("meta", number(0) + fragment(0, 70'000'000))) + data).has_error());
}

TEST(IndexCheck, CountsFragmentsTogether) {
    std::string file = box("mdat", std::string(1000, 'x'));
    for (int i = 0; i < 4; ++i)
        file += fragment(0, 300);
    EXPECT_TRUE(check(file).has_error());
}

TEST(IndexCheck, RefusesEditsThatRepeatTheTrackWithoutEnd) {
    EXPECT_TRUE(check(track(1'000'000, 0, 100) + box("mdat", std::string(1000, 'x'))).has_error());
}

}  // namespace
}  // namespace posed::media
