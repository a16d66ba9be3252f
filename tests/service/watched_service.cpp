#include "tests/service/watched_service.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <utility>

namespace posed::tests {
namespace {

/// The numbers that the group of `pattern` has matched, in order.
std::vector<int> numbers_in(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    std::vector<int> numbers;
    for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
        numbers.push_back(std::stoi(match->str(1)));
    return numbers;
}

Environment environment_of(std::vector<std::string> settings) {
    settings.emplace_back("POSED_LOG_FORMAT=json");
    return {.set = std::move(settings)};
}

}  // namespace

bool is_running(pid_t id) {
    std::ifstream status("/proc/" + std::to_string(id) + "/stat");
    std::string number, name, state;
    return (status >> number >> name >> state) && state != "Z";
}

bool none_is_running(const std::vector<pid_t>& processes) {
    return std::ranges::none_of(processes, is_running);
}

WatchedService::WatchedService(const std::filesystem::path& data, std::vector<std::string> settings)
    : supervisor_({posed_program(), "run", "--port", "0", "--data-dir", data},
                  environment_of(std::move(settings))) {}

bool WatchedService::is_ready() const {
    return supervisor_.wait_until_printed("Ctrl-C stops it");
}

std::uint16_t WatchedService::port() const {
    return static_cast<std::uint16_t>(
        numbers_in(supervisor_.said(), R"("message":"listening".*"port":(\d+))").back());
}

pid_t WatchedService::process(const std::string& name) const {
    return numbers_in(supervisor_.said(), R"("program":")" + name + R"(","process":(\d+))").back();
}

std::vector<pid_t> WatchedService::processes() const {
    return numbers_in(supervisor_.said(), R"("program":"[^"]*","process":(\d+))");
}

int WatchedService::times_said(const std::string& text) const {
    const auto log = supervisor_.said();
    int count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
        ++count;
    return count;
}

}  // namespace posed::tests
