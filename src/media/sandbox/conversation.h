#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "media/sandbox/child.h"
#include "media/sandbox/messages.h"

namespace posed::media::sandbox {

/// How long a child may take. Reading the file is not its time.
struct ChildPatience {
    std::chrono::milliseconds silence{30'000};  ///< without any word
    std::chrono::milliseconds answer{600'000};  ///< for one frame, however much it says meanwhile
};

/// The parent's side of a job: gives orders, and while it waits for the answer serves what the child asks of
/// the file and passes its lines on to the log. Whatever goes wrong with the child (crash, silence, nonsense,
/// a request to stop) ends it, and every later call returns the same error: decoder_crashed, or cancelled.
/// One thread at a time.
class Conversation {
  public:
    Conversation(Child child, ByteSource& source, Log& log, std::stop_token stop, ChildPatience patience)
        : child_(std::move(child)), source_(source), log_(log), stop_(std::move(stop)), patience_(patience) {}

    [[nodiscard]] Result<> order(const ToChild& order);

    /// The next answer. `doing` completes "the decoder process crashed while ...". Errors: also what the
    /// child says of the file, and what the source failed with.
    [[nodiscard]] Result<FromChild> answer(const std::string& doing);

    /// The same where only one kind of answer makes sense.
    template <class Answer>
    [[nodiscard]] Result<Answer> answer_of(const std::string& doing) {
        auto received = TRY(answer(doing));
        if (auto* wanted = std::get_if<Answer>(&received))
            return std::move(*wanted);
        return broke_off("answered something else than it was asked while " + doing);
    }

    /// Ends the child, which said something that cannot be true.
    [[nodiscard]] Error broke_off(const std::string& how);

    [[nodiscard]] const Child& child() const noexcept { return child_; }

    /// The child for another conversation; this one is over.
    [[nodiscard]] Child take_child() noexcept { return std::move(child_); }

    /// As far as the child has told with its failure.
    [[nodiscard]] const std::optional<LostFrames>& lost_at_failure() const noexcept { return lost_; }

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Error end_because(Transfer transfer, const std::string& doing);
    [[nodiscard]] Result<> read_file(const ReadFile& request);
    void log(const LogLine& line);
    [[nodiscard]] Error fail_with(const Failed& failed);
    [[nodiscard]] Error remember(Error error);

    Child child_;
    ByteSource& source_;
    Log& log_;
    std::stop_token stop_;
    ChildPatience patience_;
    std::vector<std::byte> message_;
    std::optional<Error> ended_;
    std::optional<Error> source_error_;
    std::optional<LostFrames> lost_;
    Clock::duration reading_{0};  ///< the source's time within the current answer
    std::int64_t lines_ = 0;
};

}  // namespace posed::media::sandbox
