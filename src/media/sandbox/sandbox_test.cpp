#include "media/sandbox/sandbox.h"

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "media/reference_ffmpeg.h"
#include "media/sandbox/sandbox_test_support.h"
#include "tests/support/shared_data.h"

namespace posed::media::sandbox {
namespace {

constexpr auto decoder_program = POSED_DECODER_PROGRAM;
constexpr int clip_frames = 60;

/// A sandbox and a clip of pictures that all differ, with sound.
class SandboxTest : public testing::Test {
  protected:
    SandboxTest() : sandbox(Sandbox::open(decoder_program, {.silence = std::chrono::seconds(60)}).value()) {
        ffmpeg(
            "-f lavfi -i testsrc2=size=320x180:rate=30:duration=2 -f lavfi -i sine=duration=2 "
            "-c:v libx264 -g 15 -pix_fmt yuv420p -c:a aac -movflags +faststart " +
            path());
        file = open_file(path()).value();
    }

    [[nodiscard]] std::string path() const { return (folder.path() / "clip.mp4").string(); }

    std::unique_ptr<Decoder> open(const DecodeOptions& options = {}) {
        return sandbox->open_decoder(*file, options, silent_log()).value();
    }

    tests::TemporaryFolder folder;
    std::unique_ptr<Sandbox> sandbox;
    std::unique_ptr<ByteSource> file;
};

std::vector<std::uint8_t> samples_of(const FrameView& view) {
    std::vector<std::uint8_t> samples;
    for (const auto& plane : view.planes)
        for (int y = 0; y < plane.height; ++y)
            samples.insert(samples.end(), plane.data + plane.stride * y,
                           plane.data + plane.stride * y + plane.width);
    return samples;
}

std::vector<DecodedFrame> all_frames(Decoder& decoder) {
    std::vector<DecodedFrame> frames;
    while (auto next = decoder.next().value())
        frames.push_back(*std::move(next));
    return frames;
}

TEST_F(SandboxTest, HoldsEveryRequiredLayer) {
    for (const std::string required : {"no_new_privileges", "limits", "system_calls"})
        EXPECT_NE(std::ranges::find(sandbox->layers(), required), sandbox->layers().end()) << required;
}

// Whoever keeps more frames than the ring has slots gets copies: nothing waits for ever, nothing is
// overwritten.
TEST_F(SandboxTest, FramesStayAsTheyWereHoweverManyAreKept) {
    const auto inside = in_process().open_decoder(*file, {}, silent_log()).value();
    const auto expected = all_frames(*inside);
    auto decoder = open();
    const auto kept = all_frames(*decoder);
    decoder.reset();
    sandbox.reset();
    ASSERT_EQ(kept.size(), expected.size());
    ASSERT_EQ(kept.size(), std::size_t{clip_frames});
    for (std::size_t i = 0; i < kept.size(); ++i)
        EXPECT_EQ(samples_of(kept[i].frame.view), samples_of(expected[i].frame.view)) << i;
}

TEST_F(SandboxTest, TheEndIsSaidAgain) {
    const auto decoder = open();
    EXPECT_EQ(all_frames(*decoder).size(), std::size_t{clip_frames});
    EXPECT_FALSE(decoder->next().value());
}

TEST_F(SandboxTest, LeavesNoDescriptorNoMappingAndNoProcess) {
    static_cast<void>(sandbox->probe(*file, {}, silent_log()));
    sandbox.reset();
    const auto descriptors = open_descriptors();
    {
        sandbox = Sandbox::open(decoder_program).value();
        for (int i = 0; i < 5; ++i) {
            const auto decoder = open();
            ASSERT_TRUE(decoder->next().value());
            EXPECT_EQ(mapped_rings(), 1U);
            ASSERT_TRUE(sandbox->open_sound(*file, {}, silent_log()).value());
            ASSERT_TRUE(sandbox->probe(*file, {}, silent_log()));
        }
        sandbox.reset();
    }
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_EQ(mapped_rings(), 0U);
    EXPECT_EQ(children().size(), 0U);
}

TEST_F(SandboxTest, ServesManyThreadsAtOnce) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this] {
            const auto file = open_file(path()).value();
            const auto decoder = sandbox->open_decoder(*file, {}, silent_log()).value();
            EXPECT_EQ(all_frames(*decoder).size(), std::size_t{clip_frames});
        });
}

TEST_F(SandboxTest, SoundIsTheSameToTheByte) {
    for (const auto start : {Microseconds(0), Microseconds(1'300'000)}) {
        const auto inside = in_process().open_sound(*file, start, silent_log()).value();
        const auto sandboxed = sandbox->open_sound(*file, start, silent_log()).value();
        EXPECT_EQ(inside->format(), sandboxed->format());
        while (const auto expected = inside->next().value()) {
            const auto packet = sandboxed->next().value();
            ASSERT_TRUE(packet);
            EXPECT_EQ(packet->pts, expected->pts);
            EXPECT_EQ(packet->duration, expected->duration);
            EXPECT_TRUE(std::ranges::equal(packet->bytes, expected->bytes));
        }
        EXPECT_FALSE(sandboxed->next().value());
        EXPECT_FALSE(sandboxed->next().value());
    }
}

TEST_F(SandboxTest, AProgramThatIsNotThereIsSaidWhenItIsOpened) {
    const auto opened = Sandbox::open(folder.path() / "nothing");
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().code, Code::not_found);
}

