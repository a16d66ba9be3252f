#include "media/scaler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "media/colour.h"
#include "media/ffmpeg.h"
#include "media/turn.h"

namespace posed::media {
namespace {

/// Everything the tables depend on, in the frame's coded turn.
struct Shape {
    Size source;
    int chroma_shift_x = 1;
    int chroma_shift_y = 1;
    ColourEncoding source_colour;
    Size target;
    ColourEncoding target_colour;
    Turn turn;

    friend bool operator==(const Shape&, const Shape&) = default;
};

/// A place from the centre of the first luma sample under a chroma sample, in luma samples.
struct Offset {
    double x;
    double y;
};

Offset siting_offset(ChromaSiting siting, int shift_x, int shift_y) noexcept {
    const Offset middle{.x = ((1 << shift_x) - 1) / 2.0, .y = ((1 << shift_y) - 1) / 2.0};
    switch (siting) {
        case ChromaSiting::left:
            return {.x = 0, .y = middle.y};
        case ChromaSiting::center:
            return middle;
        case ChromaSiting::top_left:
            return {.x = 0, .y = 0};
    }
    return middle;
}

/// The siting of an upright 4:2:0 picture as seen in the coded turn.
Offset coded_offset(ChromaSiting siting, const Turn& turn) noexcept {
    Offset offset = siting_offset(siting, 1, 1);
    if (turn.transposed)
        std::swap(offset.x, offset.y);
    if (turn.flipped_x)
        offset.x = 1 - offset.x;
    if (turn.flipped_y)
        offset.y = 1 - offset.y;
    return offset;
}

Result<Turn> turn_of(const FrameView& frame) {
    const Affine& map = frame.coded_from_displayed;
    const double width = frame.displayed.width, height = frame.displayed.height;
    const bool transposed = std::abs(map.xy) > std::abs(map.xx);
    const double stray_x = transposed ? map.xx * width : map.xy * height;
    const double stray_y = transposed ? map.yy * height : map.yx * width;
    if (std::abs(stray_x) > 1 || std::abs(stray_y) > 1)
        return fail(Code::unsupported_media,
                    "the picture is turned by " +
                        std::to_string(std::lround(std::atan2(map.yx, map.xx) * 180 / std::acos(-1.0))) +
                        " degrees; only quarter turns and mirrors can be drawn");
    return Turn{.transposed = transposed,
                .flipped_x = (transposed ? map.xy : map.xx) < 0,
                .flipped_y = (transposed ? map.yx : map.yy) < 0};
}

Result<AVPixelFormat> pixel_format_of(int shift_x, int shift_y) {
    struct Subsampling {
        int shift_x, shift_y;
        AVPixelFormat format;
    };
    for (const auto& known : {Subsampling{1, 1, AV_PIX_FMT_YUV420P}, Subsampling{1, 0, AV_PIX_FMT_YUV422P},
                              Subsampling{0, 0, AV_PIX_FMT_YUV444P}, Subsampling{0, 1, AV_PIX_FMT_YUV440P},
                              Subsampling{2, 0, AV_PIX_FMT_YUV411P}, Subsampling{2, 2, AV_PIX_FMT_YUV410P}})
        if (known.shift_x == shift_x && known.shift_y == shift_y)
            return known.format;
    return fail(Code::unsupported_media, "the picture's chroma is halved " + std::to_string(shift_x) +
                                             " times in width and " + std::to_string(shift_y) +
                                             " times in height, which no video has");
}

bool only_turned(const Shape& shape) noexcept {
    return shape.source == shape.target && shape.chroma_shift_x == 1 && shape.chroma_shift_y == 1 &&
           shape.source_colour.matrix == shape.target_colour.matrix &&
           shape.source_colour.range == shape.target_colour.range;
}

/// swscale counts chroma places in 256ths of a luma sample.
int in_256ths(double offset) noexcept {
    return static_cast<int>(std::lround(offset * 256));
}

void set_option(SwsContext& context, const char* name, std::int64_t value) {
    av_opt_set_int(&context, name, value, 0);
}

/// The kernel grows with the reduction, up to a fixed length in swscale; where the bicubic one becomes too
/// long, the plain mean still fits.
Result<int> kernel_for(const Shape& shape) {
    constexpr double longest_bicubic = 60, longest_mean = 200;
    const double reduction = std::max(static_cast<double>(shape.source.width) / shape.target.width,
                                      static_cast<double>(shape.source.height) / shape.target.height);
    if (reduction > longest_mean)
        return fail(Code::invalid_argument,
                    "the picture of " + std::to_string(shape.source.width) + "x" +
                        std::to_string(shape.source.height) + " pixels is to become " +
                        std::to_string(shape.target.width) + "x" + std::to_string(shape.target.height) +
                        ", more than 200 times smaller",
                    "Ask for a larger size");
    return reduction > longest_bicubic ? SWS_AREA : SWS_BICUBIC;
}

Result<ScaleContextPointer> open_context(const Shape& shape) {
    ScaleContextPointer context(sws_alloc_context());
    if (!context)
        throw std::bad_alloc();
    const auto source = siting_offset(shape.source_colour.siting, shape.chroma_shift_x, shape.chroma_shift_y);
    const auto target = coded_offset(shape.target_colour.siting, shape.turn);
    const int source_full = shape.source_colour.range == ColourRange::full ? 1 : 0;
    const int target_full = shape.target_colour.range == ColourRange::full ? 1 : 0;
    set_option(*context, "sws_flags", TRY(kernel_for(shape)) | SWS_ACCURATE_RND);
    set_option(*context, "srcw", shape.source.width);
    set_option(*context, "srch", shape.source.height);
    set_option(*context, "src_format", TRY(pixel_format_of(shape.chroma_shift_x, shape.chroma_shift_y)));
    set_option(*context, "src_range", source_full);
    set_option(*context, "src_h_chr_pos", in_256ths(source.x));
    set_option(*context, "src_v_chr_pos", in_256ths(source.y));
    set_option(*context, "dstw", shape.target.width);
    set_option(*context, "dsth", shape.target.height);
    set_option(*context, "dst_format", AV_PIX_FMT_YUV420P);
    set_option(*context, "dst_range", target_full);
    set_option(*context, "dst_h_chr_pos", in_256ths(target.x));
    set_option(*context, "dst_v_chr_pos", in_256ths(target.y));
    const int opened = sws_init_context(context.get(), nullptr, nullptr);
    if (opened < 0)
        return libav_error(opened, "the scaler cannot be set up", Code::internal);
    if (sws_setColorspaceDetails(context.get(), coefficients_of(shape.source_colour.matrix), source_full,
                                 coefficients_of(shape.target_colour.matrix), target_full, 0, 1 << 16,
                                 1 << 16) < 0)
        return fail(Code::internal, "the scaler cannot convert between the colours of input and output");
    return context;
}

Shape shape_of(const FrameView& frame, const Canvas& canvas, const Turn& turn) {
    const Size upright = canvas.size();
    return {.source = {frame.planes[0].width, frame.planes[0].height},
            .chroma_shift_x = frame.chroma_shift_x,
            .chroma_shift_y = frame.chroma_shift_y,
            .source_colour = frame.colour,
            .target = turn.transposed ? Size{upright.height, upright.width} : upright,
            .target_colour = canvas.colour(),
            .turn = turn};
}

void turn_into(const FrameView& coded, const Turn& turn, Canvas& canvas) noexcept {
    for (int i = 0; i < 3; ++i)
        turn_plane(coded.planes[static_cast<std::size_t>(i)], turn, canvas.plane(i), canvas.stride(i));
}

}  // namespace

struct Scaler::State {
    Shape shape;
    ScaleContextPointer context;
    std::optional<Canvas> scaled;  ///< before it is turned; nothing when coded upright

