// Times whole commands against each other: compare_commands ROUNDS NAME 'COMMAND' [NAME 'COMMAND' ...]
//
// The commands run in turn, round after round, so that a drift of the machine's speed hits all alike. Printed
// are the median wall and processor seconds and the peak memory of each, and the median over the rounds of
// its wall time divided by the first command's of the same round. The first round warms up and is not
// counted.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Measurement {
    double wall = 0;
    double processor = 0;
    double peak_megabytes = 0;
};

struct Contender {
    std::string name;
    std::string command;
    std::vector<Measurement> rounds;
};

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

[[noreturn]] void become(const std::string& command) {
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
}

Measurement measure(const Contender& contender) {
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0)
        become(contender.command);
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::cerr << contender.name << " failed: " << contender.command << '\n';
        std::exit(1);
    }
    return {.wall = wall.count(),
            .processor = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
            .peak_megabytes = static_cast<double>(usage.ru_maxrss) / 1024};
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

template <class Value>
double median_of(const Contender& contender, Value value) {
    std::vector<double> values;
    for (const auto& round : contender.rounds)
        values.push_back(value(round));
    return median(std::move(values));
}

double ratio_to(const Contender& contender, const Contender& first) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < contender.rounds.size(); ++i)
        ratios.push_back(contender.rounds[i].wall / first.rounds[i].wall);
    return median(std::move(ratios));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4 || argc % 2 != 0) {
        std::cerr << "usage: compare_commands ROUNDS NAME 'COMMAND' [NAME 'COMMAND' ...]\n";
        return 2;
    }
    std::vector<Contender> contenders;
    for (int i = 2; i + 1 < argc; i += 2)
        contenders.push_back({.name = argv[i], .command = argv[i + 1], .rounds = {}});
    const int rounds = std::atoi(argv[1]);
    for (int round = 0; round <= rounds; ++round) {
        for (auto& contender : contenders) {
            const auto measurement = measure(contender);
            if (round > 0)
                contender.rounds.push_back(measurement);
        }
    }
    std::cout
        << "| command | wall s | processor s | peak MB | wall, times the first |\n|---|---|---|---|---|\n";
    for (const auto& contender : contenders)
        std::cout << fmt::format("| {} | {:.2f} | {:.2f} | {:.0f} | {:.3f} |\n", contender.name,
                                 median_of(contender, [](const auto& m) { return m.wall; }),
                                 median_of(contender, [](const auto& m) { return m.processor; }),
                                 median_of(contender, [](const auto& m) { return m.peak_megabytes; }),
                                 ratio_to(contender, contenders.front()));
    return 0;
}
