#pragma once

#include <filesystem>

#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// Writes a model of the published size and names with made-up weights into `folder`: model.ckpt (1.7 GB) and
/// assets/mhr_model.pt (0.7 GB), for whoever tests or measures without the real ones. Equal calls write equal
/// bytes. The checkpoint says that it is synthetic, and so does every result made with it. Errors:
/// storage_full, input_output.
[[nodiscard]] Result<> write_synthetic_model(const std::filesystem::path& folder);

}  // namespace posed::estimation::sam3dbody
