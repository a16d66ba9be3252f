#include "estimation/sam3dbody/sam3dbody_estimator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include <ATen/Parallel.h>

#include "base/digest.h"
#include "estimation/sam3dbody/algebra_library.h"
#include "estimation/sam3dbody/crop_sampling.h"
#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/person_choice.h"
#include "estimation/sam3dbody/skeleton.h"

namespace posed::estimation::sam3dbody {
namespace {

/// Raise it with every change that alters results.
constexpr int engine_revision = 1;

/// What more would save is little on a processor, and each crop takes memory.
constexpr int batch_size = 4;

/// What an inference's outputs are, in their order; those from `first_field` on go into the archive as they
/// are.
enum Output : std::size_t { keypoints_3d, keypoints_2d, translation, first_field };

std::vector<FieldShape> archived_fields() {
    return {{"keypoints_2d_depth", {keypoint_count}},
            {"pred_cam", {3}},
            {"pred_pose_raw", {266}},
            {"global_rot", {3}},
            {"body_pose", {133}},
            {"shape", {45}},
            {"scale", {28}},
            {"hand", {108}}};
}

/// In this order: centre 2, width 1, map to the crop 6, camera 9.
Tensor numbers_of(const Placement& placement, const Camera& camera) {
    const auto single = [](double value) { return static_cast<float>(value); };
    const Affine& map = placement.crop_from_frame;
    return {placement.center.x,
            placement.center.y,
            placement.size.width,
            single(map.xx),
            single(map.xy),
            single(map.x0),
            single(map.yx),
            single(map.yy),
            single(map.y0),
            single(camera.fx),
            0,
            single(camera.cx),
            0,
            single(camera.fy),
            single(camera.cy),
            0,
            0,
            1};
}

Batch batch_of(std::span<const Crop> crops, const Profile& profile) {
    const auto count = static_cast<std::int64_t>(crops.size());
    auto pixels = at::empty({count, profile.crop_height, seen_columns, 3}), numbers = at::empty({count, 18});
    for (std::int64_t i = 0; i < count; ++i) {
        const auto& crop = crops[static_cast<std::size_t>(i)];
        std::ranges::copy(crop.pixels, pixels[i].data_ptr<float>());
        std::ranges::copy(crop.placement, numbers[i].data_ptr<float>());
    }
    return {pixels.permute({0, 3, 1, 2}).contiguous(), numbers.narrow(1, 0, 2), numbers.select(1, 2),
            numbers.narrow(1, 3, 6).view({count, 2, 3}), numbers.narrow(1, 9, 9).view({count, 3, 3})};
}

/// A tensor's row as a list.
Tensor row_of(const at::Tensor& tensor, std::int64_t i) {
    const auto row = tensor[i].contiguous();
    const auto* begin = row.data_ptr<float>();
    return {begin, begin + row.numel()};
}

template <class Point>
std::vector<Point> points_of(const Tensor& numbers) {
    std::vector<Point> points(numbers.size() * sizeof(float) / sizeof(Point));
    std::memcpy(static_cast<void*>(points.data()), numbers.data(), points.size() * sizeof(Point));
    return points;
}

class Sam3dBodySession final : public Session {
  public:
    Sam3dBodySession(std::unique_ptr<Session> people_session, Estimator& people, const Profile& profile,
                     const SessionOptions& options)
        : people_session_(std::move(people_session)), people_(people), profile_(profile), options_(options) {}

    Result<std::vector<Crop>> prepare(const FrameView& frame, std::chrono::microseconds time) override {
        const auto people_crops = TRY(people_session_->prepare(frame, time));
        auto found = TRY(people_.run(people_crops, Threads::all));
        const auto people = TRY(people_session_->finish(std::move(found)));
        waiting_.emplace_back();
        std::vector<Crop> crops;
        const auto chosen = choice_.choose(people, time);
        if (!chosen)
            return crops;
        const auto& person = people[*chosen];
        const auto placement = place_crop(person.bbox_xyxy, options_.displayed, profile_);
        if (!placement)  // a sliver at the frame's edge: nobody to see
            return crops;
        source_.show(frame);
        crops.push_back({.pixels = sample_placed_crop(source_, *placement, profile_),
                         .placement = numbers_of(*placement, options_.camera)});
        auto& waiting = waiting_.back();
        waiting.person = PersonFrame{.track_id = choice_.track_id(),
                                     .bbox_xyxy = person.bbox_xyxy,
                                     .bbox_confidence = person.bbox_confidence};
        waiting.placement = *placement;
        return crops;
    }

    Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) override {
        if (waiting_.empty() || inferences.size() != (waiting_.front().person ? 1U : 0U))
            return fail(Code::internal, std::to_string(inferences.size()) +
                                            " inferences for a frame that asked for another number");
        auto waiting = std::move(waiting_.front());
        waiting_.pop_front();
        std::vector<PersonFrame> people;
        if (!waiting.person || !is_before_the_camera(inferences.front()))
            return people;
        people.push_back(*std::move(waiting.person));
        fill(people.back(), waiting.placement, std::move(inferences.front().outputs));
        return people;
    }

  private:
    struct WaitingFrame {
        std::optional<PersonFrame> person;
        Placement placement;
    };

