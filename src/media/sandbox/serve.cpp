#include "media/sandbox/serve.h"

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "media/opener.h"
#include "media/sandbox/frame_layout.h"
#include "media/sandbox/parent.h"

namespace posed::media::sandbox {
namespace {

/// The memory for frames, where the child writes them.
class WritableRing {
  public:
    /// Null where the memory is not what the parent says.
    static std::unique_ptr<WritableRing> map(const Descriptor& memory, const UseRing& ring) {
        constexpr std::uint64_t most_slot_bytes = std::uint64_t{1} << 32U;
        constexpr std::uint32_t most_slots = 64;
        if (ring.slot_bytes > most_slot_bytes || ring.slots > most_slots || ring.slot_bytes * ring.slots == 0)
            return nullptr;
        const auto bytes = ::lseek(memory.number(), 0, SEEK_END);  // fstat takes a path in the C library
        if (bytes < 0 || static_cast<std::uint64_t>(bytes) != ring.slot_bytes * ring.slots)
            return nullptr;
        void* mapped = ::mmap(nullptr, ring.slot_bytes * ring.slots, PROT_READ | PROT_WRITE, MAP_SHARED,
                              memory.number(), 0);
        if (mapped == MAP_FAILED)
            return nullptr;
        return std::unique_ptr<WritableRing>(new WritableRing(static_cast<std::uint8_t*>(mapped), ring));
    }

    WritableRing(const WritableRing&) = delete;
    WritableRing& operator=(const WritableRing&) = delete;
    ~WritableRing() { ::munmap(memory_, ring_.slot_bytes * ring_.slots); }

    /// False when there is no such slot, or the frame does not fit.
    [[nodiscard]] bool put(const FrameView& frame, std::uint32_t slot) const {
        const auto layout = layout_of({frame.planes[0].width, frame.planes[0].height}, frame.chroma_shift_x,
                                      frame.chroma_shift_y);
        if (slot >= ring_.slots || layout.bytes > ring_.slot_bytes)
            return false;
        for (std::size_t i = 0; i < frame.planes.size(); ++i) {
            const auto& from = frame.planes[i];
            const auto& to = layout.planes[i];
            auto* row = memory_ + slot * ring_.slot_bytes + to.offset;
            for (int y = 0; y < from.height; ++y, row += to.stride)
                std::memcpy(row, from.data + from.stride * y, static_cast<std::size_t>(from.width));
        }
        return true;
    }

  private:
    WritableRing(std::uint8_t* memory, const UseRing& ring) : memory_(memory), ring_(ring) {}

    std::uint8_t* memory_;
    UseRing ring_;
};

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
        auto decoder = in_process().open_decoder(
            file, {.selection = order.selection, .limits = order.limits, .threads = order.threads}, parent_);
        if (decoder.has_error())
            return parent_.tell(Failed{std::move(decoder).error(), {}});
        parent_.tell(VideoFound{(*decoder)->video()});
        decode(**decoder);
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
    void decode(Decoder& decoder) {
        const auto first = parent_.next_order();
        const auto* shared = first ? std::get_if<UseRing>(&*first) : nullptr;
        const auto ring = shared != nullptr ? WritableRing::map(memory_, *shared) : nullptr;
        if (!ring)
            return;
        while (const auto order = parent_.next_order()) {
            const auto* wanted = std::get_if<DecodeInto>(&*order);
            if (wanted == nullptr || !decode_one(decoder, *ring, wanted->slot))
                return;
        }
    }

    /// False when there will be no further frame.
    bool decode_one(Decoder& decoder, const WritableRing& ring, std::uint32_t slot) {
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
        if (!ring.put(frame.view, slot))
            return false;
        parent_.tell(FrameDecoded{.pts = pts,
                                  .time = time,
                                  .repeats = repeats,
                                  .chroma_shift_x = frame.view.chroma_shift_x,
                                  .chroma_shift_y = frame.view.chroma_shift_y,
                                  .colour = frame.view.colour,
                                  .coded_from_displayed = frame.view.coded_from_displayed,
                                  .lost = decoder.lost_frames()});
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
