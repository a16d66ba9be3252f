#include "media/sandbox/messages.h"

#include <cstring>
#include <utility>

#include "media/sandbox/fields.h"

namespace posed::media::sandbox {

// What travels, member by member, in both directions. Not in an unnamed namespace: they are found by their
// argument's.

template <class F>
void fields(F& f, typename F::template Of<Size>& v) {
    f(v.width, v.height);
}
template <class F>
void fields(F& f, typename F::template Of<Rational>& v) {
    f(v.numerator, v.denominator);
}
template <class F>
void fields(F& f, typename F::template Of<ColourEncoding>& v) {
    f(v.matrix, v.range, v.siting);
}
template <class F>
void fields(F& f, typename F::template Of<Affine>& v) {
    f(v.xx, v.xy, v.x0, v.yx, v.yy, v.y0);
}
template <class F>
void fields(F& f, typename F::template Of<VideoInfo>& v) {
    f(v.container, v.codec, v.pixel_format, v.coded, v.displayed, v.pixel_aspect, v.rotation, v.mirrored,
      v.interlaced, v.duration, v.frame_rate, v.frame_count, v.time_base, v.colour, v.colour_tagged,
      v.transfer, v.bit_depth, v.audio_codec);
}
template <class F>
void fields(F& f, typename F::template Of<Selection>& v) {
    f(v.start, v.duration, v.rate);
}
template <class F>
void fields(F& f, typename F::template Of<MediaLimits>& v) {
    f(v.max_pixels, v.max_frames, v.max_duration);
}
template <class F>
void fields(F& f, typename F::template Of<LostFrames>& v) {
    f(v.count, v.first_reason);
}
template <class F>
void fields(F& f, typename F::template Of<Error>& v) {
    f(v.code, v.message, v.suggestion);
}
template <class F>
void fields(F& f, typename F::template Of<SoundFormat>& v) {
    f(v.codec, v.sample_rate, v.channels, v.speakers, v.sample_format, v.bits_per_second,
      v.bits_per_coded_sample, v.bits_per_raw_sample, v.profile, v.level, v.samples_per_packet, v.block_bytes,
      v.initial_padding, v.trailing_padding, v.seek_preroll, v.header);
}

template <class F>
void fields(F& f, typename F::template Of<Ready>& v) {
    f(v.layers);
}
template <class F>
void fields(F& f, typename F::template Of<LogLine>& v) {
    f(v.level, v.text);
}
template <class F>
void fields(F& f, typename F::template Of<ReadFile>& v) {
    f(v.offset, v.length);
}
template <class F>
void fields(F& f, typename F::template Of<VideoFound>& v) {
    f(v.video);
}
template <class F>
void fields(F& f, typename F::template Of<FrameDecoded>& v) {
    for (auto& plane : v.planes)
        f(plane.offset, plane.stride);
    f(v.slot, v.pts, v.time, v.repeats, v.chroma_shift_x, v.chroma_shift_y, v.colour, v.coded_from_displayed,
      v.lost);
}
template <class F>
void fields(F& f, typename F::template Of<FramesEnded>& v) {
    f(v.lost);
}
template <class F>
void fields(F& f, typename F::template Of<SoundFound>& v) {
    f(v.format);
}
template <class F>
void fields(F& f, typename F::template Of<SoundRead>& v) {
    f(v.bytes, v.pts, v.duration);
}
template <class F>
void fields(F&, typename F::template Of<SoundEnded>&) {}
template <class F>
void fields(F& f, typename F::template Of<Failed>& v) {
    f(v.error, v.lost);
}

template <class F>
void fields(F& f, typename F::template Of<Probe>& v) {
    f(v.file_bytes, v.limits);
}
template <class F>
void fields(F& f, typename F::template Of<OpenDecoder>& v) {
    f(v.file_bytes, v.selection, v.limits, v.threads);
}
template <class F>
void fields(F& f, typename F::template Of<UseRing>& v) {
    f(v.slot_bytes, v.slots);
}
template <class F>
void fields(F& f, typename F::template Of<DecodeNext>& v) {
    f(v.let_go);
}
template <class F>
void fields(F& f, typename F::template Of<OpenSound>& v) {
    f(v.file_bytes, v.start);
}
template <class F>
void fields(F&, typename F::template Of<ReadSound>&) {}
template <class F>
void fields(F& f, typename F::template Of<FileBytes>& v) {
    f(v.bytes);
}
template <class F>
void fields(F& f, typename F::template Of<ReadFailed>& v) {
    f(v.error);
}

namespace {

/// The length, the kind (its place in the variant), the fields.
template <class Message>
std::vector<std::byte> encode_any(const Message& message) {
    std::vector<std::byte> bytes;
    FieldWriter writer(bytes);
    writer(std::uint32_t{0}, static_cast<std::uint8_t>(message.index()));
    std::visit([&](const auto& alternative) { writer(alternative); }, message);
    const auto length = static_cast<std::uint32_t>(bytes.size() - sizeof(std::uint32_t));
    std::memcpy(bytes.data(), &length, sizeof length);
    return bytes;
}

template <class Message, std::size_t kind = 0>
std::optional<Message> decode_any(std::uint8_t wanted, FieldReader& reader) {
    if constexpr (kind < std::variant_size_v<Message>) {
        if (kind != wanted)
            return decode_any<Message, kind + 1>(wanted, reader);
        std::variant_alternative_t<kind, Message> alternative;
        reader(alternative);
        if (reader.read_all())
            return Message(std::in_place_index<kind>, std::move(alternative));
    }
    return std::nullopt;
}

template <class Message>
std::optional<Message> decode_any(std::span<const std::byte> bytes) {
    FieldReader reader(bytes);
    std::uint8_t kind = 0;
    reader(kind);
    return decode_any<Message>(kind, reader);
}

}  // namespace

std::vector<std::byte> encode(const FromChild& message) {
    return encode_any(message);
}
std::vector<std::byte> encode(const ToChild& message) {
    return encode_any(message);
}
std::optional<FromChild> decode_from_child(std::span<const std::byte> bytes) {
    return decode_any<FromChild>(bytes);
}
std::optional<ToChild> decode_to_child(std::span<const std::byte> bytes) {
    return decode_any<ToChild>(bytes);
}

}  // namespace posed::media::sandbox
