#include "estimation/blazepose/blazepose_estimator.h"

#include <string>
#include <utility>

#include "estimation/blazepose/network.h"
#include "estimation/blazepose/people_tracker.h"
#include "estimation/blazepose/person_frame.h"
#include "estimation/blazepose/skeleton.h"

namespace posed::estimation::blazepose {
namespace {

/// Raise it with every change that alters results.
constexpr int engine_revision = 2;

class BlazePoseSession final : public Session {
  public:
    BlazePoseSession(Network& detector, const SessionOptions& options)
        : options_(options),
          tracker_(detector,
                   {.displayed = options.displayed, .smoothing = options.smoothing, .search = options.search},
                   options.people) {}

    Result<std::vector<Crop>> prepare(const FrameView& frame, std::chrono::microseconds time) override {
        if (frame.displayed != options_.displayed)
            return fail(Code::corrupt_media, "a frame of " + text_of(frame.displayed) +
                                                 " pixels in a video of " + text_of(options_.displayed));
        source_.show(frame);
        return tracker_.prepare(source_, time);
    }

    Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) override {
        std::vector<PersonFrame> people;
        for (const auto& pose : TRY(tracker_.finish(inferences)))
            people.push_back(to_person_frame(pose, options_.displayed, options_.camera));
        return people;
    }

  private:
    static std::string text_of(Size size) {
        return std::to_string(size.width) + "x" + std::to_string(size.height);
    }

    SessionOptions options_;
    PeopleTracker tracker_;
    FrameSource source_;
};

class BlazePoseEstimator final : public Estimator {
  public:
    BlazePoseEstimator(EstimatorDescription description, std::unique_ptr<Network> detector,
                       std::unique_ptr<Network> landmarks)
        : description_(std::move(description)),
          detector_(std::move(detector)),
          landmarks_(std::move(landmarks)) {}

    const EstimatorDescription& description() const noexcept override { return description_; }

    Result<std::unique_ptr<Session>> open_session(const SessionOptions& options) override {
        if (options.mesh)
            return fail(Code::invalid_argument, description_.name + " gives no mesh");
        return std::unique_ptr<Session>(std::make_unique<BlazePoseSession>(*detector_, options));
    }

    Result<std::vector<Inference>> run(std::span<const Crop> crops,
                                       const MayUseAllThreads& may_use_all) override {
        std::vector<Inference> inferences;
        for (const Crop& crop : crops)
            inferences.push_back({.outputs = TRY(landmarks_->run(crop.pixels, may_use_all))});
        return inferences;
    }

  private:
    EstimatorDescription description_;
    std::unique_ptr<Network> detector_;
    std::unique_ptr<Network> landmarks_;
};

Result<NetworkKind> kind_of(std::string_view name) {
    for (const auto& [known, kind] : {std::pair{"blazepose-lite", NetworkKind::landmark_lite},
                                      {"blazepose-full", NetworkKind::landmark_full},
                                      {"blazepose-heavy", NetworkKind::landmark_heavy}}) {
        if (name == known)
            return kind;
    }
    return fail(Code::invalid_argument, "no estimator is named " + std::string(name),
                "use blazepose-lite, blazepose-full or blazepose-heavy");
}

Result<std::unique_ptr<Network>> open_network(const OpenRequest& request, NetworkKind kind) {
    const auto file = TRY(open_network_file(request.weights, kind));
    return Network::open(*file, kind, request.threads);
}

WeightsDigest digest_of(NetworkKind kind) {
    const NetworkFile& file = file_of(kind);
    return {std::string(file.name), std::string(file.sha256)};
}

}  // namespace

Result<std::unique_ptr<Estimator>> open_blazepose(const OpenRequest& request) {
    const NetworkKind kind = TRY(kind_of(request.name));
    auto detector = TRY(open_network(request, NetworkKind::detector));
    auto landmarks = TRY(open_network(request, kind));
    EstimatorDescription description{
        .name = std::string(request.name),
        .skeleton = blazepose_skeleton(),
        .weights = {digest_of(NetworkKind::detector), digest_of(kind)},
        .engine_revision = engine_revision,
        .engine_version = POSED_VERSION,
        .precision = "float32",
        .keypoints_3d_origin = "middle of the hips",
        .confidence_definition = "visibility: probability that the point is in the frame and not hidden"};
    return std::unique_ptr<Estimator>(std::make_unique<BlazePoseEstimator>(
        std::move(description), std::move(detector), std::move(landmarks)));
}

}  // namespace posed::estimation::blazepose
