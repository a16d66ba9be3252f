#include "media/sandbox/conversation.h"

#include <algorithm>
#include <utility>

#include "media/sandbox/trust.h"

namespace posed::media::sandbox {

Error Conversation::remember(Error error) {
    child_.process = Process();  // kills and reaps
    ended_ = std::move(error);
    return *ended_;
}

Error Conversation::broke_off(const std::string& how) {
    return remember(fail(Code::decoder_crashed, "the decoder process " + how));
}

Error Conversation::end_because(Transfer transfer, const std::string& doing) {
    switch (transfer) {
        case Transfer::stopped:
            return remember(fail(Code::cancelled, "stopped while " + doing));
        case Transfer::too_late:
            return broke_off("was stalled while " + doing + ", and was killed");
        case Transfer::too_long:
            return broke_off("sent a message of an impossible length while " + doing);
        case Transfer::closed:
        case Transfer::done:
            break;
    }
    const auto how = child_.process.end();
    return broke_off(how + " while " + doing);
}

Result<> Conversation::order(const ToChild& order) {
    if (ended_)
        return *ended_;
    const auto sent = child_.channel.send(encode(order), {Clock::now() + patience_.silence, stop_});
    // A child that is gone may have said why before.
    if (sent != Transfer::done && sent != Transfer::closed)
        return end_because(sent, "taking an order");
    return {};
}

Result<FromChild> Conversation::answer(const std::string& doing) {
    if (ended_)
        return *ended_;
    reading_ = Clock::duration{0};
    const auto begin = Clock::now();
    while (true) {
        const auto until = std::min(Clock::now() + patience_.silence, begin + patience_.answer + reading_);
        const auto got = child_.channel.receive(message_, {until, stop_});
        if (got != Transfer::done)
            return end_because(got, doing);
        auto said = decode_from_child(message_);
        if (!said)
            return broke_off("sent a message that is none while " + doing);
        if (const auto* request = std::get_if<ReadFile>(&*said))
            TRY(read_file(*request));
        else if (const auto* line = std::get_if<LogLine>(&*said))
            log(*line);
        else if (const auto* failed = std::get_if<Failed>(&*said))
            return fail_with(*failed);
        else
            return *std::move(said);
    }
}

Result<> Conversation::read_file(const ReadFile& request) {
    if (request.length > read_bytes_max)
        return broke_off("asked for " + std::to_string(request.length) + " bytes at once");
    const auto begin = Clock::now();
    FileBytes file;
    file.bytes.resize(request.length);
    auto got = request.offset < source_.size() ? source_.read_at(request.offset, file.bytes)
                                               : Result<std::size_t>(std::size_t{0});
    reading_ += Clock::now() - begin;
    if (got.has_error()) {
        if (!source_error_)
            source_error_ = got.error();
        return order(ReadFailed{std::move(got).error()});
    }
    file.bytes.resize(std::min<std::size_t>(*got, request.length));
    return order(std::move(file));
}

void Conversation::log(const LogLine& line) {
    constexpr std::int64_t most_lines = 10'000;
    if (++lines_ < most_lines)
        log_.write(line.level, harmless(line.text));
    else if (lines_ == most_lines)
        log_.write(Log::Level::warning, "the decoder process says too much: its log ends here");
}

Error Conversation::fail_with(const Failed& failed) {
    lost_ = believable(failed.lost);
    return remember(source_error_ ? *source_error_ : believable(failed.error));
}

}  // namespace posed::media::sandbox
