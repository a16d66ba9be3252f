#include "media/sandbox/sandboxed_sound.h"

#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "media/sandbox/trust.h"

namespace posed::media::sandbox {
namespace {

constexpr auto doing = "reading the sound";

class SandboxedSound final : public Sound {
  public:
    SandboxedSound(std::unique_ptr<Conversation> conversation, SoundFormat format)
        : conversation_(std::move(conversation)), format_(std::move(format)) {}

    const SoundFormat& format() const noexcept override { return format_; }

    Result<std::optional<SoundPacket>> next() override {
        if (ended_)
            return std::nullopt;
        TRY(conversation_->order(ReadSound{}));
        auto answer = TRY(conversation_->answer(doing));
        ended_ = std::holds_alternative<SoundEnded>(answer);
        if (ended_)
            return std::nullopt;
        auto* read = std::get_if<SoundRead>(&answer);
        if (read == nullptr)
            return conversation_->broke_off("answered something else than sound");
        TRY(check(*read));
        last_ = std::move(*read);
        return SoundPacket{last_.bytes, last_.pts, last_.duration};
    }

  private:
    /// Times that no arithmetic of a muxer can leave, in order.
    Result<> check(const SoundRead& read) {
        constexpr std::int64_t latest = std::int64_t{1} << 52U;
        constexpr std::int64_t longest = std::int64_t{1} << 30U;
        const bool possible = read.pts > last_.pts && std::abs(read.pts) < latest && read.duration >= 0 &&
                              read.duration < longest && !read.bytes.empty();
        if (!possible)
            return conversation_->broke_off("sent sound out of time");
        return {};
    }

    std::unique_ptr<Conversation> conversation_;
    SoundFormat format_;
    SoundRead last_{.bytes = {}, .pts = std::numeric_limits<std::int64_t>::min(), .duration = 0};
    bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<Sound>> open_sound_in(std::unique_ptr<Conversation> conversation,
                                             std::uint64_t file_bytes, Microseconds start) {
    TRY(conversation->order(OpenSound{file_bytes, start}));
    auto found = TRY(conversation->answer_of<SoundFound>("opening the sound"));
    if (!found.format)
        return nullptr;
    if (const auto objection = objection_to(*found.format); !objection.empty())
        return conversation->broke_off("found " + objection);
    return std::make_unique<SandboxedSound>(std::move(conversation), *std::move(found.format));
}

}  // namespace posed::media::sandbox
