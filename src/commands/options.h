#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/camera.h"
#include "domain/notation.h"
#include "domain/video.h"

/// Values of command line options that the parser has no type for. Errors: invalid_argument that names what
/// is allowed.
namespace posed::commands {

/// A frame rate: "25", "29.97" or "30000/1001", exactly as written. Above 0, at most 1000.
[[nodiscard]] Result<Rational> parse_rate(std::string_view text);

/// A time in seconds, "1.5", to the microsecond. At least 0, at most a million.
[[nodiscard]] Result<Microseconds> parse_seconds(std::string_view option, double seconds);

/// "fx,fy,cx,cy" in displayed pixels; the focal lengths above 0.
[[nodiscard]] Result<Camera> parse_camera(std::string_view text);

/// "A:B", frames A to B-1, A <= B; "A:" to the end.
[[nodiscard]] Result<FrameSpan> parse_frame_range(std::string_view text);

}  // namespace posed::commands
