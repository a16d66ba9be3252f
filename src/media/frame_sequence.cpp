#include "media/frame_sequence.h"

#include <algorithm>
#include <utility>

namespace posed::media {
Result<std::unique_ptr<FrameSequence>> FrameSequence::open(ByteSource& source, const DecodeOptions& options,
                                                           Log& log) {
    std::unique_ptr<FrameSequence> sequence(new FrameSequence(source, options, log));
    TRY(sequence->open_reader());
    sequence->video_ = sequence->reader_->video();
    auto first = TRY(sequence->reader_->next());
    if (!first.frame)
        return fail(Code::corrupt_media,
                    "no frame can be decoded: " + std::to_string(first.lost.size()) +
                        " are damaged or missing, and the file ends at byte " + std::to_string(source.size()),
                    "Copy or download the file again");
    TRY(correct_by_frame(sequence->video_, *first.frame, options.limits));
    sequence->first_pts_ = first.pts;
    sequence->waiting_ = std::move(first);
    return sequence;
}

Result<> FrameSequence::open_reader() {
    reader_ = TRY(FrameReader::open(source_, limits_, threads_, memory_, log_));
    complaints_ = 0;
    return {};
}

Result<ReadFrame> FrameSequence::read() {
    auto read = TRY(reader_->next());
    TRY(check_limits(read));
    return read;
}

Result<> FrameSequence::check_limits(const ReadFrame& read) {
    frames_ += static_cast<std::int64_t>(read.lost.size()) + (read.frame ? 1 : 0);
    if (frames_ > limits_.max_frames)
        return fail(Code::limit_exceeded,
                    "more than " + std::to_string(limits_.max_frames) + " frames were decoded",
                    "Cut the video, or ask for a shorter window");
    if (!read.frame)
        return {};
    last_pts_ = read.pts;
    // Subtracted as doubles: times in a file may lie further apart than an integer holds.
    const double length =
        (static_cast<double>(read.pts) - static_cast<double>(first_pts_)) * video_.info.time_base.value();
    const double most = std::chrono::duration<double>(limits_.max_duration).count();
    if (length > most || length < -most)
        return fail(Code::limit_exceeded,
                    "a frame is shown " + std::to_string(static_cast<std::int64_t>(length)) +
                        " s after the first; the limit is " + text_of(limits_.max_duration),
                    "Cut the video");
    const Size size{read.frame->width, read.frame->height};
    if (size != video_.info.coded || read.frame->format != video_.tags.format) {
        const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(read.frame->format));
        return fail(Code::unsupported_media,
                    "the picture changes from " + text_of(video_.info.coded) + " " +
                        video_.info.pixel_format + " to " + text_of(size) + " " +
                        (format != nullptr ? format : "unknown") + " after " +
                        text_of(Microseconds(static_cast<std::int64_t>(length * 1e6))),
                    "Convert the video to one size and format, or cut it there");
    }
    return {};
}

Result<> FrameSequence::start_at(std::int64_t pts) {
    if (pts <= first_pts_)
        return {};
    given_until_ = pts - 1;
    return position(pts, 0);
}

/// Makes the first frame at `target` or later the waiting one. Decodes from the nearest key frame that is
/// good for it, or from `keys_earlier` before that, whatever it is like.
Result<> FrameSequence::position(std::int64_t target, int keys_earlier) {
    // Each key frame earlier costs its frames again; in a file damaged all over the start is as good.
    constexpr int most_retries = 3;
    std::int64_t index_limit = INT64_MAX;
    std::int64_t doubtful_from = target;
    for (int attempt = 0; attempt <= most_retries; ++attempt) {
        const auto key = TRY(reader_->seek(target, index_limit));
        if (!key)
            break;
        index_limit = key->earliest;
        if (attempt < keys_earlier && !key->is_first)
            continue;
        const bool is_clean = TRY(run_up(*key, doubtful_from, target));
        if (is_clean || key->is_first || keys_earlier > 0)
            return {};
        doubtful_from = std::min(target, key->pts);
    }
    TRY(open_reader());
    TRY(run_up({.pts = INT64_MIN, .earliest = INT64_MIN, .is_first = true}, target, target));
    return {};
}

/// Decodes from `key` to `target`. False when frames before `doubtful_from` are missing or damaged, so that
/// frames after them may refer to what a decoder that came from further back would have.
Result<bool> FrameSequence::run_up(const KeyFrame& key, std::int64_t doubtful_from, std::int64_t target) {
    complaints_ = reader_->complaints();
    bool is_clean = true;
    bool leads = true;
    while (true) {
        auto read = TRY(this->read());
        if (read.frame && read.pts < key.pts)
            continue;  // refers to frames before the key frame
        if (std::exchange(leads, false)) {
            complaints_ = reader_->complaints();  // about the leading pictures, which nobody sees
            is_clean = read.frame && read.pts <= target;
        }
        for (const auto lost : read.lost)
            is_clean = is_clean && (lost < key.pts || lost >= doubtful_from);
        if (read.frame && read.pts <= doubtful_from)
            is_clean = is_clean && reader_->complaints() == complaints_;
        if (read.frame && read.pts < target)
            continue;
        std::erase_if(read.lost, [&](std::int64_t pts) { return pts < target; });
        waiting_ = std::move(read);
        return is_clean;
    }
}

/// With several threads only: starts over by one, before the last frame that was given out.
Result<> FrameSequence::decode_again_by_one_thread() {
    log_.debug("damaged frames: decoding goes on by one thread");
    threads_ = 1;
    TRY(open_reader());
    waiting_.reset();
    if (!given_until_)
        return {};
    return position(*given_until_ + 1, 1);
}

Result<ReadFrame> FrameSequence::next() {
    while (true) {
        if (!waiting_)
            waiting_ = TRY(read());
        if (threads_ > 1 && reader_->complaints() > complaints_) {
            TRY(decode_again_by_one_thread());
            continue;
        }
        auto read = *std::exchange(waiting_, std::nullopt);
        if (given_until_)
            std::erase_if(read.lost, [&](std::int64_t pts) { return pts <= *given_until_; });
        if (!read.lost.empty())
            given_until_ = read.lost.back();
        if (!read.frame)
            return read;
        if (given_until_ && read.pts <= *given_until_)
            continue;  // the codec or the file put it out of order
        given_until_ = read.pts;
        return read;
    }
}

}  // namespace posed::media
