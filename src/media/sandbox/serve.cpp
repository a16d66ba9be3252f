#include "media/sandbox/serve.h"

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "media/opener.h"
#include "media/sandbox/lent_frames.h"
#include "media/sandbox/parent.h"

namespace posed::media::sandbox {
namespace {

/// The job that the first order names.
class Job {
  public:
    Job(Parent& parent, const Descriptor& memory) : parent_(parent), memory_(memory) {}

    void operator()(const Probe& order) {
        ParentsFile file(parent_, order.file_bytes);
        auto video = in_process().probe(file, order.limits, parent_);
        if (video.has_error())
            parent_.tell(Failed{std::move(video).error(), {}});
        else
            parent_.tell(VideoFound{*std::move(video)});
    }

    void operator()(const OpenDecoder& order) {
        ParentsFile file(parent_, order.file_bytes);
        const auto slots = std::make_shared<SharedSlots>();
        auto decoder = in_process().open_decoder(
            file,
            {.selection = order.selection, .limits = order.limits, .threads = order.threads, .memory = slots},
            parent_);
        if (decoder.has_error())
            return parent_.tell(Failed{std::move(decoder).error(), {}});
        parent_.tell(VideoFound{(*decoder)->video()});
        decode(**decoder, slots);
    }

    void operator()(const OpenSound& order) {
        ParentsFile file(parent_, order.file_bytes);
        auto sound = in_process().open_sound(file, order.start, parent_);
        if (sound.has_error())
            return parent_.tell(Failed{std::move(sound).error(), {}});
        if (!*sound)
            return parent_.tell(SoundFound{});
        parent_.tell(SoundFound{(*sound)->format()});
        read(**sound);
    }

    /// No other order begins a job.
    template <class Order>
    void operator()(const Order&) {}

  private:
    void decode(Decoder& decoder, const std::shared_ptr<SharedSlots>& slots) {
        const auto first = parent_.next_order();
        const auto* ring = first ? std::get_if<UseRing>(&*first) : nullptr;
        if (ring == nullptr || !slots->map(memory_, *ring))
            return;
        LentFrames lent(slots);
        while (const auto order = parent_.next_order()) {
            const auto* wanted = std::get_if<DecodeNext>(&*order);
            if (wanted == nullptr)
                return;
            lent.take_back(wanted->let_go);
            if (!decode_one(decoder, lent))
                return;
        }
    }

    /// False when there will be no further frame.
    bool decode_one(Decoder& decoder, LentFrames& lent) {
        auto next = decoder.next();
        if (next.has_error()) {
            parent_.tell(Failed{std::move(next).error(), decoder.lost_frames()});
            return false;
        }
        if (!*next) {
            parent_.tell(FramesEnded{decoder.lost_frames()});
            return false;
        }
        const auto& [frame, pts, time, repeats] = **next;
        auto decoded = lent.lend(frame);
        if (!decoded)
            return false;
        decoded->pts = pts;
        decoded->time = time;
        decoded->repeats = repeats;
        decoded->chroma_shift_x = frame.view.chroma_shift_x;
        decoded->chroma_shift_y = frame.view.chroma_shift_y;
        decoded->colour = frame.view.colour;
        decoded->coded_from_displayed = frame.view.coded_from_displayed;
        decoded->lost = decoder.lost_frames();
        parent_.tell(*decoded);
        return true;
    }

    void read(Sound& sound) {
        while (const auto order = parent_.next_order()) {
            if (!std::holds_alternative<ReadSound>(*order) || !read_one(sound))
                return;
        }
    }

    bool read_one(Sound& sound) {
        // A packet that no real codec makes would not fit into a message.
        constexpr std::size_t most_bytes = message_bytes_max / 2;
        auto next = sound.next();
        while (next && *next && (*next)->bytes.size() > most_bytes)
            next = sound.next();
        if (next.has_error()) {
            parent_.tell(Failed{std::move(next).error(), {}});
            return false;
        }
        if (!*next) {
            parent_.tell(SoundEnded{});
            return false;
        }
        const auto& [bytes, pts, duration] = **next;
        parent_.tell(SoundRead{{bytes.begin(), bytes.end()}, pts, duration});
        return true;
    }

    Parent& parent_;
    const Descriptor& memory_;
};

}  // namespace

void serve(Channel channel, const Descriptor& memory, const std::vector<std::string>& layers) {
    Parent parent(std::move(channel));
    try {
        parent.tell(Ready{layers});
        if (const auto order = parent.next_order())
            std::visit(Job(parent, memory), *order);
    } catch (const std::bad_alloc&) {
        parent.tell(
            Failed{fail(Code::limit_exceeded, "the video needs more memory than its decoder may have"), {}});
    } catch (const std::exception& failure) {
        parent.tell(Failed{fail(Code::internal, std::string("decoding: ") + failure.what()), {}});
    }
}

void refuse(Channel channel, const Error& error) {
    Parent(std::move(channel)).tell(Failed{error, {}});
}

}  // namespace posed::media::sandbox
