#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/parity/comparison.h"

namespace posed::estimation::sam3dbody {

struct ParityReport {
    std::string file;
    std::map<std::string, Quantity> quantities;
    std::vector<std::string> failures;  ///< beyond a limit, missing, or in the golden file and never compared
};

/// Holds the engine against the golden files beside a small model: golden.safetensors (profile `reference`,
/// and every function by itself) and golden_upstream.safetensors (profile `upstream`), whichever are there.
/// Everything between the stages, then once more as in production, where what nobody reads is left out.
/// `device`: as for `open_device`.
[[nodiscard]] Result<std::vector<ParityReport>> check_parity(const std::filesystem::path& folder,
                                                             const std::string& device = "cpu");

/// The batch of a golden file: its frames and boxes, cut out by the engine's own functions. `camera`:
/// (batch, 3, 3) or (1, 3, 3).
[[nodiscard]] Result<Batch> golden_batch(const at::Tensor& frames, const at::Tensor& boxes,
                                         const at::Tensor& camera, const Profile& profile,
                                         Comparison* comparison);

/// Compares each function with the numbers made for it alone (`unit/...`), where `engine` computes; `golden`
/// has been moved there.
void check_functions(GoldenFile& golden, const Engine& engine, Comparison& comparison);

}  // namespace posed::estimation::sam3dbody
