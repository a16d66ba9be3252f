#include "commands/supervisor.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "commands/command.h"

namespace posed::commands {
namespace {

constexpr std::chrono::milliseconds look_interval{20};

void wait_a_little(const std::stop_token& stop = {}) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    pause.wait_for(lock, stop, look_interval, [] { return false; });
}

}  // namespace

Supervisor::Supervisor(std::vector<Program> programs, const Variables& environment, Log& log,
                       SupervisorEvents events, const SupervisorTimes& times)
    : environment_(environment), log_(log), events_(std::move(events)), times_(times) {
    for (auto& program : programs)
        wards_.push_back({.program = std::move(program)});
}

Result<> Supervisor::run(const std::stop_token& stop) {
    while (!stop.stop_requested() && !misconfigured_) {
        for (auto& ward : wards_)
            look_after(ward);
        wait_a_little(stop);
    }
    stop_all();
    if (misconfigured_)
        return fail(Code::invalid_argument, "the " + *misconfigured_ + " cannot run as it is configured",
                    "see above what it says");
    return {};
}

void Supervisor::look_after(Ward& ward) {
    if (!ward.process) {
        if (Clock::now() - ward.changed_at >= ward.pause)
            start(ward);
        return;
    }
    // In this order: whatever it has said before its end is in the pipe.
    const auto exit_code = ward.process->ended();
    if (auto report = ward.process->take_report()) {
        ward.report = std::move(report);
        events_.on_ready(ward.program, *ward.report);
    }
    if (exit_code)
        take_leave(ward, *exit_code);
}

void Supervisor::start(Ward& ward) {
    auto process = ChildProcess::start(ward.program.arguments, environment_);
    ward.changed_at = Clock::now();
    if (process.has_error()) {
        log_.error("a process cannot be started",
                   {{"program", ward.program.name}, {"why", process.error().message}});
        ward.pause = times_.longest_pause;
        return;
    }
    ward.process.emplace(std::move(process).value());
    log_.info("started a process", {{"program", ward.program.name}, {"process", ward.process->id()}});
}

void Supervisor::take_leave(Ward& ward, int exit_code) {
    const bool was_steady = Clock::now() - ward.changed_at >= times_.steady;
    ward.process.reset();
    ward.changed_at = Clock::now();
    if (exit_code == exit_configuration) {
        misconfigured_ = ward.program.name;
        return;
    }
    ward.pause = was_steady || ward.pause.count() == 0 ? times_.first_pause
                                                       : std::min(2 * ward.pause, times_.longest_pause);
    log_.warning("a process has ended and will be started again",
                 {{"program", ward.program.name},
                  {"how", how_it_ended(exit_code)},
                  {"pause_seconds", std::chrono::duration<double>(ward.pause).count()}});
    if (const auto report = std::exchange(ward.report, std::nullopt))
        events_.on_end(ward.program, *report);
}

void Supervisor::stop_all() {
    const auto asked_at = Clock::now();
    stop_turn(StopTurn::first, asked_at + times_.first_turn);
    stop_turn(StopTurn::last, asked_at + times_.stopping);
    while (!all_gone(StopTurn::first) && Clock::now() < asked_at + times_.stopping)
        wait_a_little();
    for (auto& ward : wards_) {
        if (ward.process)
            log_.warning("killed a process that did not stop in time", {{"program", ward.program.name}});
        ward.process.reset();
    }
}

void Supervisor::stop_turn(StopTurn turn, Clock::time_point until) {
    for (auto& ward : wards_) {
        if (ward.process && ward.program.turn == turn)
            ward.process->ask_to_stop();
    }
    while (!all_gone(turn) && Clock::now() < until)
        wait_a_little();
}

bool Supervisor::all_gone(StopTurn turn) {
    bool gone = true;
    for (auto& ward : wards_) {
        if (ward.program.turn != turn || !ward.process)
            continue;
        if (ward.process->ended())
            ward.process.reset();
        else
            gone = false;
    }
    return gone;
}

}  // namespace posed::commands
