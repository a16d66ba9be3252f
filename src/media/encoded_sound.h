#pragma once

#include <cstdint>
#include <memory>

#include "media/sound.h"
#include "media/sound_input.h"

namespace posed::media {

/// The source's sound decoded and encoded to AAC, without gaps from the start on: where the source is silent
/// or late, silence is put in; where its times overlap, the later part is cut.
class EncodedSound final : public Sound {
  public:
    /// Errors: unsupported_media when the sound cannot be decoded.
    [[nodiscard]] static Result<std::unique_ptr<EncodedSound>> open(std::unique_ptr<SoundInput> input,
                                                                    Log& log);

    [[nodiscard]] const SoundFormat& format() const noexcept override { return format_; }
    [[nodiscard]] Result<std::optional<SoundPacket>> next() override;

  private:
    EncodedSound(std::unique_ptr<SoundInput> input, CodecContextPointer decoder, CodecContextPointer encoder);

    [[nodiscard]] Result<> advance();
    void encode_frame(int samples);
    [[nodiscard]] Result<> decode_more();
    [[nodiscard]] bool receive_decoded();
    [[nodiscard]] bool convert(AVFrame& decoded);
    [[nodiscard]] bool prepare_resampler(AVFrame& decoded);
    void place_converted();
    void append_converted();
    void append_silence(int samples);
    [[nodiscard]] int buffered() const noexcept { return av_audio_fifo_size(samples_.get()); }

    std::unique_ptr<SoundInput> input_;
    CodecContextPointer decoder_;
    CodecContextPointer encoder_;
    SoundFormat format_;
    PacketPointer packet_ = make_packet();
    ResampleContextPointer resampler_;
    FramePointer decoded_ = make_frame();
    FramePointer converted_ = make_frame();  ///< in the encoder's format; empty when nothing waits
    int resampled_format_ = -1;
    int resampled_rate_ = 0;
    int resampled_channels_ = 0;
    AudioFifoPointer samples_;
    std::int64_t converted_at_ = 0;  ///< where `converted_` belongs, in samples from the start
    std::int64_t encoded_ = 0;       ///< samples from the start that the encoder has got
    std::int64_t silence_ = 0;       ///< samples to put in before `converted_`
    bool started_ = false;
    bool input_ended_ = false;
    bool decoder_ended_ = false;
    bool encoder_flushed_ = false;
};

}  // namespace posed::media
