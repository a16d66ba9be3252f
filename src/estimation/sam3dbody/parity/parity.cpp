#include "estimation/sam3dbody/parity/parity.h"

#include <array>
#include <set>
#include <span>
#include <utility>

#include "estimation/sam3dbody/backbone.h"
#include "estimation/sam3dbody/placement.h"
#include "estimation/sam3dbody/projection.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

/// How near each of the stages' tensors must come, by the last part of its name.
Nearness nearness_of(const std::string& name) {
    static const std::map<std::string, Nearness> special{{"invalid", Nearness::exact},
                                                         {"kps2d", Nearness::pixel},
                                                         {"kps3d", Nearness::parameter},
                                                         {"kps_depth", Nearness::parameter},
                                                         {"mhr_identity", Nearness::parameter},
                                                         {"mhr_model_params", Nearness::parameter},
                                                         {"mhr_skel_state", Nearness::centimetre},
                                                         {"mhr_verts_cm", Nearness::centimetre},
                                                         {"pred_cam", Nearness::parameter}};
    const auto found = special.find(name.substr(name.rfind('/') + 1));
    return found == special.end() ? Nearness::intermediate : found->second;
}

at::Tensor rotation_matrices(const at::Tensor& quaternions) {
    const auto x = quaternions.select(-1, 0), y = quaternions.select(-1, 1), z = quaternions.select(-1, 2),
               w = quaternions.select(-1, 3);
    const auto row = [](const at::Tensor& a, const at::Tensor& b, const at::Tensor& c) {
        return at::stack({a, b, c}, -1);
    };
    return at::stack({row(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
                      row(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
                      row(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y))},
                     -2);
}

void compare_estimate(const std::string& prefix, const Estimate& estimate, const Batch& batch,
                      Comparison& comparison) {
    const auto parameter = [&](const char* name, const at::Tensor& value) {
        comparison.compare(prefix + name, value, Nearness::parameter);
    };
    parameter("pred_keypoints_3d", estimate.keypoints_3d);
    parameter("pred_keypoints_2d_depth", estimate.keypoints_depth);
    parameter("pred_cam", estimate.camera_numbers);
    parameter("pred_cam_t", estimate.camera_translation);
    parameter("pred_pose_raw", estimate.pose.pose_raw);
    parameter("global_rot", estimate.pose.global_rotation);
    parameter("body_pose", estimate.pose.body_pose);
    parameter("shape", estimate.pose.shape);
    parameter("scale", estimate.pose.scale);
    parameter("hand", estimate.pose.hand);
    comparison.compare(prefix + "pred_keypoints_2d", estimate.keypoints_2d, Nearness::pixel);
    comparison.compare(prefix + "focal_length", batch.camera.select(1, 0).select(1, 0), Nearness::exact);
    if (!estimate.vertices.defined())
        return;
    parameter("pred_vertices", estimate.vertices);
    comparison.compare(prefix + "pred_keypoints_2d_verts", estimate.vertices_2d, Nearness::pixel);
}

/// What upstream derives from its extra tokens and from the body's joints besides.
void compare_upstream_extras(GoldenFile& golden, const TensorFile& checkpoint, const Estimate& estimate,
                             const Batch& batch, const at::Tensor& hand_tokens, Comparison& comparison) {
    comparison.compare("out/pred_joint_coords", in_camera_axes(estimate.joints.narrow(2, 0, 3)),
                       Nearness::parameter);
    comparison.compare("out/joint_global_rots", rotation_matrices(estimate.joints.narrow(2, 3, 4)),
                       Nearness::parameter);
    comparison.compare("out/mhr_model_params", estimate.pose.model, Nearness::parameter);
    comparison.compare("out/pred_keypoints_2d_cropped",
                       to_crop(estimate.keypoints_2d, batch.crop_from_frame, upstream_profile.crop()),
                       Nearness::intermediate);
    comparison.require(golden.take("out/face").eq(0).all().item<bool>(), "out/face is not zero");
    // The engine has no use for the hands' boxes; that they follow from its tokens is one more check of
    // these.
    WeightReader reader(checkpoint, at::kCPU);
    const auto width = hand_tokens.size(-1);
    const auto logits = reader.linear("hand_cls_embed", 2, width);
    std::vector<Linear> layers;
    for (const std::int64_t i : {0, 1, 2})
        layers.push_back(reader.linear("bbox_embed.layers." + std::to_string(i), i < 2 ? width : 4, width));
    if (const auto read = reader.check(); !read) {
        comparison.require(false, read.error().message);
        return;
    }
    comparison.compare("out/hand_logits", logits(hand_tokens), Nearness::intermediate);
    const auto box = layers[2](at::relu(layers[1](at::relu(layers[0](hand_tokens)))));
    comparison.compare("out/hand_box", at::sigmoid(box), Nearness::intermediate);
}

/// Inputs, and numbers that follow from them without the network.
void compare_inputs(GoldenFile& golden, const TensorFile& checkpoint, const Batch& batch,
                    const Profile& profile, Comparison& comparison) {
    const auto size_of_frames = at::tensor({320.0F, 240.0F}).expand({batch.size.size(0), 2});
    if (profile.prompted) {
        comparison.compare("pre/img_size", at::tensor({512.0F, 512.0F}).expand_as(size_of_frames),
                           Nearness::exact);
        return;
    }
    comparison.compare("pre/ori_img_size", size_of_frames, Nearness::exact);
    comparison.compare("pre/crop_img_size", at::tensor({512.0F, 384.0F}).expand_as(size_of_frames),
                       Nearness::exact);
    const auto crops = golden.take("pre/crops").to(at::kFloat).div(255).permute({0, 3, 1, 2});
    comparison.compare("pre/image_normalised_rows_188_196",
                       Colours(crops.device()).normalised(crops).narrow(2, 188, 8).contiguous(),
                       golden.take("pre/image_normalised_rows_188_196"), Nearness::parameter);
    for (const char* input : {"pre/confidence", "pre/padded_scale"})
        comparison.require(golden.take(input).isfinite().all().item<bool>(), input);
    const auto places = at::arange(seen_columns).to(at::kFloat) + profile.ray_column;
    comparison.compare(
        "camera/rays_full_first_row_col",
        at::stack({rays_at(places, batch, 0), rays_at(places - profile.ray_column, batch, 1)}, 1),
        Nearness::intermediate);
    WeightReader reader(checkpoint, at::kCPU);
    const auto stored = reader.take("backbone.pos_embed", {1, 769, -1});
    const auto grid = stored.slice(1, 1).transpose(1, 2).reshape({1, stored.size(2), 32, 24});
    comparison.compare("backbone/pos_embed_resized", resize_places(grid, profile.rows(), profile.columns()),
                       golden.take("backbone/pos_embed_resized"), Nearness::intermediate);
}

void compare_stages(GoldenFile& golden, const Engine& engine, const TensorFile& checkpoint,
                    const Batch& batch, const Profile& profile, Comparison& comparison) {
    at::Tensor last_tokens;
    const Observer observe = [&](const std::string& name, const at::Tensor& value) {
        if (golden.contains(name))
            comparison.compare(name, value, nearness_of(name));
        if (name.ends_with("/normed"))
            last_tokens = value.clone();
    };
    const auto observed = engine.run(batch, &observe);
    compare_estimate("out/", observed, batch, comparison);
    if (profile.prompted)
        compare_upstream_extras(golden, checkpoint, observed, batch, last_tokens.narrow(1, 3, 2), comparison);
    for (int layer = 0; golden.contains("decoder/layer" + std::to_string(layer) + "/mhr_face"); ++layer)
        comparison.require(
            golden.take("decoder/layer" + std::to_string(layer) + "/mhr_face").eq(0).all().item<bool>(),
            "a face that is not neutral");
}

Batch part_of(const Batch& batch, std::int64_t begin, std::int64_t count) {
    return {batch.pixels.narrow(0, begin, count), batch.center.narrow(0, begin, count),
            batch.size.narrow(0, begin, count), batch.crop_from_frame.narrow(0, begin, count),
            batch.camera.narrow(0, begin, count)};
}

/// As in production: twice to the same bits, with the mesh and without, and crop by crop.
void compare_production(const Engine& engine, const Engine& without_mesh, const Batch& batch,
                        const std::string& prefix, Comparison& comparison) {
    const auto first = engine.run(batch, nullptr);
    compare_estimate(prefix, first, batch, comparison);
    const auto again = engine.run(batch, nullptr);
    comparison.require(at::equal(first.keypoints_2d, again.keypoints_2d) &&
                           at::equal(first.vertices, again.vertices) &&
                           at::equal(first.pose.model, again.pose.model),
                       prefix + ": two runs differ");
    compare_estimate(prefix, without_mesh.run(batch, nullptr), batch, comparison);
    for (std::int64_t i = 0; i < batch.size.size(0); ++i) {
        const auto alone = without_mesh.run(part_of(batch, i, 1), nullptr);
        comparison.compare("alone in its batch: 3D", alone.keypoints_3d, first.keypoints_3d.narrow(0, i, 1),
                           Nearness::parameter);
        comparison.compare("alone in its batch: 2D", alone.keypoints_2d, first.keypoints_2d.narrow(0, i, 1),
                           Nearness::pixel);
    }
}

struct GoldenCase {
    const char* file;
    const Profile& profile;
};

Result<ParityReport> check_case(const std::filesystem::path& folder, const GoldenCase& golden_case,
                                GoldenFile& inputs, const std::string& device) {
    auto golden = TRY(GoldenFile::open(folder / golden_case.file));
    const auto& profile = golden_case.profile;
    const auto engine = TRY(Engine::open(folder, {.profile = profile, .device = device}));
    const auto without_mesh =
        TRY(Engine::open(folder, {.profile = profile, .device = device, .mesh = false}));
    const auto checkpoint = TRY(TensorFile::open(folder / "model.ckpt", PickleKind::checkpoint));
    Comparison comparison(golden);
    const auto frames = inputs.take("pre/frames"), boxes = inputs.take("pre/boxes_xyxy");
    for (const char* input : {"pre/frames", "pre/boxes_xyxy"})
        if (golden.contains(input))
            comparison.compare(input, inputs.take(input), golden.take(input), Nearness::exact);
    const auto camera = golden.take("pre/cam_int");
    auto batch = TRY(golden_batch(frames, boxes, camera, profile, &comparison));
    compare_inputs(golden, checkpoint, batch, profile, comparison);
    compare_stages(golden, *engine, checkpoint, batch, profile, comparison);
    compare_production(*engine, *without_mesh, batch, "out/", comparison);
    if (golden.contains("out/faces"))
        comparison.compare("out/faces", engine->faces(), Nearness::exact);
    if (golden.contains("custom_k/pre/cam_int")) {
        batch.camera = golden.take("custom_k/pre/cam_int");
        const Observer observe = [&](const std::string& name, const at::Tensor& value) {
            if (golden.contains("custom_k/" + name))
                comparison.compare("custom_k/" + name, value, nearness_of(name));
        };
        compare_estimate("custom_k/out/", engine->run(batch, &observe), batch, comparison);
        compare_production(*engine, *without_mesh, batch, "custom_k/out/", comparison);
    }
    golden.move_to(engine->device().device);
    if (golden.contains("unit/head/raw519"))
        check_functions(golden, *engine, comparison);
    ParityReport report{golden_case.file, comparison.quantities(), comparison.failures()};
    for (const auto& name : golden.never_taken())
        report.failures.push_back(name + " was never compared");
    return report;
}

}  // namespace

