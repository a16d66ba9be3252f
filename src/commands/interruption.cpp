#include "commands/interruption.h"

#include <csignal>
#include <ctime>

namespace posed::commands {
namespace {

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

void wait_for_signal(const std::stop_token& given_up, std::stop_source& stop) {
    const auto signals = ending_signals();
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
    while (!given_up.stop_requested()) {
        if (sigtimedwait(&signals, nullptr, &pause) < 0)
            continue;
        stop.request_stop();
        // From here on a signal has its usual effect.
        pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
        return;
    }
}

}  // namespace

Interruption::Interruption() {
    const auto signals = ending_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    waiter_ = std::jthread([this](const std::stop_token& given_up) { wait_for_signal(given_up, source_); });
}

}  // namespace posed::commands
