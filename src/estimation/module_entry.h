#pragma once

#include <exception>
#include <memory>
#include <utility>

#include "base/result.h"
#include "estimation/module.h"

/// For modules: what their entry points have in common.
namespace posed::estimation {

/// The body of `posed_open_estimator`, around the function that opens the module's estimators. What that
/// throws becomes an error of the code internal: exceptions must not cross the border.
template <auto open>
int enter(const OpenRequest& request, OpenReply& reply) noexcept {
    try {
        Result<std::unique_ptr<Estimator>> opened = open(request);
        if (opened) {
            reply.estimator = *std::move(opened);
            return 0;
        }
        reply.error = std::move(opened).error();
    } catch (const std::exception& error) {
        reply.error = fail(Code::internal, error.what());
    } catch (...) {
        reply.error = fail(Code::internal, "an unknown exception while the estimator was opened");
    }
    return 1;
}

}  // namespace posed::estimation
