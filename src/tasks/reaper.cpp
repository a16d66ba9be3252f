#include "tasks/reaper.h"

#include <string>

#include "tasks/end_run.h"
#include "tasks/find.h"
#include "tasks/lease.h"
#include "tasks/outage.h"
#include "tasks/task_row.h"
#include "tasks/turn.h"

namespace posed::tasks {
namespace {

/// A lease that ends later than any can was given before somebody turned the database's clock back.
std::optional<std::string> expired_task(database::Transaction& transaction, const LeaseTimes& times) {
    const auto now = transaction.now();
    const auto rows = transaction.query(
        "SELECT id FROM tasks WHERE state = 'STARTED' AND (lease_until <= :now OR lease_until > :latest) "
        "ORDER BY id LIMIT 1",
        {{"now", now}, {"latest", now + times.duration}});
    return rows.empty() ? std::nullopt : std::optional(rows.front().get<std::string>("id"));
}

}  // namespace

Reaper::Reaper(database::Database& database, const Clock& clock, Random& random, Log& log,
               const LeaseTimes& times)
    : database_(database), clock_(clock), random_(random), log_(log), times_(times) {}

std::int64_t Reaper::tick() {
    std::int64_t ended = 0;
    const bool answered = database_answers([&] {
        observe();
        if (clock_.boot_time() - steady_since_ >= times_.duration)
            ended = end_expired();
    });
    if (!answered)
        last_.reset();
    return ended;
}

void Reaper::observe() {
    // Leases could have been renewed for a whole lease: it takes the turn of a writer, for which those who
    // only read do not wait, and a renewal, if of no lease.
    auto transaction = database_.write();
    take_turn(transaction);
    renew(transaction, {.task_id = {}, .token = {}}, times_);
    const auto asked_at = clock_.boot_time();
    const auto database_time = transaction.now();
    const Sight sight{
        .boot_time = asked_at, .database_time = database_time, .answered_at = clock_.boot_time()};
    if (!steady(sight))
        steady_since_ = sight.answered_at;
    last_ = sight;
}

bool Reaper::steady(const Sight& sight) const {
    if (!last_)
        return false;
    const auto passed = sight.boot_time - last_->boot_time;
    const auto database_passed = sight.database_time - last_->database_time;
    const auto least_passed = sight.boot_time - last_->answered_at;
    const auto most_passed = sight.answered_at - last_->boot_time;
    // If the database's time differs more from ours over one tick, somebody must have set it.
    const auto largest_drift = times_.reaping_interval();
    return passed <= longest_silence() && sight.answered_at - sight.boot_time <= longest_silence() &&
           database_passed <= most_passed + largest_drift && database_passed >= least_passed - largest_drift;
}

std::int64_t Reaper::end_expired() {
    if (auto transaction = database_.read(); !expired_task(transaction, times_))
        return 0;
    std::int64_t ended = 0;
    auto transaction = database_.write();
    auto revision = next_revision(transaction);
    while (const auto id = expired_task(transaction, times_)) {
        const auto task = find_task(transaction, *id).value();
        end_run(transaction, task, Verdict::transient, worker_lost_error(), revision, random_);
        revision = next_revision(transaction);
        ++ended;
    }
    // If the database has hung since it was last seen, living workers are about to renew.
    if (clock_.boot_time() - last_->answered_at > longest_silence()) {
        steady_since_ = clock_.boot_time();
        return 0;
    }
    transaction.commit();
    log_.warning("ended " + std::to_string(ended) + " runs whose leases ran out");
    return ended;
}

}  // namespace posed::tasks
