#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/camera.h"
#include "domain/frame.h"
#include "domain/pose.h"
#include "domain/recipe.h"

/// A model that maps frames to poses. Three things are kept apart: weights (one `Estimator`, shared by all
/// threads), runtime resources (pooled inside it, lent per call), and what is remembered of one video
/// (`Session`).
namespace posed::estimation {

/// A tensor of float32 in the estimator's own layout.
using Tensor = std::vector<float>;

/// The network's input for one person in one frame.
struct Crop {
    Tensor pixels;
    Tensor placement = {};  ///< what else the model is told of the crop, in the estimator's own layout
};

/// The network's outputs for one crop, in the estimator's own order.
struct Inference {
    std::vector<Tensor> outputs;
};

/// Whether a model may use all of its threads just now, or one only because the other processors have work
/// already. It asks before each of its operators, on the thread that called it, and does not mind if that
/// changes in the middle of a frame.
using MayUseAllThreads = std::function<bool()>;
inline bool all_threads() {
    return true;
}
inline bool one_thread() {
    return false;
}

struct EstimatorDescription {
    std::string name;  ///< blazepose-full ...
    Skeleton skeleton;
    std::vector<WeightsDigest> weights;
    int engine_revision = 0;  ///< raised by every change that alters results
    std::string engine_version;
    std::string precision;                    ///< float32 ...
    std::optional<std::string> profile = {};  ///< upstream ..., where there are several
    std::string keypoints_3d_origin;          ///< e.g. "middle of the hips"
    std::string confidence_definition;        ///< how keypoints_confidence is computed
    std::vector<FieldShape> fields = {};      ///< what each person-frame has besides
    std::optional<Mesh> mesh = {};  ///< whose vertices each person-frame has when they are asked for

    /// Crops that are best run together. 1: a tracker, which needs the result of a frame before the next; all
    /// others take frames without end before the first of them is finished.
    int batch_size = 1;

    /// How many batches are best run at once: one's crops are brought to the device and another's results
    /// taken from it while it computes.
    int batches_at_once = 1;
};

struct SessionOptions {
    Size displayed;  ///< of the frames to come
    Camera camera;
    bool smoothing = true;
    PersonSearch search = PersonSearch::tiles;
    People people = People::one;
    bool mesh = false;  ///< only where the description has one
};

/// What is remembered of one video: the tracks and their filters. Frames come in order of presentation.
/// `prepare` and `finish` are called by one thread at a time, `finish` in the order of `prepare`.
class Session {
  public:
    virtual ~Session() = default;

    /// Finds the people and cuts their crops; the frame is not needed afterwards. No crop: nobody. `time` is
    /// counted from the first shown frame.
    [[nodiscard]] virtual Result<std::vector<Crop>> prepare(const FrameView& frame,
                                                            std::chrono::microseconds time) = 0;

    /// Turns the crops' inferences (same order, same number) into person-frames; they may be fewer than the
    /// crops.
    [[nodiscard]] virtual Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) = 0;
};

/// The model. Thread-safe.
class Estimator {
  public:
    virtual ~Estimator() = default;

    [[nodiscard]] virtual const EstimatorDescription& description() const noexcept = 0;

    /// The estimator outlives its sessions.
    [[nodiscard]] virtual Result<std::unique_ptr<Session>> open_session(const SessionOptions& options) = 0;

    /// Stateless: any mix of crops of any videos, which are run together. The outputs do not depend on
    /// what `may_use_all` answers.
    [[nodiscard]] virtual Result<std::vector<Inference>> run(std::span<const Crop> crops,
                                                             const MayUseAllThreads& may_use_all) = 0;

    /// The body's surface from the fields of a person-frame that was stored without it. Error:
    /// invalid_argument where the description has no mesh.
    [[nodiscard]] virtual Result<std::vector<Point3>> vertices_of(const PersonFrame&) {
        return fail(Code::invalid_argument, description().name + " gives no mesh");
    }
};

}  // namespace posed::estimation
