#pragma once

#include <cstdint>
#include <memory>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/byte_source_input.h"
#include "media/ffmpeg.h"

namespace posed::media {

/// The packets of a file's sound from about a second before a place in it on. Private to this folder;
/// one thread at a time.
class SoundInput {
  public:
    /// Null when the source has no sound. `source` and `log` must outlive it. Errors: what `ByteSourceInput`
    /// says.
    [[nodiscard]] static Result<std::unique_ptr<SoundInput>> open(ByteSource& source, Microseconds start,
                                                                  Log& log);

    [[nodiscard]] const AVCodecParameters& parameters() const noexcept { return *stream_->codecpar; }
    [[nodiscard]] AVRational time_base() const noexcept { return stream_->time_base; }

    /// The start in ticks of 1/rate seconds.
    [[nodiscard]] std::int64_t start_in(int rate) const noexcept;

    /// The next packet, always with a pts; false at the end. Errors: only those of the source.
    [[nodiscard]] Result<bool> read(AVPacket& packet);

  private:
    SoundInput(std::unique_ptr<ByteSourceInput> input, AVStream* stream, Microseconds start)
        : input_(std::move(input)), stream_(stream), start_(start) {}

    static Result<std::unique_ptr<SoundInput>> open_at_beginning(ByteSource& source, Microseconds start,
                                                                 Log& log);

    /// False when that fails or leads past the start; then the position is anywhere.
    [[nodiscard]] Result<bool> go_near_start();
    [[nodiscard]] Result<bool> read_from_input(AVPacket& packet);

    std::unique_ptr<ByteSourceInput> input_;
    AVStream* stream_;
    Microseconds start_;
    PacketPointer ahead_;  ///< read while looking where a seek led to
    std::int64_t end_of_last_ = 0;
};

}  // namespace posed::media
