#pragma once

#include <string>

#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// Which library multiplies libtorch's matrices in float32: the path of the BLAS that is mapped into the
/// process, or "built in". Error: model_missing for the reference BLAS, which would take minutes for a frame.
[[nodiscard]] Result<std::string> linear_algebra_library();

/// The widest vector instructions that libtorch uses here: AVX2, AVX512 ...
[[nodiscard]] std::string instruction_set();

}  // namespace posed::estimation::sam3dbody
