#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "estimation/estimator.h"

namespace posed::estimation::sam3dbody {

/// A user's own detector as the estimator that tells where people are: boxes, confidences and tracks, no key
/// points. `file` is a TorchScript archive that takes one picture, (1, 3, 640, 640) of R G B from 0 to 1,
/// letterboxed in grey, and gives (1, n, 6): left, top, right, bottom in those pixels, confidence, class, one
/// row for each object (YOLO, exported end to end). Class 0 with a confidence of 0.25 or more is a person.
///
/// The code in the archive is executed in this process, by TorchScript's interpreter: the file must be one
/// that is trusted. The estimator is thread-safe; computes on the processor.
/// Errors: model_missing; corrupt_model for a file that cannot be loaded or run, or that gives something
/// else.
[[nodiscard]] Result<std::shared_ptr<Estimator>> open_people_detector(const std::filesystem::path& file);

}  // namespace posed::estimation::sam3dbody
