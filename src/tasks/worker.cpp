#include "tasks/worker.h"

#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "base/escaped_text.h"
#include "base/identifiers.h"
#include "database/workers.h"
#include "tasks/live_workers.h"
#include "tasks/outage.h"
#include "tasks/submit.h"

namespace posed::tasks {
namespace {

/// How often the leases are looked after in real time; a run's own look at the boot clock does not wait for
/// it.
constexpr std::chrono::milliseconds tick_interval{200};

TaskError error_for_clients(const Error& error) {
    return {.code = name_of(error.code),
            .detail = escaped(error.message),
            .suggestion = escaped(error.suggestion)};
}

TaskError stalled_error() {
    return {.code = "stalled", .detail = "the run made no progress for too long"};
}

/// `state` is the row's after the run; nothing when the run had no say in it any more.
RunOutcome outcome_of(std::optional<State> state, std::optional<Ending> ending) {
    if (!state)
        return RunOutcome::lost;
    if (state == State::failure)
        return RunOutcome::failure;
    if (state == State::revoked)
        return RunOutcome::cancelled;
    return ending == Ending::handed_back ? RunOutcome::handed_back : RunOutcome::retry;
}

}  // namespace

Worker::Worker(const WorkerSurroundings& surroundings, WorkerRecord record,
               std::map<std::string, Handler> handlers, const WorkerTimes& times)
    : with_(surroundings),
      record_(std::move(record)),
      handlers_(std::move(handlers)),
      times_(times),
      metrics_(surroundings.metrics),
      keeper_(surroundings.database, surroundings.clock, surroundings.log, times.lease, times.stall_timeout,
              [this](database::Transaction& transaction) { record_heartbeat(transaction, record_); }),
      token_(random_token(surroundings.random)) {}

void Worker::run(const std::stop_token& stop) {
    std::jthread keeper([&](const std::stop_token& done) { keep(done, stop); });
    {
        std::vector<std::jthread> slots;
        for (int i = 0; i < record_.slots; ++i)
            slots.emplace_back([this, stop] { serve(stop); });
    }
    keeper.request_stop();
    keeper.join();
    (void)database_answers([&] {
        auto transaction = with_.database.write();
        database::Workers(transaction).end(record_.id);
        transaction.commit();
    });
}

void Worker::serve(const std::stop_token& stop) {
    while (const auto run = wait_for_run(stop))
        carry_out(*run);
}

void Worker::keep(const std::stop_token& done, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!done.stop_requested()) {
        tick(stop);
        pause.wait_for(lock, done, tick_interval, [] { return false; });
    }
}

void Worker::tick(const std::stop_token& stop) {
    if (stop.stop_requested())
        wind_up();
    if (keeper_.tick())
        with_.announcer.changed();
}

void Worker::wind_up() {
    const auto now = with_.clock.boot_time();
    if (!stop_seen_at_)
        stop_seen_at_ = now;
    if (now - *stop_seen_at_ >= times_.finishing)
        keeper_.end_all(Ending::handed_back);
    if (now - *stop_seen_at_ >= times_.stopping && !std::exchange(abandoned_, true))
        keeper_.abandon_all();
}

std::shared_ptr<LeasedRun> Worker::wait_for_run(const std::stop_token& stop) {
    const std::lock_guard turn(turn_);
    while (!stop.stop_requested()) {
        if (auto run = lease_next())
            return run;
        const auto poll = times_.poll_interval * (0.75 + with_.random.fraction() / 2);
        with_.announcer.wait(record_.queue, std::chrono::duration_cast<std::chrono::microseconds>(poll),
                             stop);
    }
    return nullptr;
}

bool Worker::run_next() {
    const auto run = lease_next();
    if (run)
        carry_out(*run);
    return run != nullptr;
}

std::shared_ptr<LeasedRun> Worker::lease_next() {
    const auto until = with_.clock.boot_time() + times_.lease.duration;
    std::optional<Task> task;
    if (!database_answers([&] { task = lease_task(); }))
        return nullptr;
    with_.announcer.looked();
    if (!task)
        return nullptr;
    with_.announcer.changed();
    auto run = std::make_shared<LeasedRun>(with_.database, with_.clock, with_.log, *std::move(task),
                                           std::exchange(token_, random_token(with_.random)), until);
    keeper_.add(run);
    return run;
}

std::optional<Task> Worker::lease_task() {
    const LeaseRequest request{.queue = record_.queue,
                               .owner = record_.id,
                               .token = token_,
                               .capabilities = record_.capabilities,
                               .times = times_.lease};
    while (lease_in_doubt_ || is_due(request)) {
        lease_in_doubt_ = true;  // until the COMMIT has answered, the row may be ours
        auto transaction = with_.database.write();
        auto task = tasks::lease(transaction, request);
        const auto known = task ? newest_success(transaction, task->request.recipe_hash) : std::nullopt;
        if (known)
            (void)succeed(transaction, {.task_id = task->id, .token = token_}, known->result.value());
        transaction.commit();
        lease_in_doubt_ = false;
        if (!known)
            return task;
    }
    return std::nullopt;
}

bool Worker::is_due(const LeaseRequest& request) {
    auto transaction = with_.database.read();
    return has_due_task(transaction, request);
}

void Worker::carry_out(LeasedRun& run) {
    const auto& task = run.task();
    const auto began = with_.clock.boot_time();
    metrics_.began(task);
    run.log().info("the run begins", {{"kind", task.request.kind}, {"attempts_before", task.attempts}});
    const auto result = call_handler(run);
    const auto outcome = settle(run, result);
    keeper_.remove(run);
    with_.announcer.changed();
    const auto duration = with_.clock.boot_time() - began;
    metrics_.ended(task.request.kind, outcome, duration);
    run.log().info("the run has ended", {{"kind", task.request.kind},
                                         {"outcome", name_of(outcome)},
                                         {"seconds", std::chrono::duration<double>(duration).count()}});
}

Result<TaskResult> Worker::call_handler(LeasedRun& run) {
    const auto& task = run.task();
    try {
        return handlers_.at(task.request.kind)(task, run);
    } catch (const database::Unavailable&) {
        return fail(Code::unavailable, "the database did not answer");
    } catch (const std::exception& error) {
        run.log().error("the handler threw an exception", {{"what", error.what()}});
        return fail(Code::internal, "the run failed unexpectedly", "see the worker's log");
    }
}

RunOutcome Worker::settle(LeasedRun& run, Result<TaskResult> result) {
    if (!run.recorded() && result.has_value())
        result = run.commit([&](database::Transaction&) { return result; });
    if (run.recorded())
        return RunOutcome::success;
    const auto ending = run.ending();
    if (ending == Ending::lost)
        return RunOutcome::lost;
    const auto state = run.settle([&](database::Transaction& transaction) {
        if (ending == Ending::cancelled || ending == Ending::handed_back)
            return hand_back(transaction, run.lease());
        if (ending == Ending::stalled)
            return fail_run(transaction, run.lease(), Verdict::transient, stalled_error(), with_.random);
        return fail_run(transaction, run.lease(), verdict_on(result.error().code),
                        error_for_clients(result.error()), with_.random);
    });
    return outcome_of(state, ending);
}

}  // namespace posed::tasks
