#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ATen/ATen.h>

#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// Where an engine computes: the processor, or an NVIDIA card.
struct ComputeDevice {
    at::Device device = at::kCPU;
    std::string name;               ///< of a card, by its maker
    std::uint64_t free_memory = 0;  ///< bytes that may be taken of it now
    bool has_bfloat16 = true;       ///< a processor without such products sums them in float32
};

/// "cpu", "cuda", "cuda:1" for another than the first card, or "auto": the first card, and the processor
/// where there is none. Switches off, for the whole process, what makes a card's float32 products inexact.
/// Error: invalid_argument for another name, for a card that is not there, and for any in a build without
/// CUDA.
[[nodiscard]] Result<ComputeDevice> open_device(std::string_view name);

}  // namespace posed::estimation::sam3dbody
