#include "estimation/sam3dbody/engine.h"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include "estimation/sam3dbody/backbone.h"
#include "estimation/sam3dbody/decoder.h"
#include "estimation/sam3dbody/graphs.h"
#include "estimation/sam3dbody/memory.h"
#include "estimation/sam3dbody/model_lengths.h"
#include "estimation/sam3dbody/projection.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr int batch_limit = 64;

/// A body, and how the key points follow from its vertices and joints: (70, vertices + joints).
struct MappedBody {
    BodyModel model;
    at::Tensor mapping;

    [[nodiscard]] at::Tensor keypoints(const BodyState& state) const {
        const auto joints = state.joints.narrow(2, 0, 3);
        return at::matmul(mapping, in_camera_axes(at::cat({state.vertices, joints}, 1)));
    }
};

/// Only the vertices from which a key point is made.
MappedBody for_keypoints(const MappedBody& full) {
    const auto vertices = full.model.vertex_count();
    const auto of_vertices = full.mapping.narrow(1, 0, vertices);
    const auto used = at::nonzero(of_vertices.ne(0).any(0)).flatten();
    const auto mapping = at::cat({of_vertices.index_select(1, used), full.mapping.slice(1, vertices)}, 1);
    return {full.model.restricted_to(used), mapping.contiguous()};
}

class TorchEngine final : public Engine {
  public:
    TorchEngine(const EngineOptions& options, ComputeDevice device, WeightReader& reader,
                const ModelLengths& lengths, BodyModel body, bool synthetic, int largest_batch)
        : profile_(options.profile),
          precision_(options.precision),
          device_(std::move(device)),
          mesh_(options.mesh),
          synthetic_(synthetic),
          largest_batch_(largest_batch),
          backbone_(reader, profile_, lengths.backbone_width, lengths.backbone_depth, lengths.backbone_heads,
                    type_of(options.precision)),
          rays_(reader, profile_, lengths.backbone_width, type_of(options.precision)),
          decoder_(reader, profile_, lengths.decoder, type_of(options.precision)),
          pose_decoder_(reader, device_.device),
          full_{std::move(body), {}} {
        const auto width = lengths.decoder.width,
                   places = full_.model.vertex_count() + full_.model.joint_count();
        pose_head_ = reader.perceptron("head_pose.proj", width, width, pose_numbers);
        camera_head_ = reader.perceptron("head_camera.proj", width, width, 3);
        initial_pose_ = reader.take("init_pose.weight", {1, pose_numbers});
        initial_camera_ = reader.take("init_camera.weight", {1, 3});
        full_.mapping = reader.take("head_pose.keypoint_mapping", {-1, places});
        faces_ = reader.take("head_pose.faces", {-1, 3}, at::kLong);
        if (profile_.prompted)
            no_mask_ = reader.take("prompt_encoder.no_mask_embed.weight", {1, lengths.backbone_width});
    }

    Result<> prepare() {
        TRY(pose_decoder_.check());
        if (full_.mapping.size(0) < keypoint_count)
            return fail(Code::corrupt_model, "head_pose.keypoint_mapping has " +
                                                 std::to_string(full_.mapping.size(0)) + " key points, not " +
                                                 std::to_string(keypoint_count) + " or more");
        const auto vertices = full_.model.vertex_count();
        if (faces_.size(0) == 0 || faces_.min().item<std::int64_t>() < 0 ||
            faces_.max().item<std::int64_t>() >= vertices)
            return fail(Code::corrupt_model,
                        "head_pose.faces leads outside the body's " + std::to_string(vertices) + " vertices");
        faces_ = faces_.cpu();
        backbone_.prepare();
        rays_.prepare();
        decoder_.prepare();
        full_.mapping = full_.mapping.narrow(0, 0, keypoint_count).contiguous();
        for_keypoints_ = for_keypoints(full_);
        return {};
    }

    at::Tensor run_backbone(const at::Tensor& pixels, const Observer* observe) const override {
        const c10::InferenceMode inference;
        return backbone_(pixels, observe);
    }

    Estimate run(const Batch& batch, const Observer* observe) const override {
        const c10::InferenceMode inference;
        auto features = backbone_(batch.pixels, observe);
        if (profile_.prompted) {
            features = features + no_mask_;
            if (observe != nullptr)
                (*observe)("camera/embeddings_before_rays", features);
        }
        const auto context = rays_(features, batch, observe);
        Estimate estimate;
        decoder_(
            context, batch,
            [&](const at::Tensor& token, std::size_t layer, bool last) {
                estimate = interpret(token, batch, last, observe, "decoder/layer" + std::to_string(layer));
                return Feedback{estimate.keypoints_3d,
                                to_crop(estimate.keypoints_2d, batch.crop_from_frame, profile_.crop()),
                                estimate.keypoints_depth};
            },
            observe);
        return estimate;
    }

    at::Tensor vertices_of(const PoseParameters& pose) const override {
        const c10::InferenceMode inference;
        const auto model = pose_decoder_.model_parameters(pose);
        return in_camera_axes(full_.model(pose.shape, model, {}, nullptr).vertices);
    }

    const PoseDecoder& pose_decoder() const noexcept override { return pose_decoder_; }
    const BodyModel& body() const noexcept override { return full_.model; }
    at::Tensor keypoints_of(const BodyState& state) const override { return full_.keypoints(state); }
    const at::Tensor& faces() const noexcept override { return faces_; }
    const ComputeDevice& device() const noexcept override { return device_; }
    Precision precision() const noexcept override { return precision_; }
    int largest_batch() const noexcept override { return largest_batch_; }
    bool synthetic() const noexcept override { return synthetic_; }

