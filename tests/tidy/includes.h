#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace posed::tidy {

struct Library {
    std::string name;
    std::vector<std::string> users;
    std::vector<std::string> headers;  ///< how their paths begin
};

/// The include table of layers.txt, which explains its own form.
struct Layers {
    std::map<std::string, std::set<std::string>> folders;
    std::vector<Library> libraries;
};

/// Throws where a line is not understood, or a folder may include one that stands below it.
[[nodiscard]] Layers parse_layers(std::string_view text);

/// What is wrong with the includes of these files, which are all of the project's.
[[nodiscard]] std::vector<Violation> check_includes(const std::vector<Source>& sources, const Layers& layers);

}  // namespace posed::tidy
