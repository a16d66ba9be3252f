#include "base/process_usage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace posed {
namespace {

std::string text_of(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The number after `word` at a line's begin.
double number_after(const std::string& text, const std::string& word) {
    const auto place = ("\n" + text).find("\n" + word);
    double number = 0;
    if (place != std::string::npos)
        std::istringstream(text.substr(place + word.size())) >> number;
    return number;
}

/// The fields of /proc/self/stat that we use, by their numbers in proc(5).
struct ProcessStatus {
    double threads = 0;         // 20
    double start_ticks = 0;     // 22, since the machine was started
    double virtual_bytes = 0;   // 23
    double resident_pages = 0;  // 24
};

ProcessStatus read_status() {
    const auto text = text_of("/proc/self/stat");
    ProcessStatus status;
    // The second field, a name in parentheses, may contain anything.
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string skipped;
    for (int field = 3; field < 20; ++field)
        fields >> skipped;
    fields >> status.threads >> skipped >> status.start_ticks >> status.virtual_bytes >>
        status.resident_pages;
    return status;
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double open_descriptors() {
    std::error_code error;
    const std::filesystem::directory_iterator entries("/proc/self/fd", error);
    const auto count = std::distance(begin(entries), end(entries));
    return count > 0 ? static_cast<double>(count - 1) : 0;  // one of them reads the folder
}

}  // namespace

ProcessUsage usage_of_this_process() {
    const auto status = read_status();
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    return {.processor_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime),
            .resident_bytes = status.resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)),
            .virtual_bytes = status.virtual_bytes,
            .threads = status.threads,
            .open_descriptors = open_descriptors(),
            .descriptors_max = static_cast<double>(descriptors.rlim_cur),
            .start_seconds = number_after(text_of("/proc/stat"), "btime ") +
                             status.start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

}  // namespace posed
