#include "commands/repetition.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "tasks/outage.h"

namespace posed::commands {

Repetition::Repetition(std::string name, std::chrono::milliseconds pause, std::function<void()> step,
                       Log& log)
    : name_(std::move(name)),
      pause_(pause),
      step_(std::move(step)),
      log_(log),
      thread_([this](const std::stop_token& stop) { repeat(stop); }) {}

void Repetition::repeat(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        take_a_turn();
        pause.wait_for(lock, stop, pause_, [] { return false; });
    }
}

void Repetition::take_a_turn() {
    const bool was_away = std::exchange(away_, !tasks::database_answers(step_));
    if (away_ && !was_away)
        log_.warning("the database does not answer", {{"part", name_}});
    if (was_away && !away_)
        log_.info("the database answers again", {{"part", name_}});
}

}  // namespace posed::commands
