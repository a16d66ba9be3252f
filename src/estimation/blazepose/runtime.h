#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"
#include "estimation/estimator.h"

namespace posed::estimation::blazepose {

/// What one thread needs to run a network: oneDNN's primitives with their own copy of the weights, memory for
/// the tensors between them, and the worker threads. One `run` at a time.
class Runtime {
  public:
    /// `threads`: of `run`; with 1 it stays in its caller's. The runtime keeps nothing of model and schedule.
    /// Errors: internal if oneDNN refuses.
    [[nodiscard]] static Result<std::unique_ptr<Runtime>> open(const Model& model, const Schedule& schedule,
                                                               int threads);

    virtual ~Runtime() = default;

    /// Computes the schedule's outputs, in its order. `input` has as many values as the model's input.
    [[nodiscard]] virtual Result<std::vector<Tensor>> run(
        std::span<const float> input, const MayUseAllThreads& may_use_all = all_threads) = 0;
};

}  // namespace posed::estimation::blazepose
