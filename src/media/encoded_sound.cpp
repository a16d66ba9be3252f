#include "media/encoded_sound.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "media/sound_format.h"

namespace posed::media {
namespace {

constexpr std::int64_t bits_per_second_and_channel = 96'000;

Result<CodecContextPointer> open_decoder(const SoundInput& input, Log& log) {
    const auto& parameters = input.parameters();
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr)
        return fail(Code::unsupported_media, "there is no decoder for it");
    CodecContextPointer context(avcodec_alloc_context3(codec));
    if (!context || avcodec_parameters_to_context(context.get(), &parameters) < 0)
        throw std::bad_alloc();
    send_log_to(*context, log);
    context->pkt_timebase = input.time_base();
    context->thread_count = 1;
    Options settings;
    settings.set("codec_whitelist", accepted_decoders());
    const int opened = avcodec_open2(context.get(), codec, settings.address());
    if (opened < 0)
        return libav_error(opened, "its decoder cannot be opened", Code::unsupported_media);
    return context;
}

/// The source's rate where AAC knows it, else the usual one.
int rate_for(const AVCodec& codec, int wanted) noexcept {
    constexpr int usual = 48'000;
    for (const int* known = codec.supported_samplerates; known != nullptr && *known != 0; ++known)
        if (*known == wanted)
            return wanted;
    return usual;
}

CodecContextPointer try_encoder(const AVCodec& codec, int rate, int channels, Log& log) {
    CodecContextPointer context(avcodec_alloc_context3(&codec));
    if (!context)
        throw std::bad_alloc();
    send_log_to(*context, log);
    av_channel_layout_default(&context->ch_layout, channels);
    context->sample_rate = rate;
    context->sample_fmt = AV_SAMPLE_FMT_FLTP;
    context->bit_rate = bits_per_second_and_channel * channels;
    context->time_base = {1, rate};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (avcodec_open2(context.get(), &codec, nullptr) < 0)
        return nullptr;
    return context;
}

Result<CodecContextPointer> open_aac(const AVCodecParameters& source, Log& log) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (codec == nullptr)
        return fail(Code::unsupported_media, "this FFmpeg has no AAC encoder");
    const int rate = rate_for(*codec, source.sample_rate);
    auto context = try_encoder(*codec, rate, source.ch_layout.nb_channels, log);
    if (!context)  // as many channels as AAC has no arrangement for
        context = try_encoder(*codec, rate, 2, log);
    if (!context)
        return fail(Code::unsupported_media, "it cannot be encoded to AAC");
    return context;
}

SoundFormat format_of(const AVCodecContext& encoder) {
    const CodecParametersPointer parameters(avcodec_parameters_alloc());
    if (!parameters || avcodec_parameters_from_context(parameters.get(), &encoder) < 0)
        throw std::bad_alloc();
    return sound_format_of(*parameters);
}

}  // namespace

EncodedSound::EncodedSound(std::unique_ptr<SoundInput> input, CodecContextPointer decoder,
                           CodecContextPointer encoder)
    : input_(std::move(input)),
      decoder_(std::move(decoder)),
      encoder_(std::move(encoder)),
      format_(format_of(*encoder_)),
      samples_(av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels, 8192)) {
    if (!samples_)
        throw std::bad_alloc();
}

Result<std::unique_ptr<EncodedSound>> EncodedSound::open(std::unique_ptr<SoundInput> input, Log& log) {
    auto decoder = TRY(open_decoder(*input, log));
    auto encoder = TRY(open_aac(input->parameters(), log));
    return std::unique_ptr<EncodedSound>(
        new EncodedSound(std::move(input), std::move(decoder), std::move(encoder)));
}

Result<std::optional<SoundPacket>> EncodedSound::next() {
    while (avcodec_receive_packet(encoder_.get(), packet_.get()) < 0) {
        if (encoder_flushed_)
            return std::nullopt;
        TRY(advance());
    }
    return sound_packet_of(*packet_);
}

/// One step towards the next packet: what stands furthest down the line goes first, so that little is held.
Result<> EncodedSound::advance() {
    const int whole = encoder_->frame_size;
    if (buffered() >= whole) {
        encode_frame(whole);
    } else if (silence_ > 0) {
        append_silence(static_cast<int>(std::min<std::int64_t>(silence_, whole)));
    } else if (converted_->nb_samples > 0) {
        append_converted();
    } else if (!decoder_ended_) {
        return decode_more();
    } else if (buffered() > 0) {
        encode_frame(buffered());
    } else {
        avcodec_send_frame(encoder_.get(), nullptr);
        encoder_flushed_ = true;
    }
    return {};
}

