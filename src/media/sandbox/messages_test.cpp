#include "media/sandbox/messages.h"

#include <cstring>

#include <gtest/gtest.h>

namespace posed::media::sandbox {
namespace {

std::vector<std::byte> without_length(std::vector<std::byte> packet) {
    packet.erase(packet.begin(), packet.begin() + 4);
    return packet;
}

VideoInfo some_video() {
    VideoInfo video;
    video.container = "mov";
    video.codec = "hevc";
    video.coded = {1920, 1080};
    video.displayed = {1080, 1920};
    video.rotation = 90;
    video.duration = Microseconds(1'234'567);
    video.time_base = {1, 600};
    video.transfer = TransferFunction::hlg;
    video.audio_codec = "aac";
    return video;
}

TEST(Messages, ArriveAsTheyWereSent) {
    const auto bytes = without_length(encode(FromChild(VideoFound{some_video()})));
    const auto message = decode_from_child(bytes);
    ASSERT_TRUE(message);
    const auto& video = std::get<VideoFound>(*message).video;
    EXPECT_EQ(video.codec, "hevc");
    EXPECT_EQ(video.displayed, (Size{1080, 1920}));
    EXPECT_EQ(video.duration, Microseconds(1'234'567));
    EXPECT_EQ(video.frame_count, std::nullopt);
    EXPECT_EQ(video.transfer, TransferFunction::hlg);
    EXPECT_EQ(video.audio_codec, "aac");
    EXPECT_EQ(without_length(encode(*message)), bytes);
}

TEST(Messages, StartWithTheirLength) {
    const auto packet = encode(ToChild(DecodeNext{3}));
    std::uint32_t length = 0;
    std::memcpy(&length, packet.data(), sizeof length);
    EXPECT_EQ(length, packet.size() - sizeof length);
}

TEST(Messages, CutOffAnywhereOrLongerTheyAreNone) {
    auto bytes = without_length(encode(FromChild(VideoFound{some_video()})));
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(decode_from_child(std::span(bytes).first(length))) << length;
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_from_child(bytes));
}

TEST(Messages, EnumsOutsideTheirRangeAreRefused) {
    FrameDecoded frame;
    frame.colour.matrix = static_cast<ColourMatrix>(77);
    EXPECT_FALSE(decode_from_child(without_length(encode(FromChild(frame)))));
    EXPECT_FALSE(
        decode_from_child(without_length(encode(FromChild(LogLine{static_cast<Log::Level>(-1), "x"})))));
}

}  // namespace
}  // namespace posed::media::sandbox
