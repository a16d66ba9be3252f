#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "estimation/sam3dbody/decoder.h"
#include "estimation/sam3dbody/tensor_file.h"

namespace posed::estimation::sam3dbody {

/// How large a model is.
struct ModelLengths {
    std::int64_t backbone_width = 0;
    std::int64_t backbone_depth = 0;
    std::int64_t backbone_heads = 0;
    Decoder::Lengths decoder;
};

/// From the shapes in the checkpoint. How many heads share a width no shape tells: those of the published
/// model, unless the file `config` is there and names others (`tiny.backbone.heads`, `tiny.decoder.heads`).
/// Errors: corrupt_model, among others for a backbone of another kind.
[[nodiscard]] Result<ModelLengths> model_lengths(const TensorFile& checkpoint,
                                                 const std::filesystem::path& config);

}  // namespace posed::estimation::sam3dbody
