#pragma once

#include <memory>
#include <string_view>

#include <xnnpack.h>

#include "base/result.h"
#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {

struct SubgraphDeleter {
    void operator()(xnn_subgraph_t subgraph) const noexcept { xnn_delete_subgraph(subgraph); }
};
using Subgraph = std::unique_ptr<xnn_subgraph, SubgraphDeleter>;

/// XNNPACK's form of a schedule. The input is its external value 0, the parts of the outputs follow in the
/// schedule's order. Static values point into the model. Errors: internal if XNNPACK refuses.
[[nodiscard]] Result<Subgraph> build_subgraph(const Model& model, const Schedule& schedule);

/// The error of a call of XNNPACK that did not succeed.
[[nodiscard]] Result<void> checked(xnn_status status, std::string_view what);

}  // namespace posed::estimation::blazepose
