#include "media/picture_memory.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include "media/picture_converter.h"

namespace posed::media {
namespace {

bool has_three_planes_as_shown(const AVFrame& picture) noexcept {
    const auto format = static_cast<AVPixelFormat>(picture.format);
    return is_shown_as_is(format) && av_pix_fmt_desc_get(format)->nb_components == 3;
}

/// Where the planes of a picture with the codec's margins lie.
struct Planes {
    std::array<int, 4> strides{};
    std::array<std::size_t, 4> bytes{};
    std::size_t all_bytes = 0;
};

bool lay_out(Planes& planes, AVCodecContext& codec, const AVFrame& picture) noexcept {
    constexpr int alignment = 128;           // of luma, so that half as wide chroma has 64
    constexpr std::size_t read_beyond = 64;  // by vectors, behind the last row
    const auto format = static_cast<AVPixelFormat>(picture.format);
    int width = picture.width, height = picture.height;
    std::array<int, AV_NUM_DATA_POINTERS> needed{};
    avcodec_align_dimensions2(&codec, &width, &height, needed.data());
    width = FFALIGN(width, alignment);
    if (av_image_fill_linesizes(planes.strides.data(), format, width) < 0)
        return false;
    std::array<std::ptrdiff_t, 4> strides{};
    std::copy(planes.strides.begin(), planes.strides.end(), strides.begin());
    if (av_image_fill_plane_sizes(planes.bytes.data(), format, height, strides.data()) < 0)
        return false;
    planes.all_bytes = planes.bytes[0] + planes.bytes[1] + planes.bytes[2] + read_beyond;
    return true;
}

void let_go(void* holder, std::uint8_t*) noexcept {
    const std::unique_ptr<std::shared_ptr<std::uint8_t>> ended(
        static_cast<std::shared_ptr<std::uint8_t>*>(holder));
}

}  // namespace

void ask_for_memory(AVCodecContext& codec, FindMemory* find) noexcept {
    codec.get_buffer2 = find;
#if LIBAVCODEC_VERSION_MAJOR < 60
    // Else one thread would ask for all of them, and they would wait for it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    codec.thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
}

bool put_into(FrameMemory& memory, AVCodecContext& codec, AVFrame& picture) noexcept try {
    Planes planes;
    if (!has_three_planes_as_shown(picture) || (codec.codec->capabilities & AV_CODEC_CAP_DR1) == 0 ||
        !lay_out(planes, codec, picture))
        return false;
    auto taken = memory.take(planes.all_bytes);
    if (!taken)
        return false;
    auto* at = taken.get();
    auto holder = std::make_unique<std::shared_ptr<std::uint8_t>>(std::move(taken));
    picture.buf[0] = av_buffer_create(at, planes.all_bytes, let_go, holder.get(), 0);
    if (picture.buf[0] == nullptr)
        return false;
    static_cast<void>(holder.release());
    for (std::size_t i = 0; i < 3; ++i) {
        picture.data[i] = at;
        picture.linesize[i] = planes.strides[i];
        at += planes.bytes[i];
    }
    picture.extended_data = picture.data;
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

}  // namespace posed::media
