#include "commands/interruption.h"

#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

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

void wait_for_signal(const std::stop_token& given_up, int lifeline, std::stop_source& stop) {
    const auto signals = ending_signals();
    const Descriptor signal(::signalfd(-1, &signals, SFD_CLOEXEC));
    const Descriptor over(::eventfd(0, EFD_CLOEXEC));
    const std::stop_callback end(given_up, [&] { ::eventfd_write(over.number(), 1); });
    std::array<pollfd, 3> awaited{{{.fd = signal.number(), .events = POLLIN, .revents = 0},
                                   {.fd = lifeline, .events = POLLIN, .revents = 0},
                                   {.fd = over.number(), .events = POLLIN, .revents = 0}}};
    while (::poll(awaited.data(), awaited.size(), -1) < 0) {
    }
    if (given_up.stop_requested())
        return;
    // What is read is not pending any more, and does not kill below.
    signalfd_siginfo taken{};
    if (awaited[0].revents != 0)
        static_cast<void>(::read(signal.number(), &taken, sizeof taken));
    stop.request_stop();
    // From here on a signal has its usual effect, as long as there is a thread that takes it.
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    wait_for(given_up);
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
