#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "media/byte_source_input.h"
#include "media/frame_memory.h"
#include "media/video_stream.h"

namespace posed::media {

/// What a codec's callbacks work with: counts the errors that it reports and passes them on as details, and
/// has the memory for its pictures. Thread-safe.
class CodecSurroundings final : public Log {
  public:
    CodecSurroundings(std::shared_ptr<FrameMemory> memory, Log& log) noexcept
        : memory_(std::move(memory)), log_(log) {}
    void write(Level level, std::string_view message, Fields fields) override {
        if (level != Level::debug)
            count_.fetch_add(1);
        log_.write(Level::debug, message, fields);
    }
    [[nodiscard]] std::int64_t complaints() const noexcept { return count_.load(); }

    /// Null when the codec is to take its own.
    [[nodiscard]] FrameMemory* memory() const noexcept { return memory_.get(); }

  private:
    std::shared_ptr<FrameMemory> memory_;
    Log& log_;
    std::atomic<std::int64_t> count_{0};
};

/// A frame as the codec gave it, and the times of those before it that never came.
struct ReadFrame {
    FramePointer frame;              ///< null at the end of the file
    std::int64_t pts = 0;            ///< stream ticks
    std::vector<std::int64_t> lost;  ///< stream ticks, increasing
};

/// Where decoding began after a seek.
struct KeyFrame {
    std::int64_t pts = 0;
    std::int64_t earliest = 0;  ///< the lower of its two times: what lies before it in any index is less
    bool is_first = false;      ///< of the whole file
};

/// Demuxes and decodes one video stream in the order of presentation, from key frame to end. It knows which
/// frames are missing, and nothing of windows, rates or colours. Private to this folder; one thread at a
/// time.
class FrameReader {
  public:
    /// At the start of the file. `source` and `log` must outlive the reader; frames may outlive it.
    [[nodiscard]] static Result<std::unique_ptr<FrameReader>> open(ByteSource& source,
                                                                   const MediaLimits& limits, int threads,
                                                                   std::shared_ptr<FrameMemory> memory,
                                                                   Log& log);

    [[nodiscard]] VideoStream& video() noexcept { return video_; }

    /// The next frame that is shown and whole enough for the codec to give it.
    [[nodiscard]] Result<ReadFrame> next();

    /// Goes to the last key frame that is shown at `pts` or before and whose place in the index is before
    /// `index_limit`; nothing when the container cannot (then only a fresh reader is in a known state).
    [[nodiscard]] Result<std::optional<KeyFrame>> seek(std::int64_t pts, std::int64_t index_limit);

    /// How often the codec complained since opening. Frames that were decoded at the same time as a damaged
    /// one are not reproducible with several threads.
    [[nodiscard]] std::int64_t complaints() const noexcept { return surroundings_->complaints() + failures_; }

  private:
    FrameReader(std::unique_ptr<CodecSurroundings> surroundings, std::unique_ptr<ByteSourceInput> input,
                VideoStream video);

    [[nodiscard]] Result<> open_codec();
    [[nodiscard]] Result<bool> read_packet();
    [[nodiscard]] Result<> feed();
    void expect(const AVPacket& packet);
    void note_unread_entries(std::int64_t before);
    [[nodiscard]] ReadFrame deliver(FramePointer frame);
    void take_unread_before(std::int64_t pts, std::vector<std::int64_t>& lost);
    [[nodiscard]] Result<ReadFrame> finish();
    [[nodiscard]] Result<> guess_what_is_cut_off();

    std::unique_ptr<CodecSurroundings> surroundings_;
    std::unique_ptr<ByteSourceInput> input_;
    VideoStream video_;
    CodecContextPointer codec_;
    std::int64_t max_pixels_ = 0;
    int threads_ = 1;
    PacketPointer packet_ = make_packet();
    bool packet_waits_ = false;  ///< `packet_` was read but not yet given to the codec
    bool at_end_ = false;        ///< of the packets
    std::int64_t failures_ = 0;
    std::optional<std::int64_t> first_place_;  ///< of the file's first packet of this stream

    std::map<std::int64_t, std::int64_t> expected_;  ///< pts of packets given to the codec -> their number
    std::int64_t packets_ = 0;
    bool delivered_ = false;               ///< a frame since opening or seeking
    bool finished_ = false;                ///< the end has been told
    std::int64_t latest_ = INT64_MIN / 2;  ///< of the times given since opening or seeking
    double first_pts_ = 0;                 ///< of the file
    std::int64_t reorder_ = 0;             ///< pts - dts of the first packet
    int next_entry_ = 0;                   ///< of the container's index, after the last packet read
    std::int64_t unreadable_ = 0;
    std::vector<std::int64_t> unread_;  ///< about when frames were shown that could not even be read
};

}  // namespace posed::media
