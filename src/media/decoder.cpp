#include "media/decoder.h"

#include <algorithm>
#include <utility>

#include "media/frame_sequence.h"
#include "media/output_clock.h"
#include "media/picture_converter.h"

namespace posed::media {
namespace {

class StreamDecoder final : public Decoder {
  public:
    StreamDecoder(std::unique_ptr<FrameSequence> sequence, OutputClock clock, const DecodeOptions& options)
        : sequence_(std::move(sequence)),
          clock_(clock),
          start_(options.selection.start),
          max_frames_(options.limits.max_frames),
          stop_(options.stop),
          converter_(sequence_->video()) {}

    const VideoInfo& video() const noexcept override { return sequence_->video().info; }
    LostFrames lost_frames() const override { return lost_; }
    Result<std::optional<DecodedFrame>> next() override;

  private:
    /// A frame of the window whose last output is not known yet.
    struct Held {
        FramePointer frame;
        std::int64_t pts = 0;
        std::int64_t first_output = 0;
    };

    Result<std::optional<Held>> next_in_window();
    Result<std::optional<DecodedFrame>> next_at_rate();
    Result<std::optional<DecodedFrame>> give(Held held, std::int64_t repeats);
    Result<std::optional<DecodedFrame>> end();
    void count_lost(const std::vector<std::int64_t>& lost);
    std::int64_t end_of_last() const noexcept;

    std::unique_ptr<FrameSequence> sequence_;
    OutputClock clock_;
    Microseconds start_;
    std::int64_t max_frames_;
    std::stop_token stop_;
    PictureConverter converter_;
    LostFrames lost_;
    std::int64_t in_window_ = 0;      ///< frames of the window decoded so far
    std::int64_t last_pts_ = 0;       ///< of them
    std::int64_t last_duration_ = 0;  ///< of the last one, in ticks
    std::int64_t outputs_ = 0;        ///< given so far, with repeats
    bool past_window_ = false;
    std::optional<Held> held_;
    std::optional<std::int64_t> end_output_;  ///< the first output that the window's length cuts off
};

void StreamDecoder::count_lost(const std::vector<std::int64_t>& lost) {
    for (const auto pts : lost) {
        // What is lost before the first shown frame belongs to a window that starts with the file.
        const bool is_inside = (pts >= clock_.begin() || start_.count() == 0) && pts < clock_.end();
        if (is_inside && lost_.count++ == 0)
            lost_.first_reason = "the frame at " + text_of(clock_.time_of(pts)) + " is damaged or missing";
    }
}

Result<std::optional<StreamDecoder::Held>> StreamDecoder::next_in_window() {
    if (past_window_)
        return std::nullopt;
    if (stop_.stop_requested())
        return fail(Code::cancelled, "decoding was stopped");
    auto read = TRY(sequence_->next());
    count_lost(read.lost);
    if (!read.frame || read.pts >= clock_.end()) {
        past_window_ = true;
        return std::nullopt;
    }
    last_duration_ = duration_of(*read.frame) > 0 ? duration_of(*read.frame)
                     : in_window_ > 0             ? read.pts - last_pts_
                                                  : last_duration_;
    last_pts_ = read.pts;
    ++in_window_;
    return Held{.frame = std::move(read.frame), .pts = read.pts};
}

std::int64_t StreamDecoder::end_of_last() const noexcept {
    return last_pts_ + last_duration_;
}

Result<std::optional<DecodedFrame>> StreamDecoder::give(Held held, std::int64_t repeats) {
    outputs_ += repeats;
    if (outputs_ > max_frames_)
        return fail(Code::limit_exceeded,
                    "the selection has more than " + std::to_string(max_frames_) + " frames",
                    "Ask for a lower frame rate or a shorter window");
    DecodedFrame decoded;
    decoded.frame = TRY(converter_.convert(std::move(held.frame)));
    decoded.pts = held.pts;
    decoded.time = clock_.time_of(held.pts);
    decoded.repeats = repeats;
    return decoded;
}

Result<std::optional<DecodedFrame>> StreamDecoder::end() {
    if (outputs_ > 0)
        return std::nullopt;
    if (in_window_ > 0)
        return fail(Code::empty_window,
                    "the window's frames end " + text_of(clock_.time_of(end_of_last())) +
                        " after the first, before one output at the wanted frame rate is over",
                    "Ask for a higher frame rate");
    if (lost_.count > 0)
        return fail(Code::corrupt_media,
                    "none of the " + std::to_string(lost_.count) +
                        " frames of the window can be decoded: " + lost_.first_reason,
                    "Copy or download the file again");
    return fail(Code::empty_window,
                "no frame is shown in the window that starts at " + text_of(start_) +
                    "; the last decoded frame is at " + text_of(clock_.time_of(sequence_->last_pts())),
                "Start earlier, or make the window longer");
}

Result<std::optional<DecodedFrame>> StreamDecoder::next_at_rate() {
    while (true) {
        if (end_output_ && held_ == std::nullopt)
            return end();
        auto shown = TRY(next_in_window());
        if (!shown && !held_)
            return end();
        std::int64_t output = clock_.output_at(shown ? shown->pts : end_of_last());
        if (!held_) {
            const auto most = clock_.most_outputs();
            end_output_ = most ? output + *most : INT64_MAX;
        }
        const bool is_last = !shown || output >= *end_output_;
        output = std::min(output, *end_output_);
        auto held = std::exchange(held_, std::nullopt);
        if (!is_last) {
            shown->first_output = output;
            held_ = std::move(shown);
        }
        const auto repeats = held ? output - held->first_output : 0;
        if (repeats > 0)
            return give(*std::move(held), repeats);
    }
}

Result<std::optional<DecodedFrame>> StreamDecoder::next() {
    if (clock_.has_rate())
        return next_at_rate();
    auto shown = TRY(next_in_window());
    if (!shown)
        return end();
    return give(*std::move(shown), 1);
}

}  // namespace

Result<std::unique_ptr<Decoder>> open_decoder(ByteSource& source, const DecodeOptions& options, Log& log) {
    auto sequence = TRY(FrameSequence::open(source, options, log));
    const auto clock =
        TRY(OutputClock::make(options.selection, sequence->video().info.time_base, sequence->first_pts()));
    TRY(sequence->start_at(clock.begin()));
    return std::make_unique<StreamDecoder>(std::move(sequence), clock, options);
}

}  // namespace posed::media