void EncodedSound::encode_frame(int samples) {
    auto frame = make_frame();
    frame->format = encoder_->sample_fmt;
    frame->sample_rate = encoder_->sample_rate;
    frame->nb_samples = samples;
    if (av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout) < 0 ||
        av_frame_get_buffer(frame.get(), 0) < 0)
        throw std::bad_alloc();
    av_audio_fifo_read(samples_.get(), reinterpret_cast<void**>(frame->extended_data), samples);
    frame->pts = encoded_;
    encoded_ += samples;
    // What cannot be encoded is a hole in the sound, no reason to give up the picture.
    static_cast<void>(avcodec_send_frame(encoder_.get(), frame.get()));
}

Result<> EncodedSound::decode_more() {
    if (receive_decoded())
        return {};
    if (decoder_ended_)
        return {};
    auto packet = make_packet();
    input_ended_ = input_ended_ || !TRY(input_->read(*packet));
    // A packet that the decoder refuses is damaged and leaves a gap, which silence fills.
    static_cast<void>(avcodec_send_packet(decoder_.get(), input_ended_ ? nullptr : packet.get()));
    return {};
}

bool EncodedSound::receive_decoded() {
    const int got = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (got == AVERROR_EOF || (got < 0 && input_ended_ && got != AVERROR(EAGAIN)))
        decoder_ended_ = true;
    if (got < 0)
        return false;
    if (convert(*decoded_))
        place_converted();
    av_frame_unref(decoded_.get());
    return true;
}

bool EncodedSound::prepare_resampler(AVFrame& decoded) {
    if (resampler_ && resampled_format_ == decoded.format && resampled_rate_ == decoded.sample_rate &&
        resampled_channels_ == decoded.ch_layout.nb_channels)
        return true;
    SwrContext* context = nullptr;
    const int made = swr_alloc_set_opts2(
        &context, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate, &decoded.ch_layout,
        static_cast<AVSampleFormat>(decoded.format), decoded.sample_rate, 0, nullptr);
    resampler_.reset(context);
    if (made < 0 || swr_init(context) < 0) {
        resampler_.reset();
        return false;
    }
    resampled_format_ = decoded.format;
    resampled_rate_ = decoded.sample_rate;
    resampled_channels_ = decoded.ch_layout.nb_channels;
    return true;
}

bool EncodedSound::convert(AVFrame& decoded) {
    if (decoded.sample_rate <= 0 || !prepare_resampler(decoded))
        return false;
    const int most = swr_get_out_samples(resampler_.get(), decoded.nb_samples);
    if (most <= 0)
        return false;
    av_frame_unref(converted_.get());
    converted_->format = encoder_->sample_fmt;
    converted_->nb_samples = most;
    if (av_channel_layout_copy(&converted_->ch_layout, &encoder_->ch_layout) < 0 ||
        av_frame_get_buffer(converted_.get(), 0) < 0)
        throw std::bad_alloc();
    const int got = swr_convert(resampler_.get(), converted_->extended_data, most,
                                const_cast<const std::uint8_t**>(decoded.extended_data), decoded.nb_samples);
    converted_->nb_samples = std::max(got, 0);
    const auto expected = encoded_ + buffered();
    const auto pts = decoded.best_effort_timestamp;
    const AVRational samples{1, encoder_->sample_rate};
    converted_at_ = pts == AV_NOPTS_VALUE ? expected
                                          : av_rescale_q(pts, input_->time_base(), samples) -
                                                input_->start_in(encoder_->sample_rate);
    return got > 0;
}

/// Decides what comes before the converted samples and how many of them are already past.
void EncodedSound::place_converted() {
    // Containers round times; only more than this is a gap or an overlap.
    const std::int64_t tolerance = started_ ? encoder_->sample_rate / 50 : 0;
    const auto gap = converted_at_ - (encoded_ + buffered());
    if (gap > tolerance) {
        silence_ = gap;
    } else if (gap < -tolerance) {
        const auto past = static_cast<int>(std::min<std::int64_t>(-gap, converted_->nb_samples));
        av_samples_copy(converted_->extended_data, converted_->extended_data, 0, past,
                        converted_->nb_samples - past, converted_->ch_layout.nb_channels,
                        encoder_->sample_fmt);
        converted_->nb_samples -= past;
    }
    started_ = started_ || converted_->nb_samples > 0;
}

void EncodedSound::append_converted() {
    if (av_audio_fifo_write(samples_.get(), reinterpret_cast<void**>(converted_->extended_data),
                            converted_->nb_samples) < 0)
        throw std::bad_alloc();
    av_frame_unref(converted_.get());
}

void EncodedSound::append_silence(int samples) {
    std::vector<float> zeros(static_cast<std::size_t>(samples), 0.0F);
    std::vector<void*> planes(static_cast<std::size_t>(encoder_->ch_layout.nb_channels), zeros.data());
    if (av_audio_fifo_write(samples_.get(), planes.data(), samples) < 0)
        throw std::bad_alloc();
    silence_ -= samples;
}

}  // namespace posed::media
