#include "commands/interruption.h"

#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>

#include <poll.h>

namespace posed::commands {
namespace {

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
}

bool has_ended(int lifeline) {
    pollfd end{.fd = lifeline, .events = POLLIN, .revents = 0};
    return lifeline >= 0 && ::poll(&end, 1, 0) > 0;
}

void wait_for_signal(const std::stop_token& given_up, int lifeline, std::stop_source& stop) {
    const auto signals = ending_signals();
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
    while (!given_up.stop_requested()) {
        if (sigtimedwait(&signals, nullptr, &pause) < 0 && !has_ended(lifeline))
            continue;
        stop.request_stop();
        // From here on a signal has its usual effect, as long as there is a thread that takes it.
        pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
        wait_for(given_up);
    }
}

}  // namespace

Interruption::Interruption(const Descriptor& lifeline) {
    const auto signals = ending_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    waiter_ = std::jthread([this, end = lifeline.number()](const std::stop_token& given_up) {
        wait_for_signal(given_up, end, source_);
    });
}

void Interruption::wait() const {
    wait_for(token());
}

}  // namespace posed::commands
