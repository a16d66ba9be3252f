#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

/// Keys of objects. Each is `folder/name`, and is made new for every attempt to write one. Opaque to
/// everybody else: nobody reads them apart.
namespace posed::storage {

inline constexpr std::string_view video_folder = "videos";
inline constexpr std::string_view estimation_folder = "estimations";
inline constexpr std::string_view visualization_folder = "visualizations";
inline constexpr std::array key_folders{video_folder, estimation_folder, visualization_folder};

/// videos/<random token>.<extension>; the extension without a dot, of the container as it was found. The
/// digest is no part of it: it is known only after the last byte, the key before the first.
[[nodiscard]] std::string new_video_key(std::string_view extension, Random& random);

/// Of the run of a task, which its lease's token tells from every other:
/// estimations/<recipe>-<token>.safetensors and visualizations/<recipe>-<token>.mp4.
[[nodiscard]] std::string estimation_key(std::string_view recipe_hash, std::string_view lease_token);
[[nodiscard]] std::string visualization_key(std::string_view recipe_hash, std::string_view lease_token);

/// One of `key_folders`, a slash and a name out of a-z, 0-9, '.', '_' and '-' that begins with a letter or
/// digit: no path leads out of a store. Errors: invalid_argument.
[[nodiscard]] Result<> check_key(std::string_view key);

}  // namespace posed::storage