    Result<> prepare(const Shape& wanted);
    Result<> resample(const FrameView& frame, Canvas& target) const;
};

Result<> Scaler::State::prepare(const Shape& wanted) {
    if (context && shape == wanted)
        return {};
    context = TRY(open_context(wanted));
    shape = wanted;
    scaled.reset();
    if (shape.turn != Turn{})
        scaled.emplace(shape.target, shape.target_colour);
    return {};
}

Result<> Scaler::State::resample(const FrameView& frame, Canvas& target) const {
    // swscale reads four of each.
    std::array<const std::uint8_t*, 4> from{};
    std::array<std::uint8_t*, 4> to{};
    std::array<int, 4> from_strides{}, to_strides{};
    for (std::size_t i = 0; i < 3; ++i) {
        from[i] = frame.planes[i].data;
        from_strides[i] = static_cast<int>(frame.planes[i].stride);
        to[i] = target.plane(static_cast<int>(i));
        to_strides[i] = static_cast<int>(target.stride(static_cast<int>(i)));
    }
    const int rows = sws_scale(context.get(), from.data(), from_strides.data(), 0, shape.source.height,
                               to.data(), to_strides.data());
    if (rows < 0)
        return libav_error(rows, "the picture cannot be scaled", Code::internal);
    return {};
}

Scaler::Scaler() : state_(std::make_unique<State>()) {}
Scaler::Scaler(Scaler&&) noexcept = default;
Scaler& Scaler::operator=(Scaler&&) noexcept = default;
Scaler::~Scaler() = default;

Result<> Scaler::scale(const FrameView& frame, Canvas& canvas) {
    const auto turn = TRY(turn_of(frame));
    const auto shape = shape_of(frame, canvas, turn);
    if (only_turned(shape)) {
        turn_into(frame, turn, canvas);
        return {};
    }
    TRY(state_->prepare(shape));
    if (!state_->scaled)
        return state_->resample(frame, canvas);
    TRY(state_->resample(frame, *state_->scaled));
    turn_into(state_->scaled->view(), turn, canvas);
    return {};
}

}  // namespace posed::media
