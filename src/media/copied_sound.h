#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "media/sound.h"
#include "media/sound_input.h"

namespace posed::media {

/// Whether an MP4 file can carry such packets as they are, in a way that players know.
[[nodiscard]] bool can_be_copied(const AVCodecParameters& parameters);

/// The source's own packets.
class CopiedSound final : public Sound {
  public:
    explicit CopiedSound(std::unique_ptr<SoundInput> input);

    [[nodiscard]] const SoundFormat& format() const noexcept override { return format_; }
    [[nodiscard]] Result<std::optional<SoundPacket>> next() override;

  private:
    [[nodiscard]] bool is_wanted(const AVPacket& packet) const noexcept;

    std::unique_ptr<SoundInput> input_;
    SoundFormat format_;
    PacketPointer packet_ = make_packet();
    std::int64_t start_;    ///< in samples of the source's clock
    std::int64_t preroll_;  ///< samples before the start that a decoder needs
    std::int64_t delta_state_ = AV_NOPTS_VALUE;
    std::int64_t last_pts_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace posed::media
