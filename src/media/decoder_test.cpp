#include "media/decoder.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "tests/support/shared_data.h"

namespace posed::media {
namespace {

struct Seen {
    std::int64_t pts;
    std::int64_t repeats;
    std::string planes;

    friend bool operator==(const Seen&, const Seen&) = default;
};

struct Decoded {
    VideoInfo info;
    std::vector<Seen> frames;
    LostFrames lost;
    std::optional<Error> error;
};

std::string hash_of(const FrameView& view) {
    Sha256 hash;
    for (const auto& plane : view.planes) {
        for (int y = 0; y < plane.height; ++y)
            hash.update(std::as_bytes(
                std::span(plane.data + plane.stride * y, static_cast<std::size_t>(plane.width))));
    }
    return hash.finish();
}

Decoded decode(const std::filesystem::path& path, const DecodeOptions& options) {
    Decoded decoded;
    const auto file = open_file(path).value();
    auto decoder = open_decoder(*file, options, silent_log());
    if (decoder.has_error()) {
        decoded.error = decoder.error();
        return decoded;
    }
    while (true) {
        auto next = (*decoder)->next();
        if (next.has_error()) {
            decoded.error = next.error();
            break;
        }
        if (!*next)
            break;
        decoded.frames.push_back({(*next)->pts, (*next)->repeats, hash_of((*next)->frame.view)});
    }
    decoded.info = (*decoder)->video();
    decoded.lost = (*decoder)->lost_frames();
    return decoded;
}

struct Clip {
    const char* file;
    std::size_t frames;
    std::int64_t lost;
};

class AllFrames : public testing::TestWithParam<Clip> {};

TEST_P(AllFrames, AreGivenInOrderTheSameWithAnyNumberOfThreads) {
    const auto& clip = GetParam();
    const auto path = posed::tests::shared_data() / "footage" / clip.file;
    POSED_NEEDS(path);
    const auto one = decode(path, {.selection = {}, .limits = {}, .threads = 1});
    ASSERT_FALSE(one.error) << one.error->message;
    EXPECT_EQ(one.frames.size(), clip.frames);
    EXPECT_EQ(one.lost.count, clip.lost);
    EXPECT_EQ(one.lost.first_reason.empty(), clip.lost == 0);
    for (std::size_t i = 1; i < one.frames.size(); ++i)
        ASSERT_GT(one.frames[i].pts, one.frames[i - 1].pts);
    const auto three = decode(path, {.selection = {}, .limits = {}, .threads = 3});
    EXPECT_EQ(one.frames, three.frames);
    EXPECT_EQ(one.lost, three.lost);
}

INSTANTIATE_TEST_SUITE_P(
    Footage, AllFrames,
    testing::Values(Clip{"clips/walk_lab_edit_list.mp4", 89, 0}, Clip{"clips/juggling_man_vfr.mp4", 147, 0},
                    Clip{"clips/signing_man_upper_body.mp4", 87, 0},
                    Clip{"clips/squats_woman_portrait_5fps.mov", 65, 0},
                    Clip{"clips/classroom_four_seated.mp4", 45, 0}, Clip{"bad/webm_renamed.mp4", 60, 0},
                    Clip{"bad/one_frame.mp4", 1, 0}, Clip{"bad/absurd_dimensions_header.mp4", 72, 0},
                    Clip{"bad/lying_duration.mp4", 72, 0}, Clip{"bad/corrupted_middle.mp4", 70, 2},
                    Clip{"bad/truncated_index_at_start.mp4", 13, 59},
                    Clip{"bad/unusual_tiny_32x18.mp4", 24, 0},
                    Clip{"bad/unusual_odd_size_641x361_yuv444.mp4", 24, 0}),
    [](const auto& info) { return std::filesystem::path(info.param.file).stem().string(); });

TEST(Decoder, NamesAnEmptyWindow) {
    const auto path = posed::tests::shared_data() / "footage/bad/one_frame.mp4";
    POSED_NEEDS(path);
    DecodeOptions options;
    options.selection.start = std::chrono::seconds(2);
    const auto decoded = decode(path, options);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(decoded.error->code, Code::empty_window);
    EXPECT_NE(decoded.error->message.find("2.000 s"), std::string::npos) << decoded.error->message;
}

TEST(Decoder, CountsDecodedTimeAndFramesAgainstTheLimits) {
    const auto path = posed::tests::shared_data() / "footage/bad/lying_duration.mp4";
    POSED_NEEDS(path);
    DecodeOptions options;
    options.limits.max_duration = std::chrono::seconds(2);
    auto decoded = decode(path, options);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(decoded.error->code, Code::limit_exceeded);
    options.limits = {.max_pixels = 640 * 360, .max_frames = 71, .max_duration = std::chrono::seconds(3)};
    decoded = decode(path, options);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(decoded.error->code, Code::limit_exceeded);
    EXPECT_EQ(decoded.frames.size(), 71U);
    options.limits.max_frames = 72;
    EXPECT_FALSE(decode(path, options).error);
    options.limits.max_pixels = 640 * 360 - 1;
    EXPECT_EQ(decode(path, options).error->code, Code::limit_exceeded);
}

TEST(Decoder, FramesOutliveTheDecoder) {
    const auto path = posed::tests::shared_data() / "footage/bad/unusual_tiny_32x18.mp4";
    POSED_NEEDS(path);
    const auto file = open_file(path).value();
    auto decoder = open_decoder(*file, {}, silent_log()).value();
    const auto frame = decoder->next().value();
    const auto before = hash_of(frame->frame.view);
    decoder.reset();
    EXPECT_EQ(hash_of(frame->frame.view), before);
}

}  // namespace
}  // namespace posed::media
