#pragma once

#include "domain/video.h"
#include "media/ffmpeg.h"

/// FFmpeg's colour tags as ours. Private to this folder.
namespace posed::media {

struct ColourTags {
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
    AVChromaLocation siting = AVCHROMA_LOC_UNSPECIFIED;
    AVPixelFormat format = AV_PIX_FMT_NONE;
};

/// Untagged: BT.601 limited at every size, chroma at the left; a tag always wins, and FFmpeg's yuvj formats
/// are such a tag (full range).
[[nodiscard]] ColourEncoding encoding_of(const ColourTags& tags) noexcept;

[[nodiscard]] bool is_tagged(const ColourTags& tags) noexcept;

[[nodiscard]] TransferFunction transfer_of(const ColourTags& tags) noexcept;

/// swscale's table of coefficients.
[[nodiscard]] const int* coefficients_of(ColourMatrix matrix) noexcept;

[[nodiscard]] int bit_depth_of(AVPixelFormat format) noexcept;

}  // namespace posed::media
