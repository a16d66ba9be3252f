#include "media/sandbox/trust.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "media/sandbox/frame_layout.h"

namespace posed::media::sandbox {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t text_bytes_max = 1024;
constexpr int side_max = 65535;
constexpr std::int64_t parts_max = INT32_MAX;  // FFmpeg's rationals hold no more

/// A short name as FFmpeg gives them.
bool is_name(const std::string& text) {
    constexpr std::size_t longest = 64;
    return text.size() <= longest && text == harmless(text);
}

bool fits(Size size, std::int64_t max_pixels) {
    return size.width > 0 && size.height > 0 && size.width <= side_max && size.height <= side_max &&
           std::int64_t{size.width} * size.height <= max_pixels;
}

bool is_sound(const Rational& value, std::int64_t lowest) {
    return value.numerator >= lowest && value.numerator <= parts_max && value.denominator > 0 &&
           value.denominator <= parts_max;
}

/// Whether every corner of the displayed picture lies in the coded one.
bool stays_inside(const Affine& map, Size displayed, Size coded) {
    constexpr double tolerance = 0.01;
    for (const double x : {0.0, static_cast<double>(displayed.width)}) {
        for (const double y : {0.0, static_cast<double>(displayed.height)}) {
            const double u = map.xx * x + map.xy * y + map.x0, v = map.yx * x + map.yy * y + map.y0;
            // Written so that what is not a number fails, too.
            if (!(u >= -tolerance && u <= coded.width + tolerance && v >= -tolerance &&
                  v <= coded.height + tolerance))
                return false;
        }
    }
    return true;
}

}  // namespace

Objection objection_to(const VideoInfo& video, const MediaLimits& limits) {
    if (!is_name(video.container) || !is_name(video.codec) || !is_name(video.pixel_format) ||
        !is_name(video.audio_codec.value_or("")))
        return "a name that is none";
    if (!fits(video.coded, limits.max_pixels) || !fits(video.displayed, limits.max_pixels))
        return "a picture of " + std::to_string(video.coded.width) + "x" + std::to_string(video.coded.height);
    if (video.rotation != 0 && video.rotation != 90 && video.rotation != 180 && video.rotation != 270)
        return "a rotation by " + std::to_string(video.rotation) + " degrees";
    if (!is_sound(video.time_base, 1) || !is_sound(video.frame_rate, 0) || !is_sound(video.pixel_aspect, 0))
        return "an impossible rate, time base or pixel aspect";
    if (video.frame_count.value_or(0) < 0 || video.duration.value_or(Microseconds(0)).count() < 0 ||
        video.bit_depth < 1 || video.bit_depth > 32)
        return "an impossible count, duration or bit depth";
    return {};
}

Objection objection_to(const FrameDecoded& frame, const VideoInfo& video, const UseRing& ring) {
    if (frame.repeats < 1)
        return "a frame shown " + std::to_string(frame.repeats) + " times";
    if ((frame.chroma_shift_x | frame.chroma_shift_y | 1) != 1)
        return "an impossible chroma subsampling";
    const auto sizes = plane_sizes(video.coded, frame.chroma_shift_x, frame.chroma_shift_y);
    if (frame.slot >= ring.slots || !lie_within(frame.planes, sizes, ring.slot_bytes))
        return "a frame that lies outside the memory for frames";
    if (!stays_inside(frame.coded_from_displayed, video.displayed, video.coded))
        return "a frame that is seen beyond its edges";
    return {};
}

Objection objection_to(const SoundFormat& format) {
    constexpr std::array carried{"aac"sv, "mp3"sv, "ac3"sv, "eac3"sv, "alac"sv, "flac"sv, "opus"sv};
    constexpr int rate_max = 1'000'000, channels_max = 256;
    constexpr std::size_t header_bytes_max = 1U << 20U;
    if (std::ranges::find(carried, format.codec) == carried.end())
        return "sound that is not to be copied";
    if (format.sample_rate < 1 || format.sample_rate > rate_max || format.channels < 1 ||
        format.channels > channels_max)
        return "sound with an impossible rate or number of channels";
    const std::array counts{format.bits_per_coded_sample, format.bits_per_raw_sample,
                            format.samples_per_packet,    format.block_bytes,
                            format.initial_padding,       format.trailing_padding,
                            format.seek_preroll};
    const bool all_sound =
        std::ranges::all_of(counts, [](int count) { return count >= 0 && count <= 1 << 24; });
    if (!all_sound || format.bits_per_second < 0 || format.header.size() > header_bytes_max)
        return "sound with an impossible format";
    return {};
}

std::string harmless(const std::string& text) {
    std::string line = text.substr(0, text_bytes_max);
    std::ranges::replace_if(
        line, [](char c) { return c < ' ' || c > '~'; }, '?');
    return line;
}

Error believable(const Error& error) {
    constexpr std::array may_blame{Code::invalid_argument, Code::unsupported_media, Code::corrupt_media,
                                   Code::no_video_stream,  Code::empty_window,      Code::limit_exceeded};
    const bool blames = std::ranges::find(may_blame, error.code) != may_blame.end();
    return {blames ? error.code : Code::internal, harmless(error.message), harmless(error.suggestion)};
}

LostFrames believable(const LostFrames& lost) {
    return {std::max<std::int64_t>(0, lost.count), harmless(lost.first_reason)};
}

}  // namespace posed::media::sandbox