  private:
    static at::ScalarType type_of(Precision precision) {
        switch (precision) {
            case Precision::bfloat16:
                return at::kBFloat16;
            case Precision::float16:
                return at::kHalf;
            case Precision::float32:
                break;
        }
        return at::kFloat;
    }

    Estimate interpret(const at::Tensor& token, const Batch& batch, bool last, const Observer* observe,
                       const std::string& name) const {
        const bool whole = mesh_ && (last || observe != nullptr);
        const auto& body = whole ? full_ : *for_keypoints_;
        const auto numbers = pose_head_(token);
        Estimate estimate;
        estimate.pose = pose_decoder_(numbers + initial_pose_);
        estimate.camera_numbers = camera_head_(token) + initial_camera_;
        const auto state = body.model(estimate.pose.shape, estimate.pose.model, {}, nullptr);
        estimate.joints = state.joints;
        estimate.keypoints_3d = body.keypoints(state);
        estimate.camera_translation = camera_translation(estimate.camera_numbers, batch);
        const auto seen = project(estimate.keypoints_3d, estimate.camera_translation, batch.camera);
        estimate.keypoints_2d = seen.points;
        estimate.keypoints_depth = seen.depth;
        if (whole && last) {
            estimate.vertices = in_camera_axes(state.vertices);
            estimate.vertices_2d =
                project(estimate.vertices, estimate.camera_translation, batch.camera).points;
        }
        if (observe != nullptr) {
            (*observe)(name + "/head_proj", numbers);
            (*observe)(name + "/pred_cam", estimate.camera_numbers);
            (*observe)(name + "/mhr_identity", estimate.pose.shape);
            (*observe)(name + "/mhr_model_params", estimate.pose.model);
            (*observe)(name + "/mhr_skel_state", state.joints);
            (*observe)(name + "/mhr_verts_cm", state.vertices);
            (*observe)(name + "/kps3d", estimate.keypoints_3d);
            (*observe)(name + "/kps2d", estimate.keypoints_2d);
            (*observe)(name + "/kps_depth", estimate.keypoints_depth);
        }
        return estimate;
    }

    Profile profile_;
    Precision precision_;
    ComputeDevice device_;
    bool mesh_;
    bool synthetic_;
    int largest_batch_;
    Backbone backbone_;
    at::Tensor no_mask_;
    RayEncoder rays_;
    Decoder decoder_;
    PoseDecoder pose_decoder_;
    Perceptron pose_head_, camera_head_;
    at::Tensor initial_pose_, initial_camera_, faces_;
    MappedBody full_;
    std::optional<MappedBody> for_keypoints_;
};

Result<TensorFile> open_part(const std::filesystem::path& path, PickleKind kind) {
    auto file = TensorFile::open(path, kind);
    if (!file && file.error().code == Code::not_found)
        return fail(
            Code::model_missing, path.string() + " is missing",
            "get the files of SAM 3D Body (facebook/sam-3d-body-vith, access is granted there) and let "
            "POSED_SAM3DBODY_DIR name their folder");
    return file;
}

}  // namespace

at::Tensor in_camera_axes(const at::Tensor& centimetres) {
    const auto metres = centimetres / 100;
    return at::cat({metres.narrow(-1, 0, 1), -metres.narrow(-1, 1, 2)}, -1);
}

std::string_view name_of(Precision precision) noexcept {
    switch (precision) {
        case Precision::bfloat16:
            return "bfloat16";
        case Precision::float16:
            return "float16";
        case Precision::float32:
            break;
    }
    return "float32";
}

Result<std::unique_ptr<Engine>> Engine::open(const std::filesystem::path& folder,
                                             const EngineOptions& requested) {
    const c10::InferenceMode inference;
    auto device = TRY(open_device(requested.device));
    auto options = requested;
    if (options.precision == Precision::bfloat16 && !device.has_bfloat16)
        options.precision = Precision::float16;
    if (options.precision == Precision::float16 && device.device.is_cpu())
        return fail(Code::invalid_argument, "float16 is computed on graphics cards only",
                    "choose float32 or bfloat16, or another device than cpu");
    const auto checkpoint = TRY(open_part(folder / "model.ckpt", PickleKind::checkpoint));
    const auto archive = TRY(open_part(folder / "assets" / "mhr_model.pt", PickleKind::torchscript));
    const auto lengths = TRY(model_lengths(checkpoint, folder / "config.json"));
    const auto memory = options.memory.value_or(device.free_memory);
    const int batch = TRY(crops_that_fit(memory_for_weights(checkpoint, archive, options.precision),
                                         memory_for_crop(lengths, options.profile), memory, batch_limit));
    const auto place = device.device;
    auto body = TRY(BodyModel::load(archive, place));
    WeightReader reader(checkpoint, place);
    auto engine = std::make_unique<TorchEngine>(options, std::move(device), reader, lengths, std::move(body),
                                                checkpoint.texts().contains("synthetic"), batch);
    TRY(reader.check());
    TRY(engine->prepare());
#ifdef POSED_TORCH_CUDA
    if (place.is_cuda())
        return replayed_from_graphs(std::move(engine), options.profile);
#endif
    return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace posed::estimation::sam3dbody
