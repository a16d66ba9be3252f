#include "tasks/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "tasks/outage.h"
#include "tasks/turn.h"

namespace posed::tasks {
namespace {

/// What the row says about the run.
void look_at_row(database::Transaction& transaction, LeasedRun& run) {
    switch (standing_of(transaction, run.lease())) {
        case Standing::held:
        case Standing::recorded:  // the run is about to notice by itself
            return;
        case Standing::cancelled:
            return run.end(Ending::cancelled);
        case Standing::lost:
            return run.end(Ending::lost);
    }
}

}  // namespace

LeaseKeeper::LeaseKeeper(database::Database& database, const Clock& clock, Log& log, const LeaseTimes& times,
                         std::chrono::microseconds stall_timeout,
                         std::function<void(database::Transaction&)> heartbeat)
    : database_(database),
      clock_(clock),
      log_(log),
      times_(times),
      stall_timeout_(stall_timeout),
      heartbeat_(std::move(heartbeat)) {}

void LeaseKeeper::add(std::shared_ptr<LeasedRun> run) {
    const std::lock_guard lock(mutex_);
    runs_.push_back(std::move(run));
}

void LeaseKeeper::remove(const LeasedRun& run) {
    const std::lock_guard lock(mutex_);
    std::erase_if(runs_, [&](const auto& kept) { return kept.get() == &run; });
}

LeaseKeeper::Runs LeaseKeeper::runs() const {
    const std::lock_guard lock(mutex_);
    return runs_;
}

bool LeaseKeeper::tick() {
    const auto runs = this->runs();
    for (const auto& run : runs)
        run->end_if_stalled(stall_timeout_);
    const auto now = clock_.boot_time();
    return now >= next_look_ && look_at(runs, now);
}

bool LeaseKeeper::look_at(const Runs& runs, std::chrono::microseconds now) {
    const bool renewal_due = now >= next_renewal_;
    const bool news =
        std::ranges::any_of(runs, [](const auto& run) { return run->unwritten_progress().has_value(); });
    const bool answered =
        database_answers([&] { renewal_due || news ? write(runs, renewal_due) : look(runs); });
    note(answered);
    next_look_ = now + look_interval;
    if (!answered)
        return false;
    if (renewal_due)
        next_renewal_ = now + times_.renewal_interval();
    for (const auto& run : runs)
        run->answered(renewal_due && !run->stalled() ? std::optional(now + times_.duration) : std::nullopt);
    return news;
}

void LeaseKeeper::look(const Runs& runs) {
    if (runs.empty())
        return;
    auto transaction = database_.read();
    for (const auto& run : runs)
        look_at_row(transaction, *run);
}

void LeaseKeeper::write(const Runs& runs, bool renewal_due) {
    std::vector<std::pair<LeasedRun*, Progress>> written;
    auto transaction = database_.write();
    take_turn(transaction);
    for (const auto& run : runs) {
        look_at_row(transaction, *run);
        if (const auto progress = run->unwritten_progress()) {
            record_progress(transaction, run->lease(), *progress);
            written.emplace_back(run.get(), *progress);
        }
        if (renewal_due && !run->stalled())
            renew(transaction, run->lease(), times_);
    }
    if (renewal_due)
        heartbeat_(transaction);
    transaction.commit();
    for (const auto& [run, progress] : written)
        run->progress_written(progress);
}

void LeaseKeeper::note(bool answered) {
    if (answered == answering_)
        return;
    answering_ = answered;
    if (answered)
        log_.info("the database answers again");
    else
        log_.warning("the database does not answer; runs go on until their leases end");
}

void LeaseKeeper::end_all(Ending ending) {
    for (const auto& run : runs())
        run->end(ending);
}

void LeaseKeeper::abandon_all() {
    const auto runs = this->runs();
    for (const auto& run : runs)
        run->abandon();
    const bool answered = database_answers([&] {
        if (runs.empty())
            return;
        auto transaction = database_.write();
        for (const auto& run : runs)
            (void)hand_back(transaction, run->lease());
        transaction.commit();
    });
    note(answered);
}

}  // namespace posed::tasks
