#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "media/decoder.h"
#include "media/frame_reader.h"

namespace posed::media {

/// The shown frames of a file from a place on, with strictly increasing times, the same whatever the place
/// and the number of threads. Private to this folder; one thread at a time.
///
/// After a seek, decoding starts early enough that every frame from the wanted place on refers to decoded
/// frames only. Where the codec complains about damage, it is closed, and the damaged part and what follows
/// are decoded again by one thread: with several, what a damaged frame's successors look like depends on who
/// was first.
class FrameSequence {
  public:
    /// Decodes the file's first shown frame. `source` and `log` must outlive it. Errors: those of opening,
    /// and corrupt_media when nothing at all decodes.
    [[nodiscard]] static Result<std::unique_ptr<FrameSequence>> open(ByteSource& source,
                                                                     const DecodeOptions& options, Log& log);

    [[nodiscard]] const VideoStream& video() const noexcept { return video_; }

    /// When the file's first shown frame is shown, in stream ticks.
    [[nodiscard]] std::int64_t first_pts() const noexcept { return first_pts_; }

    /// When the last frame that was decoded so far is shown.
    [[nodiscard]] std::int64_t last_pts() const noexcept { return last_pts_; }

    /// Makes the first frame that is shown at `pts` or later the next one. To be called before `next`.
    [[nodiscard]] Result<> start_at(std::int64_t pts);

    [[nodiscard]] Result<ReadFrame> next();

  private:
    FrameSequence(ByteSource& source, const DecodeOptions& options, Log& log)
        : source_(source),
          limits_(options.limits),
          threads_(options.threads),
          memory_(options.memory),
          log_(log) {}

    [[nodiscard]] Result<> open_reader();
    [[nodiscard]] Result<ReadFrame> read();
    [[nodiscard]] Result<> check_limits(const ReadFrame& read);
    [[nodiscard]] Result<> position(std::int64_t target, int keys_earlier);
    [[nodiscard]] Result<bool> run_up(const KeyFrame& key, std::int64_t doubtful_from, std::int64_t target);
    [[nodiscard]] Result<> decode_again_by_one_thread();

    ByteSource& source_;
    MediaLimits limits_;
    int threads_;
    std::shared_ptr<FrameMemory> memory_;
    Log& log_;
    std::unique_ptr<FrameReader> reader_;
    VideoStream video_;
    std::int64_t first_pts_ = 0;
    std::int64_t last_pts_ = 0;
    std::int64_t frames_ = 0;                  ///< decoded since opening
    std::int64_t complaints_ = 0;              ///< of the reader that are known to be harmless
    std::optional<ReadFrame> waiting_;         ///< read, but not yet given out
    std::optional<std::int64_t> given_until_;  ///< time of the last frame, given out or lost
};

}  // namespace posed::media
