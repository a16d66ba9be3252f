#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "domain/geometry.h"

namespace posed::tests {

/// Packed 8-bit R G B, row by row without gaps.
struct RgbPicture {
    Size size;
    std::vector<std::uint8_t> pixels;
};

/// The pictures of a file, or of numbered files ("frames/%03d.png"), as the ffmpeg program decodes them to
/// rgb24, at most `limit` of them. `filter` is a filter chain in ffmpeg's words. Throws when there is none.
[[nodiscard]] std::vector<RgbPicture> read_pictures(const std::filesystem::path& path, int limit = 1'000'000,
                                                    const std::string& filter = "null");

}  // namespace posed::tests