Result<Batch> golden_batch(const at::Tensor& frames, const at::Tensor& boxes, const at::Tensor& camera,
                           const Profile& profile, Comparison* comparison) {
    const auto count = frames.size(0);
    const Size frame_size{static_cast<int>(frames.size(2)), static_cast<int>(frames.size(1))};
    auto crops = at::zeros({count, profile.crop_height, profile.crop_width, 3}, at::kByte);
    auto matrices = at::zeros({count, 2, 3}, at::kDouble), center = at::zeros({count, 2});
    auto size = at::zeros({count, 2}), own_camera = at::zeros({count, 3, 3});
    for (std::int64_t i = 0; i < count; ++i) {
        Box box{};
        std::copy_n(boxes[i].data_ptr<float>(), 4, box.begin());
        const auto placement = TRY(place_crop(box, frame_size, profile));
        const auto& map = placement.crop_from_frame;
        const RgbView frame{frames[i].data_ptr<std::uint8_t>(), frames.stride(1), frame_size};
        auto crop = crops[i];
        warp(frame, map, profile.crop(),
             {crop.data_ptr<std::uint8_t>(), static_cast<std::size_t>(crop.numel())});
        matrices[i].copy_(
            at::tensor({map.xx, map.xy, map.x0, map.yx, map.yy, map.y0}, at::kDouble).view({2, 3}));
        center[i].copy_(at::tensor({placement.center.x, placement.center.y}));
        size[i].copy_(at::tensor({placement.size.width, placement.size.height}));
        const auto matrix = default_camera_matrix(frame_size);
        own_camera[i].copy_(at::tensor(at::ArrayRef<float>(matrix.data(), matrix.size())).view({3, 3}));
    }
    if (comparison != nullptr) {
        comparison->compare("pre/affine_trans_f64", matrices, Nearness::affine);
        comparison->compare("pre/affine_trans", matrices.to(at::kFloat), Nearness::affine);
        comparison->compare("pre/bbox_center", center, Nearness::exact);
        comparison->compare("pre/bbox_scale", size, Nearness::exact);
        comparison->compare("pre/cam_int", own_camera.narrow(0, 0, camera.size(0)), Nearness::exact);
        comparison->compare("pre/crops", crops, Nearness::grey_level);
    }
    const auto seen = crops.narrow(2, removed_columns, seen_columns).permute({0, 3, 1, 2});
    return Batch{seen.to(at::kFloat).div(255).contiguous(), center, size.select(1, 0).contiguous(),
                 matrices.to(at::kFloat), camera.expand({count, 3, 3}).contiguous()};
}

Result<std::vector<ParityReport>> check_parity(const std::filesystem::path& folder,
                                               const std::string& device) {
    std::vector<ParityReport> reports;
    auto inputs = TRY(GoldenFile::open(folder / "golden.safetensors"));
    for (const auto& golden_case : {GoldenCase{"golden.safetensors", reference_profile},
                                    GoldenCase{"golden_upstream.safetensors", upstream_profile}}) {
        if (std::filesystem::exists(folder / golden_case.file))
            reports.push_back(TRY(check_case(folder, golden_case, inputs, device)));
    }
    return reports;
}

}  // namespace posed::estimation::sam3dbody
