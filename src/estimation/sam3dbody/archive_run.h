#pragma once

#include <exception>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "estimation/sam3dbody/body_model.h"

namespace posed::estimation::sam3dbody {

/// What a body model is given to compare its own code with ours: always the same numbers.
struct ArchiveInputs {
    at::Tensor identity;    ///< (2, 45)
    at::Tensor parameters;  ///< (2, 204)
    at::Tensor face;        ///< (2, 72)
};
[[nodiscard]] ArchiveInputs archive_inputs();

/// Reads a TorchScript archive and executes the code in it, which is a stranger's: only for a process that is
/// shut in. Error: corrupt_model when this libtorch cannot load or run it.
[[nodiscard]] Result<BodyState> run_body_archive(const Descriptor& archive, const ArchiveInputs& inputs);

/// What libtorch says of an archive, its first line: what follows are libtorch's own places.
[[nodiscard]] std::string reason_in(const std::exception& error);

}  // namespace posed::estimation::sam3dbody
