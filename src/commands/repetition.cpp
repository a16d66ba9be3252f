#include "commands/repetition.h"

#include <algorithm>
#include <utility>

#include "tasks/outage.h"

namespace posed::commands {
namespace {

constexpr std::chrono::milliseconds shortest_pause{10};

}  // namespace

Repetition::Repetition(std::string name, std::chrono::milliseconds pause, std::function<void()> step,
                       Log& log)
    : name_(std::move(name)),
      pause_(pause),
      step_(std::move(step)),
      log_(log),
      thread_([this](const std::stop_token& stop) { repeat(stop); }) {}

void Repetition::repeat(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        hurried_ = false;
        lock.unlock();
        take_a_turn();
        lock.lock();
        const auto shortest = std::min(pause_, shortest_pause);
        changed_.wait_for(lock, stop, shortest, [] { return false; });
        changed_.wait_for(lock, stop, pause_ - shortest, [this] { return hurried_; });
    }
}

void Repetition::hurry() {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
    changed_.notify_all();
}

void Repetition::take_a_turn() {
    const bool was_away = std::exchange(away_, !tasks::database_answers(step_));
    if (away_ && !was_away)
        log_.warning("the database does not answer", {{"part", name_}});
    if (was_away && !away_)
        log_.info("the database answers again", {{"part", name_}});
}

}  // namespace posed::commands
