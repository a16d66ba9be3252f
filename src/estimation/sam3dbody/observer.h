#pragma once

#include <functional>
#include <string>

#include <ATen/ATen.h>

namespace posed::estimation::sam3dbody {

/// Sees what lies between the stages, by the names of the golden files. With one, every stage is computed in
/// full; without, what nobody reads is left out. Token lists and maps come as (batch, place, channel).
using Observer = std::function<void(const std::string& name, const at::Tensor& value)>;

}  // namespace posed::estimation::sam3dbody
