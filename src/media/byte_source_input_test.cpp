#include "media/byte_source_input.h"

#include <array>
#include <span>

#include <gtest/gtest.h>

#include "domain/video.h"
#include "tests/support/shared_data.h"

namespace posed::media {
namespace {

constexpr std::int64_t most_pixels = MediaLimits{}.max_pixels;

Result<std::unique_ptr<ByteSourceInput>> open_input(ByteSource& source) {
    return ByteSourceInput::open(source, silent_log(), most_pixels);
}

/// A source that fails from a place on, as a store does whose connection breaks.
class BreakingSource final : public ByteSource {
  public:
    BreakingSource(ByteSource& inner, std::uint64_t breaks_at) : inner_(inner), breaks_at_(breaks_at) {}
    std::uint64_t size() const noexcept override { return inner_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (offset + buffer.size() > breaks_at_)
            return fail(Code::input_output, "the connection broke");
        return inner_.read_at(offset, buffer);
    }

  private:
    ByteSource& inner_;
    std::uint64_t breaks_at_;
};

TEST(ByteSourceInput, ReadsAllPacketsOfAClip) {
    const auto path = posed::tests::shared_data() / "footage/clips/flower_no_person.mp4";
    POSED_NEEDS(path);
    const auto file = open_file(path).value();
    auto input = open_input(*file).value();
    EXPECT_EQ(input->container(), "mp4");
    std::array<int, 2> packets{};
    const auto packet = make_packet();
    while (input->read(*packet).value()) {
        ++packets.at(static_cast<std::size_t>(packet->stream_index));
        av_packet_unref(packet.get());
    }
    EXPECT_EQ(packets[0], 150);
    EXPECT_EQ(packets[1], 237);
}

TEST(ByteSourceInput, TellsABrokenSourceFromTheEndOfTheFile) {
    const auto path = posed::tests::shared_data() / "footage/clips/flower_no_person.mp4";
    POSED_NEEDS(path);
    const auto file = open_file(path).value();
    BreakingSource broken(*file, 400'000);
    auto input = open_input(broken).value();
    const auto packet = make_packet();
    auto more = input->read(*packet);
    while (more.has_value() && *more) {
        av_packet_unref(packet.get());
        more = input->read(*packet);
    }
    ASSERT_TRUE(more.has_error());
    EXPECT_EQ(more.error().code, Code::input_output);
    EXPECT_EQ(more.error().message, "the connection broke");
}

struct Refused {
    const char* file;
    Code code;
    const char* words;
};

class RefusedFiles : public testing::TestWithParam<Refused> {};

TEST_P(RefusedFiles, AreNamedWithTheCause) {
    const auto path = posed::tests::shared_data() / "footage/bad" / GetParam().file;
    POSED_NEEDS(path);
    const auto file = open_file(path).value();
    const auto input = open_input(*file);
    ASSERT_TRUE(input.has_error());
    EXPECT_EQ(input.error().code, GetParam().code);
    EXPECT_NE(input.error().message.find(GetParam().words), std::string::npos) << input.error().message;
    EXPECT_EQ(input.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, RefusedFiles,
    testing::Values(Refused{"zero_bytes.mp4", Code::unsupported_media, "empty (0 bytes)"},
                    Refused{"text_renamed.mp4", Code::unsupported_media, "text"},
                    Refused{"no_signature.txt", Code::unsupported_media, "text"},
                    Refused{"zip_renamed.mp4", Code::unsupported_media, "a ZIP archive"},
                    Refused{"jpeg_renamed.mp4", Code::unsupported_media, "a JPEG picture"},
                    Refused{"random_bytes.mp4", Code::unsupported_media, "unknown content"},
                    Refused{"ftyp_box_only.mp4", Code::corrupt_media, "'moov') is missing"},
                    Refused{"truncated_index_at_end.mp4", Code::corrupt_media, "ends at byte 83575"}),
    [](const auto& info) {
        const std::string name = info.param.file;
        return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace posed::media
