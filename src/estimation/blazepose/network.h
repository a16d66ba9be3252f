#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "estimation/blazepose/network_files.h"
#include "estimation/estimator.h"

namespace posed::estimation::blazepose {

/// The places of a detector's outputs: box (x, y, w, h) and four points (x, y) per anchor, pixels of the
/// 224-pixel grid relative to the anchor's centre; and one score logit per anchor. Anchors run over the 28x28
/// grid (2 per cell), then 14x14 (2), then 7x7 (6), each row by row.
enum class DetectorOutput { boxes, scores };  // [2254 x 12], [2254]

/// The places of a landmark network's outputs: 39 x (x, y, z, visibility logit, presence logit) in pixels of
/// the 256-pixel crop; the probability that there is a pose; heatmap logits (row, column, landmark); 39 x (x,
/// y, z) in metres.
enum class LandmarkOutput { landmarks, pose_flag, heatmap, world };  // [195], [1], [64 x 64 x 39], [117]

/// One network: its weights, immutable, and a pool of runtimes of which each call of `run` is lent one; a
/// runtime is made when none is free. Thread-safe. Formulas and shapes are the file's own.
class Network {
  public:
    /// Reads and verifies the file. `threads` is what one call of `run` may use; with 1 no thread is made.
    /// Errors: corrupt_model if the bytes are not exactly the
    /// expected file; internal if oneDNN refuses.
    [[nodiscard]] static Result<std::unique_ptr<Network>> open(ByteSource& file, NetworkKind kind,
                                                               int threads);

    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// Width and height of the input in pixels.
    [[nodiscard]] int input_side() const noexcept;

    /// `input`: input_side x input_side x RGB, row by row; the detector takes -1..1, a landmark network 0..1.
    /// The outputs stand in the order of `DetectorOutput` or `LandmarkOutput`.
    [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const float> input,
                                                  const MayUseAllThreads& may_use_all = all_threads);

  private:
    class Pool;
    explicit Network(std::unique_ptr<Pool> pool) noexcept;

    std::unique_ptr<Pool> pool_;
};

}  // namespace posed::estimation::blazepose
