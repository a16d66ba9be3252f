#include "media/sound_format.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace posed::media {

SoundFormat sound_format_of(const AVCodecParameters& parameters) {
    const auto& layout = parameters.ch_layout;
    const auto header = std::as_bytes(
        std::span(parameters.extradata, static_cast<std::size_t>(std::max(0, parameters.extradata_size))));
    return {.codec = avcodec_get_name(parameters.codec_id),
            .sample_rate = parameters.sample_rate,
            .channels = layout.nb_channels,
            .speakers = layout.order == AV_CHANNEL_ORDER_NATIVE ? layout.u.mask : 0,
            .sample_format = parameters.format,
            .bits_per_second = parameters.bit_rate,
            .bits_per_coded_sample = parameters.bits_per_coded_sample,
            .bits_per_raw_sample = parameters.bits_per_raw_sample,
            .profile = parameters.profile,
            .level = parameters.level,
            .samples_per_packet = parameters.frame_size,
            .block_bytes = parameters.block_align,
            .initial_padding = parameters.initial_padding,
            .trailing_padding = parameters.trailing_padding,
            .seek_preroll = parameters.seek_preroll,
            .header = {header.begin(), header.end()}};
}

SoundPacket sound_packet_of(const AVPacket& packet) noexcept {
    return {.bytes = std::as_bytes(std::span(packet.data, static_cast<std::size_t>(packet.size))),
            .pts = packet.pts,
            .duration = packet.duration};
}

Result<> describe(const SoundFormat& format, AVCodecParameters& parameters) {
    const auto* codec = avcodec_descriptor_get_by_name(format.codec.c_str());
    if (codec == nullptr || codec->type != AVMEDIA_TYPE_AUDIO)
        return fail(Code::unsupported_media, "there is no codec for sound with the name " + format.codec);
    parameters.codec_type = AVMEDIA_TYPE_AUDIO;
    parameters.codec_id = codec->id;
    parameters.sample_rate = format.sample_rate;
    parameters.format = format.sample_format;
    parameters.bit_rate = format.bits_per_second;
    parameters.bits_per_coded_sample = format.bits_per_coded_sample;
    parameters.bits_per_raw_sample = format.bits_per_raw_sample;
    parameters.profile = format.profile;
    parameters.level = format.level;
    parameters.frame_size = format.samples_per_packet;
    parameters.block_align = format.block_bytes;
    parameters.initial_padding = format.initial_padding;
    parameters.trailing_padding = format.trailing_padding;
    parameters.seek_preroll = format.seek_preroll;
    if (format.speakers == 0 || av_channel_layout_from_mask(&parameters.ch_layout, format.speakers) < 0) {
        parameters.ch_layout.order = AV_CHANNEL_ORDER_UNSPEC;
        parameters.ch_layout.nb_channels = format.channels;
    }
    if (format.header.empty())
        return {};
    parameters.extradata =
        static_cast<std::uint8_t*>(av_mallocz(format.header.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (parameters.extradata == nullptr)
        throw std::bad_alloc();
    std::memcpy(parameters.extradata, format.header.data(), format.header.size());
    parameters.extradata_size = static_cast<int>(format.header.size());
    return {};
}

}  // namespace posed::media
