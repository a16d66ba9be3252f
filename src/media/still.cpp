#include "media/still.h"

#include <new>

#include "media/ffmpeg.h"
#include "media/scaler.h"

namespace posed::media {
namespace {

/// JFIF knows no other.
constexpr ColourEncoding jpeg_colour{
    .matrix = ColourMatrix::bt601, .range = ColourRange::full, .siting = ChromaSiting::center};

constexpr int quantizer = 4;  ///< of 1 (best) to 31

Result<CodecContextPointer> open_codec(Size size, Log& log) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (codec == nullptr)
        return fail(Code::internal, "this FFmpeg has no JPEG encoder");
    CodecContextPointer context(avcodec_alloc_context3(codec));
    if (!context)
        throw std::bad_alloc();
    send_log_to(*context, log);
    context->width = size.width;
    context->height = size.height;
    context->pix_fmt = AV_PIX_FMT_YUVJ420P;
    context->color_range = AVCOL_RANGE_JPEG;
    context->time_base = {1, 1};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->global_quality = FF_QP2LAMBDA * quantizer;
    const int opened = avcodec_open2(context.get(), codec, nullptr);
    if (opened < 0)
        return libav_error(opened, "the JPEG encoder does not open", Code::internal);
    return context;
}

/// Valid for as long as the canvas.
FramePointer frame_over(Canvas& canvas) {
    auto frame = make_frame();
    frame->width = canvas.size().width;
    frame->height = canvas.size().height;
    frame->format = AV_PIX_FMT_YUVJ420P;
    frame->color_range = AVCOL_RANGE_JPEG;
    frame->quality = FF_QP2LAMBDA * quantizer;
    frame->pts = 0;
    for (int plane = 0; plane < 3; ++plane) {
        frame->data[plane] = canvas.plane(plane);
        frame->linesize[plane] = static_cast<int>(canvas.stride(plane));
    }
    return frame;
}

}  // namespace

Result<std::string> jpeg_of(const FrameView& frame, Size box, Log& log) {
    Canvas canvas(fit_into(frame.displayed, box), jpeg_colour);
    TRY(Scaler().scale(frame, canvas));
    const auto codec = TRY(open_codec(canvas.size(), log));
    const auto picture = frame_over(canvas);
    const auto packet = make_packet();
    int status = avcodec_send_frame(codec.get(), picture.get());
    if (status >= 0)
        status = avcodec_send_frame(codec.get(), nullptr);
    if (status >= 0)
        status = avcodec_receive_packet(codec.get(), packet.get());
    if (status < 0)
        return libav_error(status, "the picture cannot be written as JPEG", Code::internal);
    return std::string(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size));
}

}  // namespace posed::media
