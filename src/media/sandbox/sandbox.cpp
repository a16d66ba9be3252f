#include "media/sandbox/sandbox.h"

#include <utility>

#include "media/sandbox/sandboxed_decoder.h"
#include "media/sandbox/sandboxed_sound.h"
#include "media/sandbox/trust.h"

namespace posed::media::sandbox {

Sandbox::Sandbox(std::filesystem::path program, ChildPatience patience)
    : program_(std::move(program)),
      patience_(patience),
      keeper_([this](const std::stop_token& stop) { keep_a_spare(stop); }) {}

Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::open(std::filesystem::path program, ChildPatience patience) {
    std::unique_ptr<Sandbox> sandbox(new Sandbox(std::move(program), patience));
    sandbox->layers_ = TRY(sandbox->take_spare({})).layers;
    return sandbox;
}

/// The keeper's life: one child in hand, and a new one as soon as somebody has taken it.
void Sandbox::keep_a_spare(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        // One that dies before it has seen any file was killed by the machine: another may live.
        constexpr int attempts = 3;
        auto spare = start_spare();
        for (int i = 1; i < attempts && spare.has_error() && spare.error().code == Code::decoder_crashed; ++i)
            spare = start_spare();
        std::unique_lock lock(mutex_);
        spare_ = std::move(spare);
        changed_.notify_all();
        changed_.wait(lock, stop, [this] { return !spare_; });
    }
}

Result<Sandbox::Spare> Sandbox::start_spare() {
    auto child = TRY(start_child(program_));
    const auto no_bytes = view_bytes({});
    Conversation conversation(std::move(child), *no_bytes, silent_log(), {}, patience_);
    auto ready = TRY(conversation.answer_of<Ready>("starting"));
    return Spare{conversation.take_child(), std::move(ready.layers)};
}

Result<Sandbox::Spare> Sandbox::take_spare(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (true) {
        if (!changed_.wait(lock, stop, [this] { return spare_.has_value(); }))
            return fail(Code::cancelled, "stopped while waiting for a decoder process");
        auto spare = *std::exchange(spare_, std::nullopt);
        changed_.notify_all();
        // One that died while it waited is nobody's loss.
        if (spare.has_error() || spare->child.channel.is_quiet())
            return spare;
    }
}

Result<std::unique_ptr<Conversation>> Sandbox::converse(ByteSource& source, Log& log, std::stop_token stop) {
    auto spare = TRY(take_spare(stop));
    return std::make_unique<Conversation>(std::move(spare.child), source, log, std::move(stop), patience_);
}

Result<VideoInfo> Sandbox::probe(ByteSource& source, const MediaLimits& limits, Log& log) {
    const auto conversation = TRY(converse(source, log));
    TRY(conversation->order(Probe{source.size(), limits}));
    auto found = TRY(conversation->answer_of<VideoFound>("probing"));
    if (const auto objection = objection_to(found.video, limits); !objection.empty())
        return conversation->broke_off("found " + objection);
    return std::move(found.video);
}

Result<std::unique_ptr<Decoder>> Sandbox::open_decoder(ByteSource& source, const DecodeOptions& options,
                                                       Log& log) {
    return open_decoder_in(TRY(converse(source, log, options.stop)), source.size(), options);
}

Result<std::unique_ptr<Sound>> Sandbox::open_sound(ByteSource& source, Microseconds start, Log& log) {
    return open_sound_in(TRY(converse(source, log)), source.size(), start);
}

}  // namespace posed::media::sandbox
