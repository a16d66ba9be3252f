#pragma once

#include "domain/pose.h"

namespace posed::estimation::blazepose {

/// The 33 body landmarks and their 35 links. Left and right are the person's own.
[[nodiscard]] Skeleton blazepose_skeleton();

}  // namespace posed::estimation::blazepose
