#include "media/sound_input.h"

#include <utility>

namespace posed::media {
namespace {

constexpr AVRational microseconds{1, 1'000'000};
/// Long enough for any codec to have found its state, and for indexes that are a little off.
constexpr std::int64_t lead_in = 1'000'000;

}  // namespace

Result<std::unique_ptr<SoundInput>> SoundInput::open_at_beginning(ByteSource& source, Microseconds start,
                                                                  Log& log) {
    auto input = TRY(ByteSourceInput::open(source, log, MediaLimits{}.max_pixels));
    auto& context = input->context();
    const int chosen = av_find_best_stream(&context, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
    if (chosen < 0)
        return nullptr;
    for (unsigned i = 0; i < context.nb_streams; ++i)
        if (static_cast<int>(i) != chosen)
            context.streams[i]->discard = AVDISCARD_ALL;
    auto* stream = context.streams[chosen];
    return std::unique_ptr<SoundInput>(new SoundInput(std::move(input), stream, start));
}

Result<std::unique_ptr<SoundInput>> SoundInput::open(ByteSource& source, Microseconds start, Log& log) {
    auto sound = TRY(open_at_beginning(source, start, log));
    if (!sound || start.count() <= lead_in)
        return sound;
    if (TRY(sound->go_near_start()))
        return sound;
    return open_at_beginning(source, start, log);
}

std::int64_t SoundInput::start_in(int rate) const noexcept {
    return av_rescale_q(start_.count(), microseconds, {1, rate});
}

Result<bool> SoundInput::go_near_start() {
    const auto target = av_rescale_q(start_.count() - lead_in, microseconds, time_base());
    if (!input_->seek(stream_->index, target))
        return false;
    auto packet = make_packet();
    if (!TRY(read_from_input(*packet)))
        return false;
    if (av_compare_ts(packet->pts, time_base(), start_.count(), microseconds) > 0)
        return false;
    ahead_ = std::move(packet);
    return true;
}

Result<bool> SoundInput::read(AVPacket& packet) {
    if (!ahead_)
        return read_from_input(packet);
    av_packet_move_ref(&packet, ahead_.get());
    ahead_.reset();
    return true;
}

Result<bool> SoundInput::read_from_input(AVPacket& packet) {
    while (TRY(input_->read(packet))) {
        if (packet.stream_index != stream_->index) {
            av_packet_unref(&packet);
            continue;
        }
        if (packet.pts == AV_NOPTS_VALUE)
            packet.pts = packet.dts != AV_NOPTS_VALUE ? packet.dts : end_of_last_;
        end_of_last_ = packet.pts + packet.duration;
        return true;
    }
    return false;
}

}  // namespace posed::media
