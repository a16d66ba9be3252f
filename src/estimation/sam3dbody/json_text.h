#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// JSON as a small model's config.json and the headers of golden files need it. Of its own because the engine
/// is also built where libtorch is the only library.
struct Json {
    enum class Kind { null, number, text, list, object };
    Kind kind = Kind::null;  ///< true and false are the numbers 1 and 0
    double number = 0;
    std::string text = {};
    std::vector<Json> list = {};
    std::map<std::string, Json, std::less<>> object = {};

    /// The value at the end of a path of keys, or nothing.
    [[nodiscard]] const Json* find(std::initializer_list<std::string_view> path) const;
};

/// Errors: malformed, with the place.
[[nodiscard]] Result<Json> read_json(std::string_view text);

/// Errors: not_found, permission_denied, input_output, malformed.
[[nodiscard]] Result<Json> read_json_file(const std::filesystem::path& path);

}  // namespace posed::estimation::sam3dbody