    /// The model has no guard against bodies behind the camera or infinitely far; they are nobody.
    static bool is_before_the_camera(const Inference& inference) {
        const auto finite = [](const Tensor& numbers) {
            return std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); });
        };
        return std::ranges::all_of(inference.outputs, finite) && inference.outputs[translation][2] > 0;
    }

    /// The model says of no key point how sure it is of it.
    void fill(PersonFrame& person, const Placement& placement, std::vector<Tensor> outputs) const {
        person.keypoints_3d = points_of<Point3>(outputs[keypoints_3d]);
        person.keypoints_2d = points_of<Point2>(outputs[keypoints_2d]);
        person.root_translation = points_of<Point3>(outputs[translation]).front();
        const Affine& map = placement.crop_from_frame;
        for (const auto& point : person.keypoints_2d) {
            const double x = map.xx * static_cast<double>(point.x) + map.x0,
                         y = map.yy * static_cast<double>(point.y) + map.y0;
            const bool seen = x >= removed_columns && x < removed_columns + seen_columns && y >= 0 &&
                              y < profile_.crop_height;
            person.keypoints_confidence.push_back(seen ? person.bbox_confidence : 0);
        }
        person.fields.assign(std::make_move_iterator(outputs.begin() + first_field),
                             std::make_move_iterator(outputs.end()));
    }

    std::unique_ptr<Session> people_session_;
    Estimator& people_;
    const Profile& profile_;
    SessionOptions options_;
    PersonChoice choice_;
    FrameSource source_;
    std::deque<WaitingFrame> waiting_;
};

class Sam3dBodyEstimator final : public Estimator {
  public:
    Sam3dBodyEstimator(EstimatorDescription description, std::unique_ptr<Engine> engine,
                       std::shared_ptr<Estimator> people, const Profile& profile)
        : description_(std::move(description)),
          engine_(std::move(engine)),
          people_(std::move(people)),
          profile_(profile) {}

    const EstimatorDescription& description() const noexcept override { return description_; }

    Result<std::unique_ptr<Session>> open_session(const SessionOptions& options) override {
        auto people_session = TRY(people_->open_session(options));
        return std::unique_ptr<Session>(
            std::make_unique<Sam3dBodySession>(std::move(people_session), *people_, profile_, options));
    }

    /// libtorch has its number of threads for all calls, so `threads` changes nothing, bits included.
    Result<std::vector<Inference>> run(std::span<const Crop> crops, Threads) override {
        std::vector<Inference> inferences;
        const auto estimate = engine_->run(batch_of(crops, profile_), nullptr);
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(crops.size()); ++i)
            inferences.push_back({outputs_of(estimate, i)});
        return inferences;
    }

  private:
    static std::vector<Tensor> outputs_of(const Estimate& estimate, std::int64_t i) {
        const auto& pose = estimate.pose;
        std::vector<Tensor> outputs;
        for (const auto& tensor : {estimate.keypoints_3d, estimate.keypoints_2d, estimate.camera_translation,
                                   estimate.keypoints_depth, estimate.camera_numbers, pose.pose_raw,
                                   pose.global_rotation, pose.body_pose, pose.shape, pose.scale, pose.hand})
            outputs.push_back(row_of(tensor, i));
        return outputs;
    }

    EstimatorDescription description_;
    std::unique_ptr<Engine> engine_;
    std::shared_ptr<Estimator> people_;
    const Profile& profile_;
};

Result<WeightsDigest> digest_of(const std::filesystem::path& folder, const char* name, bool synthetic) {
    const auto file = TRY(open_file(folder / name));
    auto digest = TRY(sha256_of(*file));
    return WeightsDigest{std::string(name) + (synthetic ? " (synthetic)" : ""), std::move(digest)};
}

/// What finds the people belongs to the weights, too: other boxes, other results.
Result<std::vector<WeightsDigest>> digests(const OpenRequest& request, bool synthetic) {
    auto weights = request.people->description().weights;
    weights.push_back(TRY(digest_of(request.weights, "model.ckpt", synthetic)));
    weights.push_back(TRY(digest_of(request.weights, "assets/mhr_model.pt", synthetic)));
    return weights;
}

}  // namespace

Result<std::unique_ptr<Estimator>> open_sam3dbody(const OpenRequest& request) {
    if (request.name != "sam-3d-body")
        return fail(Code::invalid_argument, "no estimator is named " + std::string(request.name),
                    "use sam-3d-body");
    if (request.weights.empty())
        return fail(Code::model_missing, "where the files of SAM 3D Body lie is not set",
                    "get them from facebook/sam-3d-body-vith, where access is granted, and let "
                    "POSED_SAM3DBODY_DIR name their folder");
    if (request.people == nullptr)
        return fail(Code::internal, "sam-3d-body was opened without an estimator that finds people");
    const auto library = TRY(linear_algebra_library());
    at::set_num_threads(request.threads);
    auto engine = TRY(Engine::open(request.weights, {.profile = upstream_profile, .mesh = false}));
    request.log->info("sam-3d-body is ready", {{"blas", library},
                                               {"instructions", instruction_set()},
                                               {"threads", request.threads},
                                               {"synthetic", engine->synthetic()}});
    EstimatorDescription description{
        .name = std::string(request.name),
        .skeleton = sam3dbody_skeleton(),
        .weights = TRY(digests(request, engine->synthetic())),
        .engine_revision = engine_revision,
        .engine_version = POSED_VERSION,
        .precision = "float32",
        .keypoints_3d_origin = "the body's own root, on the floor between the feet",
        .confidence_definition =
            "the box's confidence where the point lies in what the network was shown, else 0",
        .fields = archived_fields(),
        .batch_size = batch_size};
    return std::unique_ptr<Estimator>(std::make_unique<Sam3dBodyEstimator>(
        std::move(description), std::move(engine), request.people, upstream_profile));
}

}  // namespace posed::estimation::sam3dbody
