#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "pipeline/run.h"

namespace posed::commands {

/// Shows on standard error how far several clips are at the same time: a bar for each that is under way on a
/// terminal, else JSON objects, for each clip at most one a second. Any thread.
class ClipsDisplay {
  public:
    /// What the clips are called.
    explicit ClipsDisplay(const std::vector<std::string>& names);
    ClipsDisplay(const ClipsDisplay&) = delete;
    ClipsDisplay& operator=(const ClipsDisplay&) = delete;

    /// Takes the bars away.
    ~ClipsDisplay();

    /// The clip with that number is doing that.
    void show(std::size_t number, std::string_view activity, const pipeline::Progress& progress);

    /// The clip is done: its bar goes, and `text` stays for a person, the object with its "event" for a
    /// program. `output` goes to standard output, which may be the same terminal.
    void finish(std::size_t number, const std::string& text, const boost::json::object& details,
                const std::string& output = {});

  private:
    using Clock = std::chrono::steady_clock;

    struct Clip {
        std::string name;
        std::string activity = {};
        pipeline::Progress progress = {};
        Clock::time_point begun = {};  ///< the activity
        Clock::time_point shown = {};
        bool active = false;
    };

    void draw();
    void clear();
    static std::string line_of(const Clip& clip, int columns);
    static void write_progress(const Clip& clip);

    std::mutex mutex_;
    std::vector<Clip> clips_;
    bool watched_;
    int lines_drawn_ = 0;
    Clock::time_point drawn_;
};

}  // namespace posed::commands
