#include "media/copied_sound.h"

#include <algorithm>
#include <array>
#include <utility>

#include "media/sound_format.h"

namespace posed::media {
namespace {

struct Carried {
    AVCodecID codec;
    bool needs_header;  ///< a decoder cannot start without the container's copy of the codec's header
    /// What must be decoded, unheard, before the sound is right: overlap of the transform, MP3's reservoir of
    /// bits, Opus's 80 ms (RFC 7845 section 4.6). Samples.
    int preroll;
};

constexpr std::array carried{Carried{AV_CODEC_ID_AAC, true, 1024},  Carried{AV_CODEC_ID_MP3, false, 2304},
                             Carried{AV_CODEC_ID_AC3, false, 1536}, Carried{AV_CODEC_ID_EAC3, false, 1536},
                             Carried{AV_CODEC_ID_ALAC, true, 0},    Carried{AV_CODEC_ID_FLAC, true, 0},
                             Carried{AV_CODEC_ID_OPUS, true, 3840}};

const Carried* find(AVCodecID codec) noexcept {
    const auto* found = std::find_if(carried.begin(), carried.end(),
                                     [codec](const Carried& known) { return known.codec == codec; });
    return found == carried.end() ? nullptr : found;
}

std::int64_t duration_in_samples(const AVPacket& packet, const AVCodecParameters& parameters,
                                 AVRational time_base, int rate) {
    auto* mutable_parameters = const_cast<AVCodecParameters*>(&parameters);  // FFmpeg only reads it
    const int known = av_get_audio_frame_duration2(mutable_parameters, packet.size);
    return known > 0 ? known : av_rescale_q(packet.duration, time_base, {1, rate});
}

}  // namespace

bool can_be_copied(const AVCodecParameters& parameters) {
    const auto* known = find(parameters.codec_id);
    if (known == nullptr || (known->needs_header && parameters.extradata_size <= 0))
        return false;
    // Below that MP4 has no standard way.
    constexpr int lowest_mp3_rate = 16000;
    return parameters.codec_id != AV_CODEC_ID_MP3 || parameters.sample_rate >= lowest_mp3_rate;
}

CopiedSound::CopiedSound(std::unique_ptr<SoundInput> input)
    : input_(std::move(input)),
      format_(sound_format_of(input_->parameters())),
      start_(input_->start_in(format_.sample_rate)),
      preroll_(find(input_->parameters().codec_id)->preroll) {}

/// `packet` is already timed from the start.
bool CopiedSound::is_wanted(const AVPacket& packet) const noexcept {
    const bool cut_off = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
    return packet.pts > last_pts_ && packet.pts + packet.duration > -preroll_ && (!cut_off || packet.pts < 0);
}

Result<std::optional<SoundPacket>> CopiedSound::next() {
    auto& packet = *packet_;
    const int rate = format_.sample_rate;
    const AVRational clock{1, rate};
    av_packet_unref(&packet);
    while (TRY(input_->read(packet))) {
        const auto samples = duration_in_samples(packet, input_->parameters(), input_->time_base(), rate);
        // Coarse clocks (Matroska's milliseconds) are refined by the packets' lengths.
        const auto pts = av_rescale_delta(input_->time_base(), packet.pts, clock, static_cast<int>(samples),
                                          &delta_state_, clock);
        packet.pts = packet.dts = pts - start_;
        packet.duration = samples;
        if (is_wanted(packet)) {
            last_pts_ = packet.pts;
            return sound_packet_of(packet);
        }
        av_packet_unref(&packet);
    }
    return std::nullopt;
}

}  // namespace posed::media
