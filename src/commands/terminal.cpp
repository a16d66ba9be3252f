#include "commands/terminal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "base/json_text.h"

namespace posed::commands {
namespace {

constexpr int bar_width = 30;
constexpr auto between_bars = std::chrono::milliseconds(100);
constexpr auto between_lines = std::chrono::seconds(1);

std::string clock_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                         : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::optional<double> seconds_left(const pipeline::Progress& progress, double rate) {
    if (!progress.total || !(rate > 0))
        return std::nullopt;
    return static_cast<double>(std::max<std::int64_t>(0, *progress.total - progress.done)) / rate;
}

}  // namespace

std::string progress_bar(const pipeline::Progress& progress, std::string_view unit) {
    if (!progress.total || *progress.total <= 0)
        return fmt::format("{} {}", progress.done, unit);
    const double share =
        std::clamp(static_cast<double>(progress.done) / static_cast<double>(*progress.total), 0.0, 1.0);
    const int filled = static_cast<int>(std::lround(share * bar_width));
    return fmt::format("[{:=<{}}{: <{}}] {:3.0f}% {}/{}", "", filled, "", bar_width - filled, share * 100,
                       progress.done, *progress.total);
}

std::string time_left(const pipeline::Progress& progress, double rate) {
    const auto left = seconds_left(progress, rate);
    return left ? clock_text(*left) : std::string();
}

bool watched_by_a_person() {
    return ::isatty(STDERR_FILENO) == 1;
}

ProgressDisplay::ProgressDisplay(std::string activity)
    : activity_(std::move(activity)), watched_(watched_by_a_person()), begin_(Clock::now()), shown_(begin_) {}

void ProgressDisplay::show(const pipeline::Progress& progress) {
    const auto now = Clock::now();
    if (now - shown_ < (watched_ ? Clock::duration(between_bars) : Clock::duration(between_lines)))
        return;
    shown_ = now;
    const double rate =
        static_cast<double>(progress.done) / std::chrono::duration<double>(now - begin_).count();
    if (watched_)
        draw_bar(progress, rate);
    else
        write_line(progress, rate);
}

void ProgressDisplay::draw_bar(const pipeline::Progress& progress, double rate) {
    std::string line =
        fmt::format("\r\033[K{} {}  {:.1f} frames/s", activity_, progress_bar(progress, "frames"), rate);
    if (const auto left = time_left(progress, rate); !left.empty())
        line += fmt::format("  {} left", left);
    std::cerr << line << std::flush;
    bar_drawn_ = true;
}

void ProgressDisplay::write_line(const pipeline::Progress& progress, double rate) const {
    const auto left = seconds_left(progress, rate);
    const auto rounded = [](double number) { return std::round(number * 10) / 10; };
    std::cerr << json_line({{"event", "progress"},
                            {"activity", activity_},
                            {"done", progress.done},
                            {"total", boost::json::value_from(progress.total)},
                            {"frames_per_second", rounded(rate)},
                            {"seconds_left", left ? boost::json::value(rounded(*left)) : nullptr}})
              << '\n';
}

void ProgressDisplay::finish(std::string_view text, const boost::json::object& details) {
    if (bar_drawn_)
        std::cerr << "\r\033[K";
    if (watched_) {
        std::cerr << text << '\n';
        return;
    }
    boost::json::object line{{"event", "done"}, {"activity", activity_}};
    for (const auto& [key, value] : details)
        line[key] = value;
    std::cerr << json_line(line) << '\n';
}

}  // namespace posed::commands
