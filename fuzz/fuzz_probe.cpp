// What a stranger's file makes of `media::probe`: an answer or an error, never a crash, within small limits.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_source.h"
#include "base/log.h"
#include "media/probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto source = posed::view_bytes(std::as_bytes(std::span(data, size)));
    posed::MediaLimits limits;
    limits.max_pixels = 1 << 20;
    const auto info = posed::media::probe(*source, limits, posed::silent_log());
    if (info.has_value()) {
        const auto [width, height] = info->displayed;
        const bool fits =
            width > 0 && height > 0 && static_cast<std::int64_t>(width) * height <= limits.max_pixels;
        if (!fits || info->time_base.denominator <= 0)
            __builtin_trap();
    }
    return 0;
}
