#pragma once

#include <cstddef>
#include <string>

#include "base/byte_source.h"
#include "base/result.h"

namespace posed::media {

/// So many bytes are enough to tell what a file is.
inline constexpr std::size_t sniffed_bytes = 512;

/// What the first bytes say the file is: mp4, mov, webm or matroska. Names of files play no part. Errors:
/// unsupported_media, which names what was found instead.
[[nodiscard]] Result<std::string> container_of(ByteSource& source);

/// Why a file of an accepted container cannot be opened, found by walking its outermost boxes or elements:
/// what is missing and where the file ends. `otherwise` is said when the walk finds nothing wrong.
[[nodiscard]] Error why_unreadable(ByteSource& source, const std::string& container,
                                   const std::string& otherwise);

/// Whether the outermost box or element reaches beyond the end of the file.
[[nodiscard]] Result<bool> is_cut_off(ByteSource& source, const std::string& container);

}  // namespace posed::media
