#include "media/sandbox/sandboxed_decoder.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "media/sandbox/frame_layout.h"
#include "media/sandbox/frame_ring.h"
#include "media/sandbox/trust.h"

namespace posed::media::sandbox {
namespace {

std::shared_ptr<const std::uint8_t> copy_of(const std::uint8_t* bytes, std::size_t count) {
    constexpr std::size_t alignment = 64;
    void* memory = std::aligned_alloc(alignment, count);  // whole pages
    if (memory == nullptr)
        throw std::bad_alloc();
    std::memcpy(memory, bytes, count);
    return {static_cast<const std::uint8_t*>(memory),
            [](const std::uint8_t* copy) { std::free(const_cast<std::uint8_t*>(copy)); }};
}

class SandboxedDecoder final : public Decoder {
  public:
    SandboxedDecoder(std::unique_ptr<Conversation> conversation, VideoInfo video, const UseRing& ring_size,
                     std::shared_ptr<FrameRing> ring)
        : conversation_(std::move(conversation)),
          video_(std::move(video)),
          ring_size_(ring_size),
          ring_(std::move(ring)) {}

    const VideoInfo& video() const noexcept override { return video_; }
    LostFrames lost_frames() const override { return lost_; }

    Result<std::optional<DecodedFrame>> next() override {
        if (ended_)
            return std::nullopt;
        TRY(order_ahead());
        auto answer = conversation_->answer(doing());
        if (answer.has_error()) {
            lost_ = conversation_->lost_at_failure().value_or(lost_);
            return std::move(answer).error();
        }
        if (auto* frame = std::get_if<FrameDecoded>(&*answer))
            return TRY(receive(*frame));
        if (const auto* end = std::get_if<FramesEnded>(&*answer)) {
            lost_ = believable(end->lost);
            ended_ = true;
            return std::nullopt;
        }
        return conversation_->broke_off("answered something else than a frame while " + doing());
    }

    [[nodiscard]] Result<> order_ahead() {
        for (; ordered_ < frames_ahead; ++ordered_)
            TRY(conversation_->order(DecodeNext{ring_->take_let_go()}));
        return {};
    }

  private:
    [[nodiscard]] std::string doing() const {
        return frames_ == 0 ? "decoding the first frame of the window"
                            : "decoding the frame after " + std::to_string(last_pts_) + " ticks";
    }

    Result<DecodedFrame> receive(const FrameDecoded& said) {
        if (ordered_ == 0)
            return conversation_->broke_off("sent a frame that nobody asked for");
        --ordered_;
        if (const auto objection = objection_to(said, video_, ring_size_); !objection.empty())
            return conversation_->broke_off("sent " + objection);
        if (!ring_->hold(said.slot))
            return conversation_->broke_off("sent a frame in the place of one that is still held");
        if (frames_++ > 0 && said.pts <= last_pts_)
            return conversation_->broke_off("sent a frame that comes before the last one");
        last_pts_ = said.pts;
        lost_ = believable(said.lost);
        return DecodedFrame{
            .frame = frame_of(said), .pts = said.pts, .time = said.time, .repeats = said.repeats};
    }

    Frame frame_of(const FrameDecoded& said) {
        const auto sizes = plane_sizes(video_.coded, said.chroma_shift_x, said.chroma_shift_y);
        auto memory = hold(said.slot, bytes_up_to(said.planes, sizes));
        Frame frame;
        for (std::size_t i = 0; i < sizes.size(); ++i)
            frame.view.planes[i] = {memory.get() + said.planes[i].offset,
                                    static_cast<std::ptrdiff_t>(said.planes[i].stride), sizes[i].width,
                                    sizes[i].height};
        frame.view.chroma_shift_x = said.chroma_shift_x;
        frame.view.chroma_shift_y = said.chroma_shift_y;
        frame.view.colour = said.colour;
        frame.view.displayed = video_.displayed;
        frame.view.coded_from_displayed = said.coded_from_displayed;
        frame.memory = std::move(memory);
        return frame;
    }

    /// The slot until the last holder lets go; a copy where many are held already.
    std::shared_ptr<const std::uint8_t> hold(std::uint32_t slot, std::size_t bytes) {
        const auto let_go = [ring = ring_, slot](const std::uint8_t*) { ring->let_go(slot); };
        std::shared_ptr<const std::uint8_t> held(ring_->slot(slot), let_go);
        return ring_->held() <= frames_kept_max ? held : copy_of(held.get(), bytes);
    }

    std::unique_ptr<Conversation> conversation_;
    VideoInfo video_;
    UseRing ring_size_;
    std::shared_ptr<FrameRing> ring_;
    int ordered_ = 0;  ///< frames that the child owes
    std::int64_t frames_ = 0;
    std::int64_t last_pts_ = 0;
    LostFrames lost_;
    bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<Decoder>> open_decoder_in(std::unique_ptr<Conversation> conversation,
                                                 std::uint64_t file_bytes, const DecodeOptions& options) {
    TRY(conversation->order(OpenDecoder{.file_bytes = file_bytes,
                                        .selection = options.selection,
                                        .limits = options.limits,
                                        .threads = options.threads}));
    auto found = TRY(conversation->answer_of<VideoFound>("opening the video"));
    if (const auto objection = objection_to(found.video, options.limits); !objection.empty())
        return conversation->broke_off("found " + objection);
    const UseRing ring_size{.slot_bytes = slot_bytes_for(found.video.coded), .slots = ring_slots};
    auto ring = FrameRing::create(conversation->child().memory, ring_size);
    if (ring.has_error())
        return std::move(ring).error();
    TRY(conversation->order(ring_size));
    auto decoder = std::make_unique<SandboxedDecoder>(std::move(conversation), std::move(found.video),
                                                      ring_size, *std::move(ring));
    TRY(decoder->order_ahead());
    return decoder;
}

}  // namespace posed::media::sandbox
