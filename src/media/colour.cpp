#include "media/colour.h"

namespace posed::media {
namespace {

/// Formats whose name alone says full range (JPEG's convention).
bool is_full_by_name(AVPixelFormat format) noexcept {
    switch (format) {
        case AV_PIX_FMT_YUVJ420P:
        case AV_PIX_FMT_YUVJ422P:
        case AV_PIX_FMT_YUVJ444P:
        case AV_PIX_FMT_YUVJ440P:
        case AV_PIX_FMT_YUVJ411P:
            return true;
        default:
            return false;
    }
}

ColourMatrix matrix_of(AVColorSpace space) noexcept {
    switch (space) {
        case AVCOL_SPC_BT709:
        case AVCOL_SPC_SMPTE240M:  // within 0.01 of BT.709
            return ColourMatrix::bt709;
        case AVCOL_SPC_BT2020_NCL:
        case AVCOL_SPC_BT2020_CL:
            return ColourMatrix::bt2020;
        default:
            return ColourMatrix::bt601;
    }
}

ChromaSiting siting_of(AVChromaLocation location) noexcept {
    switch (location) {
        case AVCHROMA_LOC_CENTER:
            return ChromaSiting::center;
        case AVCHROMA_LOC_TOPLEFT:
            return ChromaSiting::top_left;
        default:
            return ChromaSiting::left;
    }
}

}  // namespace

ColourEncoding encoding_of(const ColourTags& tags) noexcept {
    const bool full = tags.range == AVCOL_RANGE_JPEG || is_full_by_name(tags.format);
    return {.matrix = matrix_of(tags.matrix),
            .range = full ? ColourRange::full : ColourRange::limited,
            .siting = siting_of(tags.siting)};
}

bool is_tagged(const ColourTags& tags) noexcept {
    const bool range_known = tags.range != AVCOL_RANGE_UNSPECIFIED || is_full_by_name(tags.format);
    return range_known && tags.matrix != AVCOL_SPC_UNSPECIFIED && tags.matrix != AVCOL_SPC_RESERVED;
}

TransferFunction transfer_of(const ColourTags& tags) noexcept {
    switch (tags.transfer) {
        case AVCOL_TRC_SMPTE2084:
            return TransferFunction::pq;
        case AVCOL_TRC_ARIB_STD_B67:
            return TransferFunction::hlg;
        default:
            return TransferFunction::sdr;
    }
}

const int* coefficients_of(ColourMatrix matrix) noexcept {
    switch (matrix) {
        case ColourMatrix::bt601:
            return sws_getCoefficients(SWS_CS_ITU601);
        case ColourMatrix::bt709:
            return sws_getCoefficients(SWS_CS_ITU709);
        case ColourMatrix::bt2020:
            return sws_getCoefficients(SWS_CS_BT2020);
    }
    return sws_getCoefficients(SWS_CS_ITU601);
}

int bit_depth_of(AVPixelFormat format) noexcept {
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    return description != nullptr ? description->comp[0].depth : 8;
}

}  // namespace posed::media
