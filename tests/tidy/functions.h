#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace posed::tidy {

struct Function {
    std::string name;
    int first_line = 0;  ///< of its declaration
    int last_line = 0;   ///< of its closing brace

    [[nodiscard]] int lines() const { return last_line - first_line + 1; }
};

/// Every function that has a body, in order. A lambda or local class belongs to the function around it.
[[nodiscard]] std::vector<Function> functions_of(const Source& source);

}  // namespace posed::tidy
