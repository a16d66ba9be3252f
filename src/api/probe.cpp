#include "api/probe.h"

#include <exception>
#include <utility>

namespace posed::api {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::chrono::microseconds since(SteadyClock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
}

}  // namespace

Probe::Probe(std::string name, std::function<PartReport()> ask, Log& log)
    : name_(std::move(name)),
      ask_(std::move(ask)),
      log_(log),
      thread_([this](const std::stop_token& stop) { serve(stop); }) {}

Probe::Question Probe::begin() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return ++asked_;
}

ProbeAnswer Probe::wait(Question question, Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, deadline, [&] { return answered_ >= question; }))
        return answer_;
    return {.report = {.status = PartStatus::unavailable, .detail = "does not answer in time"}};
}

void Probe::serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return answered_ < asked_; })) {
        const auto question = asked_;
        lock.unlock();
        const auto begin = SteadyClock::now();
        ProbeAnswer answer{.report = ask_safely()};
        answer.latency = since(begin);
        lock.lock();
        answer_ = std::move(answer);
        answered_ = question;
        changed_.notify_all();
    }
}

PartReport Probe::ask_safely() {
    try {
        return ask_();
    } catch (const std::exception& exception) {
        log_.error(exception.what(), {{"part", name_}});
        return {.status = PartStatus::unavailable, .detail = "fails; the log says why"};
    }
}

}  // namespace posed::api
