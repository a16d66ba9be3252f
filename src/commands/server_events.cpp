#include "commands/server_events.h"

#include <utility>

namespace posed::commands {
namespace {

constexpr std::size_t event_bytes_max = 1 << 20;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

Result<std::vector<ServerEvent>> ServerEventReader::read(std::string_view piece) {
    std::vector<ServerEvent> events;
    for (const char byte : piece) {
        const bool ends_return = std::exchange(after_return_, byte == '\r') && byte == '\n';
        if (ends_return)
            continue;
        if (byte == '\n' || byte == '\r')
            end_line(events);
        else
            line_ += byte;
        if (line_.size() + data_.size() > event_bytes_max)
            return fail(Code::malformed, "an event of more than 1 MiB");
    }
    return events;
}

void ServerEventReader::end_line(std::vector<ServerEvent>& events) {
    const auto whole = std::exchange(line_, {});
    std::string_view line = whole;
    if (std::exchange(at_start_, false) && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
    if (!line.empty()) {
        read_field(line);
        return;
    }
    auto data = std::exchange(data_, {});
    if (std::exchange(has_data_, false))
        events.push_back({id_, std::move(data)});
}

void ServerEventReader::read_field(std::string_view line) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (name == "data") {
        if (std::exchange(has_data_, true))
            data_ += '\n';
        data_ += value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
    }
}

}  // namespace posed::commands
