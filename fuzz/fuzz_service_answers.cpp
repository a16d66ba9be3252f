// Reads bytes as each of the answers of a service that its client reads. Events are the same in one piece and
// byte by byte.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "commands/server_events.h"
#include "commands/service_answers.h"

namespace {

using namespace posed::commands;

std::vector<ServerEvent> events_of(std::string_view text, std::size_t piece) {
    ServerEventReader reader;
    std::vector<ServerEvent> events;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const auto read = reader.read(text.substr(at, piece));
        if (read.has_error())
            break;
        events.insert(events.end(), read->begin(), read->end());
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto events = events_of(text, size + 1);
    if (size < (1 << 20) && events != events_of(text, 1)) {
        std::cerr << "the events depend on how they arrive\n";
        std::abort();
    }
    for (const auto& event : events)
        static_cast<void>(parse_task(event.data));
    static_cast<void>(parse_task(text));
    static_cast<void>(parse_video(text));
    static_cast<void>(parse_longest_seconds(text));
    static_cast<void>(refusal_in({.status = 500, .body = std::string(text)}));
    return 0;
}
