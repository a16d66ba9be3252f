#include "media/frame_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/picture_memory.h"

namespace posed::media {
namespace {

/// What identifies a packet in a file: its place, or its time where the container tells no place.
std::int64_t place_of(const AVPacket& packet) noexcept {
    return packet.pos >= 0 ? packet.pos : packet.dts;
}

std::int64_t time_of(const AVPacket& packet) noexcept {
    return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
}

std::int64_t time_of(const AVFrame& frame) noexcept {
    return frame.pts != AV_NOPTS_VALUE ? frame.pts : frame.best_effort_timestamp;
}

/// VP8 and VP9 have frames that are only referred to. Where such a one is a packet of its own, nothing comes
/// out for it: the header's show bit says so (RFC 6386 section 9.1; VP9 bitstream 6.2). Superframes of VP9
/// (last byte 110xxxxx) always show one. MPEG-4's "not coded" frames are packets of a few bytes.
bool shows_a_picture(AVCodecID codec, const AVPacket& packet) noexcept {
    if (packet.size <= 0)
        return false;
    const unsigned first = packet.data[0];
    switch (codec) {
        case AV_CODEC_ID_VP8:
            return (first & 0x10U) != 0;
        case AV_CODEC_ID_VP9: {
            if ((packet.data[packet.size - 1] & 0xE0U) == 0xC0U || (first & 0xC0U) != 0x80U)
                return true;
            const bool high_profile = (first & 0x30U) == 0x30U;  // one reserved bit more
            const unsigned bits = high_profile ? first << 1U : first;
            const bool shows_existing = (bits & 0x08U) != 0;
            return shows_existing || (bits & 0x02U) != 0;
        }
        case AV_CODEC_ID_MPEG4:
            return packet.size > 8;
        default:
            return true;
    }
}

/// Asks the surroundings first.
int find_memory(AVCodecContext* codec, AVFrame* picture, int flags) noexcept {
    auto& surroundings = static_cast<CodecSurroundings&>(*static_cast<Log*>(codec->opaque));
    return put_into(*surroundings.memory(), *codec, *picture)
               ? 0
               : avcodec_default_get_buffer2(codec, picture, flags);
}

}  // namespace

FrameReader::FrameReader(std::unique_ptr<CodecSurroundings> surroundings,
                         std::unique_ptr<ByteSourceInput> input, VideoStream video)
    : surroundings_(std::move(surroundings)), input_(std::move(input)), video_(std::move(video)) {}

Result<std::unique_ptr<FrameReader>> FrameReader::open(ByteSource& source, const MediaLimits& limits,
                                                       int threads, std::shared_ptr<FrameMemory> memory,
                                                       Log& log) {
    auto surroundings = std::make_unique<CodecSurroundings>(std::move(memory), log);
    auto input = TRY(ByteSourceInput::open(source, log, limits.max_pixels));
    auto video = TRY(find_video_stream(*input, limits));
    std::unique_ptr<FrameReader> reader(
        new FrameReader(std::move(surroundings), std::move(input), std::move(video)));
    reader->max_pixels_ = limits.max_pixels;
    reader->threads_ = std::max(1, threads);
    auto& context = reader->input_->context();
    for (unsigned i = 0; i < context.nb_streams; ++i) {
        if (context.streams[i] != reader->video_.stream)
            context.streams[i]->discard = AVDISCARD_ALL;
    }
    TRY(reader->open_codec());
    return reader;
}

Result<> FrameReader::open_codec() {
    codec_.reset(avcodec_alloc_context3(video_.decoder));
    if (!codec_)
        throw std::bad_alloc();
    if (const int error = avcodec_parameters_to_context(codec_.get(), video_.stream->codecpar); error < 0)
        return libav_error(error, "the codec's parameters", Code::corrupt_media);
    send_log_to(*codec_, *surroundings_);
    if (surroundings_->memory() != nullptr)
        ask_for_memory(*codec_, find_memory);
    codec_->pkt_timebase = video_.stream->time_base;
    codec_->max_pixels = max_pixels_;
    codec_->thread_count = threads_;
    codec_->thread_type = FF_THREAD_FRAME;
    if (const int error = avcodec_open2(codec_.get(), video_.decoder, nullptr); error < 0)
        return libav_error(error, "the decoder for " + video_.info.codec + " cannot be opened",
                           Code::corrupt_media);
    return {};
}

/// Reads the stream's next packet into `packet_`; false at the end of the file.
Result<bool> FrameReader::read_packet() {
    while (TRY(input_->read(*packet_))) {
        if (packet_->stream_index == video_.stream->index)
            return true;
        av_packet_unref(packet_.get());
    }
    return false;
}

/// Gives the codec one packet more, or tells it that there is none.
Result<> FrameReader::feed() {
    if (!packet_waits_) {
        if (at_end_ || !TRY(read_packet())) {
            at_end_ = true;
            note_unread_entries(INT64_MAX);
            avcodec_send_packet(codec_.get(), nullptr);
            return {};
        }
        if (!first_place_)
            first_place_ = place_of(*packet_);
    }
    packet_waits_ = false;
    expect(*packet_);
    // Cut off or damaged already in the container.
    const bool is_whole = packet_->size > 0 && (packet_->flags & AV_PKT_FLAG_CORRUPT) == 0;
    if (!is_whole || avcodec_send_packet(codec_.get(), packet_.get()) < 0)
        ++failures_;
    av_packet_unref(packet_.get());
    return {};
}

void FrameReader::expect(const AVPacket& packet) {
    const auto number = packets_++;
    if (number == 0 && packet.pts != AV_NOPTS_VALUE && packet.dts != AV_NOPTS_VALUE)
        reorder_ = packet.pts - packet.dts;
    if (number == 0)
        first_pts_ = static_cast<double>(time_of(packet));
    if (packet.dts != AV_NOPTS_VALUE)
        note_unread_entries(packet.dts);
    if ((packet.flags & AV_PKT_FLAG_DISCARD) == 0 && time_of(packet) != AV_NOPTS_VALUE &&
        shows_a_picture(codec_->codec_id, packet))
        expected_.emplace(time_of(packet), number);
}

/// After reads that failed: the frames between the last packet and `before` (in time of decoding), which the
/// container's index names, are lost.
void FrameReader::note_unread_entries(std::int64_t before) {
    const bool is_mov = video_.info.container == "mp4" || video_.info.container == "mov";
    if (!is_mov)
        return;
    const bool some_failed = input_->unreadable() > unreadable_ || before == INT64_MAX;
    unreadable_ = input_->unreadable();
    const int entries = avformat_index_get_entries_count(video_.stream);
    while (next_entry_ < entries) {
        const auto* entry = avformat_index_get_entry(video_.stream, next_entry_);
        if (entry == nullptr || entry->timestamp > before)
            break;
        const bool is_this = entry->timestamp == before;
        ++next_entry_;
        if (is_this)
            break;
        if (some_failed && (entry->flags & AVINDEX_DISCARD_FRAME) == 0)
            unread_.push_back(entry->timestamp + reorder_);
    }
}

Result<ReadFrame> FrameReader::next() {
    while (true) {
        auto frame = make_frame();
        const int got = avcodec_receive_frame(codec_.get(), frame.get());
        if (got >= 0) {
            const bool damaged = (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
            if (damaged)
                ++failures_;
            if (!damaged && time_of(*frame) != AV_NOPTS_VALUE)
                return deliver(std::move(frame));
        } else if (got == AVERROR_EOF) {
            return finish();
        } else if (got == AVERROR(EAGAIN)) {
            TRY(feed());
        } else if (got == AVERROR(ENOMEM)) {
            return fail(Code::limit_exceeded, "a frame needs more memory than there is");
        } else {
            ++failures_;
        }
    }
}

ReadFrame FrameReader::deliver(FramePointer frame) {
    ReadFrame read;
    read.pts = time_of(*frame);
    const auto own = expected_.find(read.pts);
    const auto own_number = own != expected_.end() ? own->second : packets_;
    for (auto it = expected_.begin(); it != expected_.end() && it->first < read.pts;) {
        // Pictures that lead a first key frame refer to what is not in the file: never shown, so not lost.
        const bool never_shown = !delivered_ && it->second > own_number;
        if (!never_shown)
            read.lost.push_back(it->first);
        it = expected_.erase(it);
    }
    if (own != expected_.end())
        expected_.erase(own);
    take_unread_before(read.pts, read.lost);
    latest_ = std::max(latest_, read.pts);
    delivered_ = true;
    read.frame = std::move(frame);
    return read;
}

/// Times of frames that could not be read are known only by when they were to be decoded: they are put after
/// the last one given, at least.
void FrameReader::take_unread_before(std::int64_t pts, std::vector<std::int64_t>& lost) {
    const auto later =
        std::stable_partition(unread_.begin(), unread_.end(), [&](std::int64_t time) { return time < pts; });
    for (auto it = unread_.begin(); it != later; ++it)
        lost.push_back(std::max(*it, latest_ + 1));
    unread_.erase(unread_.begin(), later);
    std::sort(lost.begin(), lost.end());
}

Result<ReadFrame> FrameReader::finish() {
    ReadFrame end;
    if (delivered_ && !finished_ && unread_.empty())
        TRY(guess_what_is_cut_off());
    finished_ = true;
    for (const auto& [pts, number] : expected_)
        end.lost.push_back(pts);
    if (!end.lost.empty())
        latest_ = std::max(latest_, end.lost.back());
    take_unread_before(INT64_MAX, end.lost);
    expected_.clear();
    return end;
}

/// Where the container's index does not name every frame (Matroska, fragmented MP4) but its lengths say that
/// the file was longer: as many frames as fit into the rest of the duration that the header states, at least
/// one.
Result<> FrameReader::guess_what_is_cut_off() {
    if (!TRY(input_->is_cut_off()))
        return {};
    constexpr std::int64_t most = 100'000;
    const auto& info = video_.info;
    const double tick = info.time_base.value();
    const double interval = info.frame_rate.numerator > 0 ? 1 / (info.frame_rate.value() * tick) : 0;
    const double seconds = info.duration ? static_cast<double>(info.duration->count()) * 1e-6 : 0;
    const double rest = first_pts_ + seconds / tick - static_cast<double>(latest_);
    const auto frames = interval > 0 ? std::llround(rest / interval) - 1 : 0;
    for (std::int64_t i = 1; i <= std::clamp<std::int64_t>(frames, 1, most); ++i)
        unread_.push_back(latest_ +
                          std::max<std::int64_t>(i, std::llround(static_cast<double>(i) * interval)));
    return {};
}

Result<std::optional<KeyFrame>> FrameReader::seek(std::int64_t pts, std::int64_t index_limit) {
    constexpr int most_tries = 16;
    std::int64_t timestamp = std::min(pts, index_limit - 1);
    if (!first_place_ && TRY(read_packet()))
        first_place_ = place_of(*packet_);
    for (int attempt = 0; attempt < most_tries; ++attempt) {
        av_packet_unref(packet_.get());
        packet_waits_ = false;
        if (!input_->seek(video_.stream->index, timestamp) || !TRY(read_packet()))
            return std::nullopt;
        const auto shown = time_of(*packet_);
        const auto earliest = packet_->dts != AV_NOPTS_VALUE ? std::min(shown, packet_->dts) : shown;
        const bool is_first = place_of(*packet_) == first_place_;
        const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        if (is_first || (is_key && shown <= pts && earliest < index_limit)) {
            // Anew, not flushed: what conceals damage remembers earlier pictures beyond a flush.
            TRY(open_codec());
            expected_.clear();
            unread_.clear();
            delivered_ = at_end_ = finished_ = false;
            latest_ = INT64_MIN / 2;
            packet_waits_ = true;
            packets_ = 1;  // `reorder_` is known
            next_entry_ =
                std::max(0, av_index_search_timestamp(video_.stream, packet_->dts, AVSEEK_FLAG_ANY));
            return KeyFrame{.pts = shown, .earliest = earliest, .is_first = is_first};
        }
        // Where an index tells times of decoding, a key frame may be shown only later than it was looked for.
        timestamp = std::min(earliest, timestamp) - 1;
    }
    return std::nullopt;
}

}  // namespace posed::media
