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
#include "estimation/sam3dbody/people_detector.h"
#include "estimation/sam3dbody/person_choice.h"
#include "estimation/sam3dbody/skeleton.h"

namespace posed::estimation::sam3dbody {
namespace {

/// Raise it with every change that alters results.
constexpr int engine_revision = 2;

/// Crops that are best run together: what more would save is little on a processor, and each takes memory.
constexpr int usual_batch = 4;
/// On a card, which is not full with fewer.
constexpr int usual_batch_of_card = 32;

int usual_batch_of(const Engine& engine) {
    const bool card = !engine.device().device.is_cpu();
    return std::min(card ? usual_batch_of_card : usual_batch, engine.largest_batch());
}

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

/// In this order: centre 2, width 1, map to the crop 6, camera 9, whether the mesh is wanted.
Tensor numbers_of(const Placement& placement, const Camera& camera, bool mesh) {
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
            1,
            mesh ? 1.0F : 0.0F};
}

constexpr std::int64_t placement_numbers = 19;

bool wants_mesh(const Crop& crop) {
    return crop.placement.back() != 0;
}

/// For a card in memory that it can read by itself.
Batch batch_of(std::span<const Crop> crops, const Profile& profile, at::Device device) {
    const auto count = static_cast<std::int64_t>(crops.size());
    auto pixels = at::empty({count, profile.crop_height, seen_columns, 3},
                            at::TensorOptions().pinned_memory(!device.is_cpu())),
         numbers = at::empty({count, placement_numbers});
    for (std::int64_t i = 0; i < count; ++i) {
        const auto& crop = crops[static_cast<std::size_t>(i)];
        std::ranges::copy(crop.pixels, pixels[i].data_ptr<float>());
        std::ranges::copy(crop.placement, numbers[i].data_ptr<float>());
    }
    const auto planar = pixels.permute({0, 3, 1, 2});  // which a card does faster
    return {device.is_cpu() ? planar.contiguous() : planar, numbers.narrow(1, 0, 2), numbers.select(1, 2),
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
        auto found = TRY(people_.run(people_crops, all_threads));
        const auto people = TRY(people_session_->finish(std::move(found)));
        waiting_.emplace_back();
        std::vector<Crop> crops;
        source_.show(frame);
        for (const auto& person : chosen_of(people, time)) {
            const auto placement = place_crop(person.bbox_xyxy, options_.displayed, profile_);
            if (!placement)  // a sliver at the frame's edge: nobody to see
                continue;
            crops.push_back({.pixels = sample_placed_crop(source_, *placement, profile_),
                             .placement = numbers_of(*placement, options_.camera, options_.mesh)});
            waiting_.back().push_back({person, *placement});
        }
        return crops;
    }

    Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) override {
        if (waiting_.empty() || inferences.size() != waiting_.front().size())
            return fail(Code::internal, std::to_string(inferences.size()) +
                                            " inferences for a frame that asked for another number");
        const auto waiting = std::move(waiting_.front());
        waiting_.pop_front();
        std::vector<PersonFrame> people;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (!is_before_the_camera(inferences[i]))
                continue;
            const auto& [seen, placement] = waiting[i];
            people.push_back({.track_id = seen.track_id,
                              .bbox_xyxy = seen.bbox_xyxy,
                              .bbox_confidence = seen.bbox_confidence});
            fill(people.back(), placement, std::move(inferences[i].outputs));
        }
        return people;
    }

  private:
    struct WaitingPerson {
        PersonFrame seen;
        Placement placement;
    };

    std::vector<PersonFrame> chosen_of(std::vector<PersonFrame> people, std::chrono::microseconds time) {
        if (options_.people == People::all)
            return people;
        const auto chosen = choice_.choose(people, time);
        if (!chosen)
            return {};
        auto person = std::move(people[*chosen]);
        person.track_id = choice_.track_id();
        return {std::move(person)};
    }

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
        if (options_.mesh) {
            person.vertices = points_of<Point3>(outputs.back());
            outputs.pop_back();
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
    std::deque<std::vector<WaitingPerson>> waiting_;  ///< of each frame in flight
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
        auto everybody = options;  // one of whom may be chosen
        everybody.people = People::all;
        everybody.mesh = false;
        auto people_session = TRY(people_->open_session(everybody));
        return std::unique_ptr<Session>(
            std::make_unique<Sam3dBodySession>(std::move(people_session), *people_, profile_, options));
    }

    /// libtorch has its number of threads for all calls, so `threads` changes nothing, bits included.
    Result<std::vector<Inference>> run(std::span<const Crop> crops, const MayUseAllThreads&) override {
        std::vector<Inference> inferences;
        const auto batch = static_cast<std::size_t>(engine_->largest_batch());
        while (!crops.empty()) {
            const auto part = crops.first(std::min(crops.size(), batch));
            crops = crops.subspan(part.size());
            const auto estimate = engine_->run(batch_of(part, profile_, engine_->device().device), nullptr);
            for (std::int64_t i = 0; i < static_cast<std::int64_t>(part.size()); ++i)
                inferences.push_back({outputs_of(estimate, i)});
            if (std::ranges::any_of(part, wants_mesh))
                add_vertices(part, estimate.pose, std::span(inferences).last(part.size()));
        }
        return inferences;
    }

    Result<std::vector<Point3>> vertices_of(const PersonFrame& person) override {
        const auto& fields = description_.fields;
        if (!std::ranges::equal(
                person.fields, fields, {}, [](const Tensor& values) { return values.size(); },
                [](const FieldShape& field) { return static_cast<std::size_t>(field.shape.front()); }))
            return fail(Code::invalid_argument, "the person has not the fields of sam-3d-body");
        const auto field = [&](std::string_view name) {
            const auto i = std::ranges::find(fields, name, &FieldShape::name) - fields.begin();
            const auto& values = person.fields[static_cast<std::size_t>(i)];
            return at::tensor(at::ArrayRef<float>(values)).unsqueeze(0);
        };
        PoseParameters pose;
        pose.global_rotation = field("global_rot");
        pose.body_pose = field("body_pose");
        pose.scale = field("scale");
        pose.hand = field("hand");
        pose.shape = field("shape");
        return points_of<Point3>(row_of(engine_->vertices_of(pose), 0));
    }

  private:
    void add_vertices(std::span<const Crop> crops, const PoseParameters& pose,
                      std::span<Inference> inferences) const {
        const auto vertices = engine_->vertices_of(pose);
        for (std::size_t i = 0; i < crops.size(); ++i)
            if (wants_mesh(crops[i]))
                inferences[i].outputs.push_back(row_of(vertices, static_cast<std::int64_t>(i)));
    }

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
    Profile profile_;
};