TEST_F(SandboxTest, ASpareThatDiedIsReplacedUnnoticed) {
    for (const auto child : children()) {
        ::kill(child, SIGKILL);
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
    }
    EXPECT_TRUE(sandbox->probe(*file, {}, silent_log()));
}

class FatalSignals : public SandboxTest, public testing::WithParamInterface<int> {};

TEST_P(FatalSignals, AtAnyFrameAreAnErrorAndNothingElse) {
    for (const int frames_before : {0, 1, 17}) {
        const auto decoder = open();
        for (int i = 0; i < frames_before; ++i)
            ASSERT_TRUE(decoder->next().value());
        ::kill(working_child(), GetParam());
        Result<std::optional<DecodedFrame>> next = std::nullopt;
        for (int i = 0; i <= clip_frames && next; ++i)
            next = decoder->next();
        ASSERT_TRUE(next.has_error()) << "after " << frames_before;
        EXPECT_EQ(next.error().code, Code::decoder_crashed);
        EXPECT_NE(next.error().message.find("signal " + std::to_string(GetParam())), std::string::npos)
            << next.error().message;
        EXPECT_EQ(decoder->next().error(), next.error());
    }
    EXPECT_TRUE(sandbox->probe(*file, {}, silent_log()));
}

INSTANTIATE_TEST_SUITE_P(Signals, FatalSignals, testing::Values(SIGKILL, SIGSEGV, SIGABRT));

TEST_F(SandboxTest, AStoppedChildIsKilledWhenItsTimeIsOver) {
    sandbox.reset();
    sandbox = Sandbox::open(decoder_program, {.silence = std::chrono::milliseconds(1500)}).value();
    const auto decoder = open();
    const auto stopped = working_child();
    ::kill(stopped, SIGSTOP);
    Result<std::optional<DecodedFrame>> next = std::nullopt;
    for (int i = 0; i <= clip_frames && next; ++i)
        next = decoder->next();
    ASSERT_TRUE(next.has_error());
    EXPECT_EQ(next.error().code, Code::decoder_crashed);
    EXPECT_NE(next.error().message.find("stalled"), std::string::npos) << next.error().message;
    EXPECT_NE(working_child(), stopped);
}

TEST_F(SandboxTest, AStopEndsAWaitForAChildThatDoesNotAnswer) {
    std::stop_source stop;
    const auto decoder = open({.selection = {}, .limits = {}, .threads = 1, .stop = stop.get_token()});
    ::kill(working_child(), SIGSTOP);
    Result<std::optional<DecodedFrame>> next = std::nullopt;
    {
        const std::jthread waits([&] {
            while (next)
                next = decoder->next();
        });
        stop.request_stop();
    }
    EXPECT_EQ(next.error().code, Code::cancelled);
}

TEST_F(SandboxTest, ADecoderThatIsDroppedEndsItsStoppedChild) {
    auto decoder = open();
    const auto stopped = working_child();
    ::kill(stopped, SIGSTOP);
    decoder.reset();
    EXPECT_NE(working_child(), stopped);
}

/// Fails from a place on, in a way that no decoder could invent.
class FailingSource final : public ByteSource {
  public:
    FailingSource(ByteSource& source, std::uint64_t end) : source_(source), end_(end) {}
    std::uint64_t size() const noexcept override { return source_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (offset + buffer.size() > end_)
            return fail(Code::storage_full, "the store is on fire");
        return source_.read_at(offset, buffer);
    }

  private:
    ByteSource& source_;
    std::uint64_t end_;
};

TEST_F(SandboxTest, WhatTheSourceFailsWithIsTheSameAsInProcess) {
    for (const std::uint64_t end : {std::uint64_t{0}, std::uint64_t{3000}, file->size() - 100}) {
        FailingSource source(*file, end);
        for (auto* opener : {&in_process(), static_cast<Opener*>(sandbox.get())}) {
            auto opened = opener->open_decoder(source, {}, silent_log());
            auto error = opened.has_error() ? std::optional(opened.error()) : std::nullopt;
            while (!error) {
                auto next = (*opened)->next();
                ASSERT_TRUE(next.has_error() || *next) << "the end came before the failure";
                if (next.has_error())
                    error = next.error();
            }
            EXPECT_EQ(error->code, Code::storage_full) << error->message;
            EXPECT_EQ(error->message, "the store is on fire");
        }
    }
}

/// How long a child may be silent in a test: long enough to start on a busy machine under a sanitizer.
constexpr auto patience = std::chrono::seconds(5);

/// The first read takes longer than a child may be silent.
class SlowSource final : public ByteSource {
  public:
    explicit SlowSource(ByteSource& source) : source_(source) {}
    std::uint64_t size() const noexcept override { return source_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (!std::exchange(read_before_, true))
            (void)std::promise<void>().get_future().wait_for(patience + std::chrono::milliseconds(500));
        return source_.read_at(offset, buffer);
    }

  private:
    ByteSource& source_;
    bool read_before_ = false;
};

TEST_F(SandboxTest, TheTimeOfTheSourceIsNotTheChilds) {
    const auto impatient = Sandbox::open(decoder_program, {.silence = patience, .answer = patience}).value();
    SlowSource source(*file);
    EXPECT_TRUE(impatient->probe(source, {}, silent_log()));
}

}  // namespace
}  // namespace posed::media::sandbox
