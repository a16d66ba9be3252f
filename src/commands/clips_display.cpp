#include "commands/clips_display.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escaped_text.h"
#include "base/json_text.h"
#include "commands/terminal.h"

namespace posed::commands {
namespace {

constexpr auto between_drawings = std::chrono::milliseconds(100);
constexpr auto between_lines = std::chrono::seconds(1);
constexpr int usual_columns = 80;
constexpr std::size_t name_length_max = 30;

int columns_of_terminal() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_columns;
}

bool begins_letter(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

/// At most so many letters of UTF-8 text. A line that a terminal breaks could not be taken away again.
std::string cut(std::string_view text, std::size_t letters) {
    std::size_t end = 0;
    while (end < text.size() && (letters > 0 || !begins_letter(text[end]))) {
        letters -= begins_letter(text[end]) ? 1 : 0;
        ++end;
    }
    return std::string(text.substr(0, end));
}

/// Bytes become megabytes: the numbers of a bar are to be read.
pipeline::Progress readable(const pipeline::Progress& progress) {
    constexpr std::int64_t megabyte = 1'000'000;
    const auto total =
        progress.total ? std::optional((*progress.total + megabyte - 1) / megabyte) : std::nullopt;
    return {progress.done / megabyte, total};
}

bool counts_bytes(std::string_view activity) {
    return activity == "uploading" || activity == "storing" || activity == "downloading";
}

}  // namespace

ClipsDisplay::ClipsDisplay(const std::vector<std::string>& names) : watched_(watched_by_a_person()) {
    for (const auto& name : names)
        clips_.push_back({.name = escaped(name)});
}

ClipsDisplay::~ClipsDisplay() {
    clear();
}

void ClipsDisplay::show(std::size_t number, std::string_view activity, const pipeline::Progress& progress) {
    const std::lock_guard lock(mutex_);
    auto& clip = clips_[number];
    const auto now = Clock::now();
    const bool begins = !clip.active || clip.activity != activity;
    if (begins) {
        clip.activity = activity;
        clip.begun = now;
    }
    clip.active = true;
    clip.progress = progress;
    if (watched_ && now - drawn_ >= between_drawings) {
        drawn_ = now;
        draw();
    } else if (!watched_ && (begins || now - clip.shown >= between_lines)) {
        clip.shown = now;
        write_progress(clip);
    }
}

void ClipsDisplay::finish(std::size_t number, const std::string& text, const boost::json::object& details,
                          const std::string& output) {
    const std::lock_guard lock(mutex_);
    auto& clip = clips_[number];
    clip.active = false;
    clear();
    std::cout << output << std::flush;
    if (watched_) {
        std::cerr << text << '\n';
        draw();
        return;
    }
    auto line = details;
    line["clip"] = clip.name;
    std::cerr << json_line(line) << '\n';
}

void ClipsDisplay::draw() {
    clear();
    const int columns = columns_of_terminal();
    for (const auto& clip : clips_) {
        if (!clip.active)
            continue;
        std::cerr << line_of(clip, columns) << '\n';
        ++lines_drawn_;
    }
    std::cerr << std::flush;
}

void ClipsDisplay::clear() {
    if (lines_drawn_ > 0)
        std::cerr << fmt::format("\033[{}A\033[J", std::exchange(lines_drawn_, 0)) << std::flush;
}

std::string ClipsDisplay::line_of(const Clip& clip, int columns) {
    std::string line = cut(clip.name, name_length_max) + "  " + clip.activity;
    const bool in_bytes = counts_bytes(clip.activity);
    if (clip.progress.done > 0 || clip.progress.total)
        line += ' ' +
                progress_bar(in_bytes ? readable(clip.progress) : clip.progress, in_bytes ? "MB" : "frames");
    const auto seconds = std::chrono::duration<double>(Clock::now() - clip.begun).count();
    const auto left = time_left(clip.progress, static_cast<double>(clip.progress.done) / seconds);
    if (!left.empty())
        line += "  " + left + " left";
    return cut(line, static_cast<std::size_t>(std::max(1, columns - 1)));
}

void ClipsDisplay::write_progress(const Clip& clip) {
    std::cerr << json_line({{"event", "progress"},
                            {"clip", clip.name},
                            {"activity", clip.activity},
                            {"done", clip.progress.done},
                            {"total", boost::json::value_from(clip.progress.total)}})
              << '\n';
}

}  // namespace posed::commands
