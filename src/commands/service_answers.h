#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "commands/http_client.h"
#include "domain/geometry.h"
#include "pipeline/run.h"

/// What the service's answers say, as far as its client needs it. They are held to be foreign bytes. Error of
/// all: malformed for what Posed would not have sent.
namespace posed::commands {

/// A video as the service keeps it.
struct RemoteVideo {
    std::int64_t id = 0;
    Size displayed;
    std::optional<double> fps;  ///< average
    std::optional<double> duration_seconds;
};

[[nodiscard]] Result<RemoteVideo> parse_video(std::string_view body);

/// The longest window that the service takes.
[[nodiscard]] Result<double> parse_longest_seconds(std::string_view limits);

/// A task as the service reports it.
struct RemoteTask {
    std::string id;
    std::string status;  ///< "PENDING", "SUCCESS" ...
    std::string stage = {};
    pipeline::Progress progress = {};
    std::optional<std::int64_t> result_id = {};
    std::optional<Error> error = {};

    [[nodiscard]] bool is_final() const noexcept {
        return status == "SUCCESS" || status == "FAILURE" || status == "REVOKED";
    }
};

[[nodiscard]] Result<RemoteTask> parse_task(std::string_view body);

/// Why the service refused: its own words and advice. A code that this program does not know becomes one of
/// the same side, the caller's or the service's.
[[nodiscard]] Error refusal_in(const HttpAnswer& answer);

}  // namespace posed::commands
