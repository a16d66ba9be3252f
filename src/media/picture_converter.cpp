#include "media/picture_converter.h"

#include <array>
#include <new>
#include <utility>

#include "media/colour.h"
#include "media/deinterlace.h"

namespace posed::media {
namespace {

/// The planes of bytes that hold most of what a format holds. Interlaced pictures keep the height of their
/// chroma, so that their fields stay apart.
AVPixelFormat nearest_planar_bytes(AVPixelFormat format, bool interlaced) noexcept {
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    if (description->nb_components < 3)
        return AV_PIX_FMT_GRAY8;
    const bool rgb = (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    return interlaced && !rgb && description->log2_chroma_h == 0 ? AV_PIX_FMT_YUV422P : AV_PIX_FMT_YUV420P;
}

/// Where swscale shall see the chroma samples, in 1/256 of a luma sample from the upper left one's centre.
void set_chroma_places(SwsContext* context, ChromaSiting siting) {
    const int across = siting == ChromaSiting::center ? 128 : 0;
    const int down = siting == ChromaSiting::top_left ? 0 : 128;
    av_opt_set_int(context, "src_h_chr_pos", across, 0);
    av_opt_set_int(context, "dst_h_chr_pos", across, 0);
    av_opt_set_int(context, "src_v_chr_pos", down, 0);
    av_opt_set_int(context, "dst_v_chr_pos", down, 0);
}

}  // namespace

bool is_shown_as_is(AVPixelFormat format) noexcept {
    switch (format) {
        case AV_PIX_FMT_YUV420P:
        case AV_PIX_FMT_YUVJ420P:
        case AV_PIX_FMT_YUVA420P:
        case AV_PIX_FMT_YUV422P:
        case AV_PIX_FMT_YUVJ422P:
        case AV_PIX_FMT_YUV444P:
        case AV_PIX_FMT_YUVJ444P:
        case AV_PIX_FMT_GRAY8:
            return true;
        default:
            return false;
    }
}

PictureConverter::PictureConverter(const VideoStream& video)
    : info_(video.info),
      coded_from_displayed_(coded_from_displayed(video.info.coded, video.info.displayed, video.orientation)) {
    if (info_.transfer != TransferFunction::sdr)
        tone_map_ = std::make_unique<ToneMap>(info_.transfer, info_.colour.range);
}

Result<Frame> PictureConverter::convert(FramePointer frame) {
    const bool interlaced = is_interlaced(*frame);
    FramePointer picture = TRY(to_planar_bytes(std::move(frame)));
    if (interlaced)
        picture = deinterlaced(*picture);
    return view_of(std::move(picture));
}

Result<FramePointer> PictureConverter::to_planar_bytes(FramePointer frame) {
    const auto format = static_cast<AVPixelFormat>(frame->format);
    if (tone_map_) {
        if (format != AV_PIX_FMT_YUV420P10LE)
            frame = TRY(rescale(*frame, AV_PIX_FMT_YUV420P10LE));
        return tone_mapped(*frame);
    }
    if (is_shown_as_is(format))
        return frame;
    return rescale(*frame, nearest_planar_bytes(format, is_interlaced(*frame)));
}

FramePointer PictureConverter::pooled(AVPixelFormat format, const AVFrame& like) {
    constexpr int alignment = 64;
    constexpr std::size_t read_beyond = 64;  // vectors that sample the last row
    const int bytes = av_image_get_buffer_size(format, like.width, like.height, alignment);
    if (bytes <= 0)
        throw std::bad_alloc();
    const auto wanted = static_cast<std::size_t>(bytes) + read_beyond;
    if (!pool_ || pool_bytes_ < wanted) {
        pool_.reset(av_buffer_pool_init(wanted, nullptr));
        pool_bytes_ = wanted;
    }
    auto frame = make_frame();
    frame->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
    if (frame->buf[0] == nullptr)
        throw std::bad_alloc();
    av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, format, like.width, like.height,
                         alignment);
    frame->format = format;
    frame->width = like.width;
    frame->height = like.height;
    return frame;
}

Result<> PictureConverter::open_scale(const AVFrame& frame, AVPixelFormat format) {
    scale_.reset(sws_alloc_context());
    if (!scale_)
        throw std::bad_alloc();
    const auto source = static_cast<AVPixelFormat>(frame.format);
    av_opt_set_int(scale_.get(), "srcw", frame.width, 0);
    av_opt_set_int(scale_.get(), "srch", frame.height, 0);
    av_opt_set_int(scale_.get(), "dstw", frame.width, 0);
    av_opt_set_int(scale_.get(), "dsth", frame.height, 0);
    av_opt_set_int(scale_.get(), "src_format", source, 0);
    av_opt_set_int(scale_.get(), "dst_format", format, 0);
    av_opt_set_int(scale_.get(), "sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, 0);
    const auto* from = av_pix_fmt_desc_get(source);
    const auto* to = av_pix_fmt_desc_get(format);
    // Saying places where none change would make swscale filter what it can copy.
    if (from->log2_chroma_w != to->log2_chroma_w || from->log2_chroma_h != to->log2_chroma_h)
        set_chroma_places(scale_.get(), info_.colour.siting);
    if (const int error = sws_init_context(scale_.get(), nullptr, nullptr); error < 0)
        return libav_error(error, "pictures of the format " + info_.pixel_format + " cannot be converted",
                           Code::unsupported_media);
    const int* coefficients = coefficients_of(info_.colour.matrix);
    const int full = info_.colour.range == ColourRange::full ? 1 : 0;
    constexpr int neutral = 1 << 16;
    sws_setColorspaceDetails(scale_.get(), coefficients, full, coefficients, full, 0, neutral, neutral);
    scale_to_ = format;
    return {};
}

Result<FramePointer> PictureConverter::rescale(const AVFrame& frame, AVPixelFormat format) {
    if (!scale_ || scale_to_ != format)
        TRY(open_scale(frame, format));
    auto scaled = pooled(format, frame);
    const int rows =
        sws_scale(scale_.get(), frame.data, frame.linesize, 0, frame.height, scaled->data, scaled->linesize);
    if (rows != frame.height)
        return fail(Code::internal, "swscale converted " + std::to_string(rows) + " of " +
                                        std::to_string(frame.height) + " rows");
    return scaled;
}

FramePointer PictureConverter::tone_mapped(const AVFrame& frame) {
    auto mapped = pooled(AV_PIX_FMT_YUV420P, frame);
    const TenBitPicture in{
        .planes = {reinterpret_cast<const std::uint16_t*>(frame.data[0]),
                   reinterpret_cast<const std::uint16_t*>(frame.data[1]),
                   reinterpret_cast<const std::uint16_t*>(frame.data[2])},
        .strides = {frame.linesize[0] / 2, frame.linesize[1] / 2, frame.linesize[2] / 2},
        .size = {frame.width, frame.height},
    };
    const EightBitPicture out{.planes = {mapped->data[0], mapped->data[1], mapped->data[2]},
                              .strides = {mapped->linesize[0], mapped->linesize[1], mapped->linesize[2]}};
    tone_map_->apply(in, out);
    return mapped;
}

FramePointer PictureConverter::deinterlaced(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    auto whole = pooled(format, frame);
    const auto* description = av_pix_fmt_desc_get(format);
    const int planes = description->nb_components >= 3 ? 3 : 1;
    for (int i = 0; i < planes; ++i) {
        const int width = i == 0 ? frame.width : AV_CEIL_RSHIFT(frame.width, description->log2_chroma_w);
        const int height = i == 0 ? frame.height : AV_CEIL_RSHIFT(frame.height, description->log2_chroma_h);
        deinterlace({frame.data[i], frame.linesize[i], width, height}, is_top_field_first(frame) ? 0 : 1,
                    whole->data[i], whole->linesize[i]);
    }
    return whole;
}

Frame PictureConverter::view_of(FramePointer frame) {
    const auto* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
    const bool has_chroma = description->nb_components >= 3;
    const int shift_x = has_chroma ? description->log2_chroma_w : 1;
    const int shift_y = has_chroma ? description->log2_chroma_h : 1;
    Frame result;
    auto& view = result.view;
    view.chroma_shift_x = shift_x;
    view.chroma_shift_y = shift_y;
    view.planes[0] = {frame->data[0], frame->linesize[0], frame->width, frame->height};
    const int width = AV_CEIL_RSHIFT(frame->width, shift_x), height = AV_CEIL_RSHIFT(frame->height, shift_y);
    for (std::size_t i = 1; i < 3; ++i)
        view.planes[i] = {frame->data[i], frame->linesize[i], width, height};
    view.colour = info_.colour;
    if (tone_map_)
        view.colour = {
            .matrix = ColourMatrix::bt709, .range = ColourRange::limited, .siting = info_.colour.siting};
    view.displayed = info_.displayed;
    view.coded_from_displayed = coded_from_displayed_;
    if (!has_chroma) {
        constexpr std::size_t read_beyond = 64;
        const auto stride = static_cast<std::size_t>(width) + read_beyond;
        if (!grey_)
            grey_ =
                std::make_shared<std::vector<std::uint8_t>>(stride * static_cast<std::size_t>(height), 128);
        for (std::size_t i = 1; i < 3; ++i)
            view.planes[i] = {grey_->data(), static_cast<std::ptrdiff_t>(stride), width, height};
    }
    result.memory =
        std::make_shared<std::pair<std::shared_ptr<AVFrame>, decltype(grey_)>>(std::move(frame), grey_);
    return result;
}

}  // namespace posed::media
