#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "estimation/estimator.h"

/// The border between the program and an estimator module: a shared object with one C entry point. Program
/// and modules are built by one compiler, so C++ types may cross it; exceptions may not.
namespace posed::estimation {

struct OpenRequest {
    std::string_view name;                        ///< which of the module's estimators
    std::filesystem::path weights;                ///< folder of the weights
    int threads = 1;                              ///< that one call of `Estimator::run` may use
    Log* log = nullptr;                           ///< outlives the estimator
    std::string_view profile = {};                ///< the geometry, where the estimator has several
    std::string_view precision = {};              ///< of its arithmetic, where that can be chosen
    std::string_view device = {};                 ///< where it computes, likewise
    std::shared_ptr<Estimator> people = nullptr;  ///< tells where people are; for estimators that need it
    std::filesystem::path detector = {};          ///< or a user's own file that does
};

/// Filled by the entry point: the estimator, or the error.
struct OpenReply {
    std::unique_ptr<Estimator> estimator;
    Error error;
};

extern "C" {
/// Exported by every module as `posed_open_estimator`. Returns 0 and fills `estimator`, or 1 and fills
/// `error`.
using OpenEstimatorFunction = int(const OpenRequest& request, OpenReply& reply);
}
inline constexpr const char* open_estimator_symbol = "posed_open_estimator";

}  // namespace posed::estimation
