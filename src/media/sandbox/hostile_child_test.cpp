#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/sandbox/sandbox.h"
#include "media/sandbox/sandbox_test_support.h"
#include "media/sandbox/trust.h"
#include "tests/support/shared_data.h"

namespace posed::media::sandbox {
namespace {

class HostileChild : public testing::TestWithParam<const char*> {
  protected:
    /// The first error that a decoder of that program gives.
    [[nodiscard]] Error error_of_decoder() const {
        const auto program = folder_.path() / GetParam();
        std::filesystem::create_symlink(POSED_HOSTILE_CHILD, program);
        const auto sandbox = Sandbox::open(
            program, {.silence = std::chrono::seconds(20), .answer = std::chrono::milliseconds(1500)});
        if (sandbox.has_error())
            return sandbox.error();
        const auto bytes = view_bytes({});
        const auto decoder = (*sandbox)->open_decoder(*bytes, {}, silent_log());
        if (decoder.has_error())
            return decoder.error();
        constexpr int more_than_it_has = 200;
        std::vector<DecodedFrame> held;
        for (int i = 0; i < more_than_it_has; ++i) {
            auto next = (*decoder)->next();
            if (next.has_error())
                return next.error();
            if (*next)
                held.push_back(**std::move(next));
        }
        return fail(Code::internal, "no error at all");
    }

  private:
    tests::TemporaryFolder folder_;
};

TEST_P(HostileChild, IsNotBelieved) {
    const auto error = error_of_decoder();
    EXPECT_EQ(error.code, Code::decoder_crashed) << error.message;
    EXPECT_EQ(error.message, harmless(error.message));
    const std::string_view name = GetParam();
    const bool lies = name.starts_with("gives") || name.starts_with("finds") || name.starts_with("goes");
    EXPECT_FALSE(lies && error.message.find("stalled") != std::string::npos) << "the lie was not seen";
    EXPECT_EQ(children().size(), 0U);
    EXPECT_EQ(mapped_rings(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Attacks, HostileChild,
    testing::Values("says_nonsense_first", "says_half_a_message", "says_an_endless_message",
                    "says_an_unknown_kind", "is_ready_twice", "reads_too_much", "reads_for_ever",
                    "logs_for_ever", "finds_a_huge_picture", "finds_a_negative_picture", "finds_no_clock",
                    "finds_an_odd_turn", "finds_a_strange_name", "gives_a_strange_subsampling",
                    "gives_a_negative_subsampling", "gives_a_frame_in_a_strange_slot",
                    "gives_a_frame_behind_its_slot", "gives_a_frame_far_away", "gives_rows_far_apart",
                    "gives_rows_too_close", "gives_a_slot_that_is_held", "gives_a_frame_never",
                    "gives_a_frame_from_elsewhere", "gives_a_frame_from_nowhere", "goes_back_in_time",
                    "gives_frames_unasked", "gives_sound_for_a_frame", "just_ends"),
    [](const auto& info) { return std::string(info.param); });

TEST(Trust, SoundMustBeOfAKindThatIsCopied) {
    const SoundFormat good{.codec = "aac", .sample_rate = 48000, .channels = 2};
    EXPECT_EQ(objection_to(good), "");
    for (const auto& change : std::initializer_list<void (*)(SoundFormat&)>{
             [](SoundFormat& f) { f.codec = "h264"; }, [](SoundFormat& f) { f.sample_rate = 0; },
             [](SoundFormat& f) { f.channels = -1; }, [](SoundFormat& f) { f.samples_per_packet = -5; },
             [](SoundFormat& f) { f.header.resize(2U << 20U); }}) {
        auto bad = good;
        change(bad);
        EXPECT_NE(objection_to(bad), "");
    }
}

TEST(Trust, AChildMayBlameItsFileAndNothingElse) {
    EXPECT_EQ(believable(fail(Code::corrupt_media, "broken")).code, Code::corrupt_media);
    EXPECT_EQ(believable(fail(Code::storage_full, "no")).code, Code::internal);
    EXPECT_EQ(believable(fail(Code::cancelled, "no")).code, Code::internal);
    EXPECT_EQ(believable(fail(Code::corrupt_media, "a\nb\x1b")).message, "a?b?");
}

}  // namespace
}  // namespace posed::media::sandbox
