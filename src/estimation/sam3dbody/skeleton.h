#pragma once

#include "domain/pose.h"

namespace posed::estimation::sam3dbody {

/// The 70 key points and their 65 links.
[[nodiscard]] Skeleton sam3dbody_skeleton();

}  // namespace posed::estimation::sam3dbody