Result<WeightsDigest> digest_of(const std::filesystem::path& folder, const char* name, bool synthetic) {
    const auto file = TRY(open_file(folder / name));
    auto digest = TRY(sha256_of(*file));
    return WeightsDigest{std::string(name) + (synthetic ? " (synthetic)" : ""), std::move(digest)};
}

/// What finds the people belongs to the weights, too: other boxes, other results.
Result<std::vector<WeightsDigest>> digests(const OpenRequest& request, const Estimator& people,
                                           bool synthetic) {
    auto weights = people.description().weights;
    weights.push_back(TRY(digest_of(request.weights, "model.ckpt", synthetic)));
    weights.push_back(TRY(digest_of(request.weights, "assets/mhr_model.pt", synthetic)));
    return weights;
}

Mesh mesh_of(const Engine& engine) {
    const auto faces = engine.faces().contiguous();
    Mesh mesh{.vertex_count = engine.body().vertex_count(), .faces = {}};
    mesh.faces.resize(static_cast<std::size_t>(faces.size(0)));
    const auto* vertex = faces.data_ptr<std::int64_t>();
    for (auto& face : mesh.faces)
        for (auto& corner : face)
            corner = static_cast<std::int32_t>(*vertex++);
    return mesh;
}

Result<EngineOptions> engine_options_of(const OpenRequest& request) {
    EngineOptions options{.mesh = false};
    if (request.profile == reference_profile.name)
        options.profile = reference_profile;
    else if (!request.profile.empty() && request.profile != upstream_profile.name)
        return fail(Code::invalid_argument,
                    "sam-3d-body has no profile \"" + std::string(request.profile) + "\"",
                    "set POSED_SAM3DBODY_PROFILE to upstream or reference");
    if (!request.device.empty())
        options.device = request.device;
    if (request.precision == name_of(Precision::bfloat16))
        options.precision = Precision::bfloat16;
    else if (request.precision == name_of(Precision::float16))
        options.precision = Precision::float16;
    else if (!request.precision.empty() && request.precision != "float32")
        return fail(Code::invalid_argument,
                    "sam-3d-body has no precision \"" + std::string(request.precision) + "\"",
                    "set POSED_SAM3DBODY_PRECISION to float32 or bfloat16");
    return options;
}

}  // namespace

Result<std::unique_ptr<Estimator>> open_sam3dbody(const OpenRequest& request) {
    if (request.name != "sam-3d-body")
        return fail(Code::invalid_argument, "no estimator is named " + std::string(request.name),
                    "use sam-3d-body");
    if (request.people == nullptr && request.detector.empty())
        return fail(Code::internal, "sam-3d-body was opened without an estimator that finds people");
    const auto options = TRY(engine_options_of(request));
    const auto library = TRY(linear_algebra_library());
    at::set_num_threads(request.threads);
    auto people = request.people;
    if (!request.detector.empty())
        people = TRY(open_people_detector(request.detector));
    auto engine = TRY(Engine::open(request.weights, options));
    const auto& device = engine->device();
    request.log->info("sam-3d-body is ready", {{"device", device.device.str()},
                                               {"card", device.name},
                                               {"blas", library},
                                               {"instructions", instruction_set()},
                                               {"threads", request.threads},
                                               {"batch", usual_batch_of(*engine)},
                                               {"profile", options.profile.name},
                                               {"precision", name_of(engine->precision())},
                                               {"people_from", people->description().name},
                                               {"synthetic", engine->synthetic()}});
    EstimatorDescription description{
        .name = std::string(request.name),
        .skeleton = sam3dbody_skeleton(),
        .weights = TRY(digests(request, *people, engine->synthetic())),
        .engine_revision = engine_revision,
        .engine_version = POSED_VERSION,
        .precision = std::string(name_of(engine->precision())),
        .profile = std::string(options.profile.name),
        .keypoints_3d_origin = "the body's own root, on the floor between the feet",
        .confidence_definition =
            "the box's confidence where the point lies in what the network was shown, else 0",
        .fields = archived_fields(),
        .mesh = mesh_of(*engine),
        .batch_size = usual_batch_of(*engine),
        .batches_at_once = device.device.is_cpu() ? 1 : 2};
    return std::unique_ptr<Estimator>(std::make_unique<Sam3dBodyEstimator>(
        std::move(description), std::move(engine), std::move(people), options.profile));
}

}  // namespace posed::estimation::sam3dbody
