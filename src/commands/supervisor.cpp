#include "commands/supervisor.h"

#include <algorithm>
#include <utility>

#include <sys/eventfd.h>

#include "base/descriptor.h"
#include "commands/command.h"

namespace posed::commands {
namespace {

void wait_for_any(std::vector<pollfd>& watched, std::chrono::steady_clock::time_point until) {
    using std::chrono::ceil, std::chrono::milliseconds;
    constexpr milliseconds longest{1'000'000};
    const auto left = std::min(ceil<milliseconds>(until - std::chrono::steady_clock::now()), longest);
    ::poll(watched.data(), watched.size(), static_cast<int>(std::max(left, milliseconds(0)).count()));
}

pollfd readable(int descriptor) {
    return {.fd = descriptor, .events = POLLIN, .revents = 0};
}

}  // namespace

Supervisor::Supervisor(std::vector<Program> programs, const Variables& environment, Log& log,
                       SupervisorEvents events, const SupervisorTimes& times)
    : environment_(environment), log_(log), events_(std::move(events)), times_(times) {
    for (auto& program : programs)
        wards_.push_back({.program = std::move(program)});
}

Result<> Supervisor::run(const std::stop_token& stop) {
    const Descriptor stopped(::eventfd(0, EFD_CLOEXEC));
    const std::stop_callback tell(stop, [&] { ::eventfd_write(stopped.number(), 1); });
    while (!stop.stop_requested() && !misconfigured_) {
        wait_for_news(stopped.number());
        for (auto& ward : wards_)
            look_after(ward);
    }
    stop_all();
    if (misconfigured_)
        return fail(Code::invalid_argument, "the " + *misconfigured_ + " cannot run as it is configured",
                    "see above what it says");
    return {};
}

/// Until a program reports or ends, or is to be started again, or `stop` is readable.
void Supervisor::wait_for_news(int stop) const {
    std::vector<pollfd> watched{readable(stop)};
    auto until = Clock::time_point::max();
    for (const auto& ward : wards_) {
        if (!ward.process) {
            until = std::min(until, ward.changed_at + ward.pause);
            continue;
        }
        watched.push_back(readable(ward.process->end_to_poll()));
        watched.push_back(readable(ward.process->report_to_poll()));
    }
    wait_for_any(watched, until);
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
    wait_for_end(StopTurn::first, asked_at + times_.stopping);
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
    wait_for_end(turn, until);
}

void Supervisor::wait_for_end(StopTurn turn, Clock::time_point until) {
    auto awaited = ends(turn);
    while (!awaited.empty() && Clock::now() < until) {
        wait_for_any(awaited, until);
        awaited = ends(turn);
    }
}

/// What tells of the end of the programs that are still there.
std::vector<pollfd> Supervisor::ends(StopTurn turn) {
    std::vector<pollfd> watched;
    for (auto& ward : wards_) {
        if (ward.program.turn != turn || !ward.process)
            continue;
        if (ward.process->ended())
            ward.process.reset();
        else
            watched.push_back(readable(ward.process->end_to_poll()));
    }
    return watched;
}

}  // namespace posed::commands
