#pragma once

#include <cstdint>

namespace posed::tests {

/// A port of the loopback that nobody listens on.
[[nodiscard]] std::uint16_t free_port();

}  // namespace posed::tests
