#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace posed::commands {

/// An event of a Server-Sent Events stream.
struct ServerEvent {
    std::string id;  ///< the last one that was sent; goes back as Last-Event-ID
    std::string data;

    friend bool operator==(const ServerEvent&, const ServerEvent&) = default;
};

/// Reads a stream of events (WHATWG HTML, "Server-sent events") from pieces of any size. One thread.
class ServerEventReader {
  public:
    /// The events that this piece completes. Error: malformed for an event of more than 1 MiB.
    [[nodiscard]] Result<std::vector<ServerEvent>> read(std::string_view piece);

  private:
    void end_line(std::vector<ServerEvent>& events);
    void read_field(std::string_view line);

    std::string line_;
    std::string id_;
    std::string data_;
    bool has_data_ = false;
    bool after_return_ = false;  ///< a line feed would belong to the line's end before it
    bool at_start_ = true;
};

}  // namespace posed::commands
