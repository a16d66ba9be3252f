#include "tasks/leased_run.h"

#include <utility>

#include "tasks/find.h"
#include "tasks/outage.h"

namespace posed::tasks {
namespace {

Error not_mine() {
    return fail(Code::cancelled, "the task has ended, or another worker has taken it over");
}

Time time_for(std::int64_t steps, double steps_per_second) {
    return std::chrono::duration_cast<Time>(
        std::chrono::duration<double>(static_cast<double>(steps) / steps_per_second));
}

Error ended(Ending ending) {
    switch (ending) {
        case Ending::cancelled:
            return fail(Code::cancelled, "cancelled on request");
        case Ending::lost:
            return not_mine();
        case Ending::stalled:
            return fail(Code::cancelled, "stopped for want of progress");
        case Ending::handed_back:
            return fail(Code::cancelled, "stopped because the worker ends");
    }
    return not_mine();
}

}  // namespace

LeasedRun::LeasedRun(database::Database& database, const Clock& clock, Log& log, Task task, std::string token,
                     std::chrono::microseconds until)
    : database_(database),
      clock_(clock),
      task_(std::move(task)),
      lease_{.task_id = task_.id, .token = std::move(token)},
      log_(log, {{"task_id", task_.id}}),
      until_(until),
      last_news_(clock.boot_time()),
      rate_(last_news_) {}

Result<> LeasedRun::report(std::string_view stage, std::int64_t done, std::optional<std::int64_t> total) {
    {
        const std::lock_guard lock(mutex_);
        const auto now = clock_.boot_time();
        const bool new_stage = !progress_ || progress_->stage != stage;
        if (new_stage)
            rate_ = RateMeter(now);
        if (new_stage || progress_->done != done || progress_->total != total) {
            progress_ = progress_at(now, stage, done, total);
            progress_written_ = false;
            last_news_ = now;
        }
    }
    return still_mine();
}

Progress LeasedRun::progress_at(std::chrono::microseconds now, std::string_view stage, std::int64_t done,
                                std::optional<std::int64_t> total) {
    const auto rate = rate_.add(now, done);
    const bool foreseeable = total && rate && *rate > 0;
    return {.stage = std::string(stage),
            .done = done,
            .total = total,
            .rate = rate,
            .eta = foreseeable ? std::optional(clock_.now() + time_for(*total - done, *rate)) : std::nullopt};
}

Result<> LeasedRun::still_mine() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || leased_while_locked(); });
    if (ending_)
        return ended(*ending_);
    return {};
}

Result<TaskResult> LeasedRun::commit(const Record& record) {
    while (true) {
        TRY(still_mine());
        const auto before = answers();
        std::optional<Result<TaskResult>> result;
        if (database_answers([&] { result = record_once(record); }))
            return *std::move(result);
        if (!wait_for_answer_after(before))
            return not_mine();
    }
}

Result<TaskResult> LeasedRun::record_once(const Record& record) {
    auto transaction = database_.write();
    // A COMMIT before this one may have gone through without our hearing of it.
    const bool recorded = standing_of(transaction, lease_) == Standing::recorded;
    auto result =
        recorded ? find_task(transaction, lease_.task_id).value().result.value() : TRY(record(transaction));
    if (const auto progress = unwritten_progress())
        record_progress(transaction, lease_, *progress);
    if (!recorded && !succeed(transaction, lease_, result))
        return not_mine();
    transaction.commit();
    const std::lock_guard lock(mutex_);
    recorded_ = true;
    return result;
}

std::optional<State> LeasedRun::settle(
    const std::function<std::optional<State>(database::Transaction&)>& step) {
    while (true) {
        const auto before = answers();
        std::optional<State> state;
        const auto commit_step = [&] {
            auto transaction = database_.write();
            state = step(transaction);
            transaction.commit();
        };
        if (database_answers(commit_step))
            return state;
        if (!wait_for_answer_after(before))
            return std::nullopt;
    }
}

std::uint64_t LeasedRun::answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
}

bool LeasedRun::wait_for_answer_after(std::uint64_t answers) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers_ != answers || abandoned_; });
    return !abandoned_;
}

bool LeasedRun::recorded() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
}

std::optional<Ending> LeasedRun::ending() const {
    const std::lock_guard lock(mutex_);
    return ending_;
}

void LeasedRun::answered(std::optional<std::chrono::microseconds> renewed_until) {
    const std::lock_guard lock(mutex_);
    ++answers_;
    if (renewed_until) {
        if (!leased_while_locked())
            last_news_ = clock_.boot_time();  // it could not go on, so it did not stall
        until_ = *renewed_until;
    }
    changed_.notify_all();
}

void LeasedRun::end(Ending ending) {
    {
        const std::lock_guard lock(mutex_);
        if (ending_)
            return;
        ending_ = ending;
        changed_.notify_all();
    }
    stop_.request_stop();
}

void LeasedRun::abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
}

void LeasedRun::end_if_stalled(std::chrono::microseconds timeout) {
    {
        const std::lock_guard lock(mutex_);
        if (!leased_while_locked() || clock_.boot_time() - last_news_ < timeout)
            return;
        stalled_ = true;
    }
    end(Ending::stalled);
}

bool LeasedRun::stalled() const {
    const std::lock_guard lock(mutex_);
    return stalled_;
}

std::optional<Progress> LeasedRun::unwritten_progress() const {
    const std::lock_guard lock(mutex_);
    return progress_written_ ? std::nullopt : progress_;
}

void LeasedRun::progress_written(const Progress& progress) {
    const std::lock_guard lock(mutex_);
    progress_written_ = progress_ == progress;
}

}  // namespace posed::tasks
