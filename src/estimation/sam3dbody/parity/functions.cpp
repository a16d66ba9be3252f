#include <array>
#include <string>

#include "estimation/sam3dbody/backbone.h"
#include "estimation/sam3dbody/decoder.h"
#include "estimation/sam3dbody/parity/parity.h"
#include "estimation/sam3dbody/placement.h"
#include "estimation/sam3dbody/projection.h"
#include "estimation/sam3dbody/ray_encoder.h"
#include "estimation/sam3dbody/rotation.h"

namespace posed::estimation::sam3dbody {
namespace {

Box box_at(const at::Tensor& boxes, std::int64_t i) {
    Box box{};
    std::copy_n(boxes[i].data_ptr<float>(), 4, box.begin());
    return box;
}

at::Tensor tensor_of(const Affine& map) {
    return at::tensor({map.xx, map.xy, map.x0, map.yx, map.yy, map.y0}, at::kDouble).view({2, 3});
}

Affine affine_of(const at::Tensor& matrix) {
    const auto* m = matrix.data_ptr<double>();
    return {m[0], m[1], m[2], m[3], m[4], m[5]};
}

void check_boxes(GoldenFile& golden, Comparison& comparison) {
    const auto boxes = golden.take("unit/boxes/xyxy").cpu();
    std::vector<at::Tensor> centers, padded, first, last, maps;
    const auto pair = [](BoxSize size) { return at::tensor({size.width, size.height}); };
    for (std::int64_t i = 0; i < boxes.size(0); ++i) {
        const auto box = box_at(boxes, i);
        const auto center = center_of(box);
        const auto size = with_ratio(padded_size(box), 0.75F);
        const auto square = with_ratio(size, 512.0F / 384.0F);
        centers.push_back(at::tensor({center.x, center.y}));
        padded.push_back(pair(padded_size(box)));
        first.push_back(pair(size));
        last.push_back(pair(square));
        maps.push_back(tensor_of(crop_from_frame(center, square, reference_profile)));
    }
    comparison.compare("unit/boxes/center", at::stack(centers), Nearness::exact);
    comparison.compare("unit/boxes/padded", at::stack(padded), Nearness::exact);
    comparison.compare("unit/boxes/ratio_075", at::stack(first), Nearness::exact);
    comparison.compare("unit/boxes/final", at::stack(last), Nearness::exact);
    comparison.compare("unit/boxes/affine_f64", at::stack(maps), Nearness::affine);
}

void check_pictures(GoldenFile& golden, Comparison& comparison) {
    const auto sizes = golden.take("unit/intrinsics/size_wh");
    std::vector<at::Tensor> cameras;
    for (std::int64_t i = 0; i < sizes.size(0); ++i) {
        const auto matrix = default_camera_matrix({static_cast<int>(sizes[i][0].item<std::int64_t>()),
                                                   static_cast<int>(sizes[i][1].item<std::int64_t>())});
        cameras.push_back(at::tensor(at::ArrayRef<float>(matrix.data(), matrix.size())).view({3, 3}));
    }
    comparison.compare("unit/intrinsics/matrix", at::stack(cameras), Nearness::exact);

    const auto pixels = golden.take("unit/normalise/pixels").to(at::kFloat).div(255).permute({0, 3, 1, 2});
    comparison.compare("unit/normalise/out", Colours(pixels.device()).normalised(pixels),
                       golden.take("unit/normalise/out"), Nearness::parameter);

    const auto picture = golden.take("unit/warp/src").cpu(),
               matrices = golden.take("unit/warp/affine_f64").cpu();
    const auto boxes = golden.take("unit/warp/boxes").cpu();
    const Size size{static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0))};
    std::vector<at::Tensor> crops;
    for (std::int64_t i = 0; i < matrices.size(0); ++i) {
        auto crop = at::zeros({384, 512, 3}, at::kByte);
        warp({picture.data_ptr<std::uint8_t>(), picture.stride(0), size}, affine_of(matrices[i]),
             reference_profile.crop(),
             {crop.data_ptr<std::uint8_t>(), static_cast<std::size_t>(crop.numel())});
        crops.push_back(crop.slice(0, 0, 384, 4).slice(1, 0, 512, 4));
        const auto box = box_at(boxes, i);
        const auto shown = with_ratio(with_ratio(padded_size(box), 0.75F), 512.0F / 384.0F);
        comparison.compare("unit/warp/affine_f64",
                           tensor_of(crop_from_frame(center_of(box), shown, reference_profile)), matrices[i],
                           Nearness::affine);
    }
    comparison.compare("unit/warp/crops_every_4th_pixel", at::stack(crops), Nearness::exact);
}

/// Rz Ry Rx of angles (x, y, z).
at::Tensor matrix_of(const at::Tensor& angles) {
    const auto c = at::cos(angles), s = at::sin(angles);
    const auto cx = c.select(-1, 0), cy = c.select(-1, 1), cz = c.select(-1, 2);
    const auto sx = s.select(-1, 0), sy = s.select(-1, 1), sz = s.select(-1, 2);
    return at::stack({at::stack({cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz}, -1),
                      at::stack({cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz}, -1),
                      at::stack({-sy, sx * cy, cx * cy}, -1)},
                     -2);
}

void check_rotations(GoldenFile& golden, Comparison& comparison) {
    const auto six = golden.take("unit/rot6d/in");
    const auto good = at::nonzero(golden.take("unit/rot6d/well_conditioned")).flatten();
    const auto joint = joint_angles(six), matrix = body_rotation(six);
    const auto body = body_angles(golden.take("unit/rot6d/rotmat"));
    const auto check_angles = [&](const std::string& name, const at::Tensor& angles, bool reversed) {
        const auto expected = golden.take(name);
        comparison.compare(name, angles.index_select(0, good), expected.index_select(0, good),
                           Nearness::parameter);
        const auto in_order = [&](const at::Tensor& x) { return reversed ? x.flip(-1) : x; };
        comparison.compare(name + " rebuilt", matrix_of(in_order(angles)), matrix_of(in_order(expected)),
                           Nearness::rebuilt_matrix);
    };
    check_angles("unit/rot6d/joint_euler_xyz", joint, false);
    check_angles("unit/rot6d/global_euler_zyx", body, true);
    comparison.compare("unit/rot6d/rotmat", matrix, Nearness::parameter);
    const auto expected = golden.take("unit/rot6d/unitquat_xyzw");
    const auto quaternion = quaternion_of(golden.take("unit/rot6d/rotmat"));
    const auto same_side = at::where((quaternion * expected).sum(-1, true) < 0, -quaternion, quaternion);
    comparison.compare("unit/rot6d/unitquat_xyzw", same_side, expected, Nearness::parameter);

    const auto bad = golden.take("unit/rot6d_degenerate/in");
    comparison.require(joint_angles(bad).isfinite().all().item<bool>() &&
                           body_angles(body_rotation(bad)).isfinite().all().item<bool>(),
                       "degenerate rotations give numbers that are not finite");
    comparison.compare("unit/rot6d_degenerate/joint_euler_xyz", joint_angles(bad).slice(0, 1),
                       golden.take("unit/rot6d_degenerate/joint_euler_xyz").slice(0, 1), Nearness::parameter);
    comparison.compare("unit/rot6d_degenerate/rotmat", body_rotation(bad).slice(0, 1),
                       golden.take("unit/rot6d_degenerate/rotmat").slice(0, 1), Nearness::parameter);
}

void check_pose(GoldenFile& golden, const Engine& engine, Comparison& comparison) {
    const auto& decoder = engine.pose_decoder();
    const auto& slots = decoder.body_slots();
    comparison.compare("unit/hand/params", decoder.hand(golden.take("unit/hand/cont")), Nearness::parameter);
    comparison.compare("unit/body/idx_3dof", slots.joints, Nearness::exact);
    comparison.compare("unit/body/idx_1dof", slots.angles, Nearness::exact);
    comparison.compare("unit/body/idx_trans", slots.plain, Nearness::exact);
    const auto hands = golden.take("unit/body/hand_mask").to(at::kFloat);
    comparison.compare("unit/body/hand_mask", 1 - slots.mask.narrow(0, 0, 130), hands.narrow(0, 0, 130),
                       Nearness::exact);
    comparison.compare("unit/body/params", decoder.body(golden.take("unit/body/cont")), Nearness::parameter);

    const auto pose = decoder(golden.take("unit/head/raw519"));
    const auto state = engine.body()(pose.shape, pose.model, {}, nullptr);
    const auto parameter = [&](const char* name, const at::Tensor& value) {
        comparison.compare(std::string("unit/head/") + name, value, Nearness::parameter);
    };
    parameter("body_pose", pose.body_pose);
    parameter("global_rot", pose.global_rotation);
    parameter("hand", pose.hand);
    parameter("mhr_identity", pose.shape);
    parameter("mhr_params", pose.model);
    parameter("pred_pose_raw", pose.pose_raw);
    parameter("scale", pose.scale);
    parameter("shape", pose.shape);
    parameter("pred_keypoints_3d", engine.keypoints_of(state));
    parameter("pred_vertices", in_camera_axes(state.vertices));
    comparison.compare("unit/head/mhr_skel", state.joints, Nearness::centimetre);
    comparison.compare("unit/head/mhr_verts", state.vertices, Nearness::centimetre);
    comparison.require(golden.take("unit/head/mhr_face").eq(0).all().item<bool>(), "unit/head/mhr_face");
}

void check_body(GoldenFile& golden, const Engine& engine, Comparison& comparison) {
    const Observer observe = [&](const std::string& name, const at::Tensor& value) {
        comparison.compare("unit/" + name, value, Nearness::intermediate);
    };
    const auto state = engine.body()(golden.take("unit/mhr/identity"), golden.take("unit/mhr/model_params"),
                                     golden.take("unit/mhr/face"), &observe);
    comparison.compare("unit/mhr/skel_state", state.joints, Nearness::centimetre);
    comparison.compare("unit/mhr/verts", state.vertices, Nearness::centimetre);
}

void check_projection(GoldenFile& golden, Comparison& comparison) {
    Batch batch;
    batch.center = golden.take("unit/projection/bbox_center");
    batch.size = golden.take("unit/projection/bbox_size");
    batch.camera = golden.take("unit/projection/cam_int");
    comparison.compare("unit/projection/focal_length", batch.camera.select(1, 0).select(1, 0),
                       Nearness::exact);
    const auto translation = camera_translation(golden.take("unit/projection/pred_cam"), batch);
    comparison.compare("unit/projection/cam_t", translation, Nearness::projection);
    const auto seen = project(golden.take("unit/projection/points"), translation, batch.camera);
    comparison.compare("unit/projection/points_2d", seen.points, Nearness::projection);
    comparison.compare("unit/projection/depth", seen.depth, Nearness::projection);
    batch.size = golden.take("unit/condition/bbox_scale").select(1, 0);
    comparison.compare("unit/condition/out", crop_condition(batch), Nearness::parameter);

    const auto sizes = golden.take("unit/full_to_crop/img_size");
    std::vector<at::Tensor> in_crop;
    for (std::int64_t i = 0; i < sizes.size(0); ++i) {
        const Size size{static_cast<int>(sizes[i][0].item<float>()),
                        static_cast<int>(sizes[i][1].item<float>())};
        in_crop.push_back(to_crop(golden.take("unit/full_to_crop/points").narrow(0, i, 1),
                                  golden.take("unit/full_to_crop/affine").narrow(0, i, 1), size));
    }
    comparison.compare("unit/full_to_crop/out", at::cat(in_crop), Nearness::parameter);

    const auto places = map_places(golden.take("unit/grid_sample/kps_crop"));
    comparison.compare("unit/grid_sample/points", places, Nearness::parameter);
    comparison.compare("unit/grid_sample/out", sampled(golden.take("unit/grid_sample/features"), places),
                       Nearness::intermediate);
}

void check_encodings(GoldenFile& golden, Comparison& comparison) {
    comparison.compare("unit/fourier/out", fourier_features(golden.take("unit/fourier/pos")),
                       Nearness::intermediate);
    const auto matrix = golden.take("unit/dense_pe/gaussian");
    const auto check_rows = [&](const std::string& name, const Profile& profile,
                                std::array<std::int64_t, 3> rows) {
        const auto map = encoded_places(matrix, profile).transpose(1, 2).reshape({1, -1, profile.rows(), 24});
        comparison.compare(
            name,
            map.index_select(2, at::tensor(at::ArrayRef<std::int64_t>(rows), at::kLong).to(map.device())),
            golden.take(name), Nearness::intermediate);
    };
    check_rows("unit/dense_pe/grid24_rows_0_11_23", reference_profile, {0, 11, 23});
    check_rows("unit/dense_pe/grid32_cut_rows_0_15_31", upstream_profile, {0, 15, 31});
    comparison.compare("unit/pos_resize/out", resize_places(golden.take("unit/pos_resize/in"), 24, 24),
                       golden.take("unit/pos_resize/out"), Nearness::intermediate);
    comparison.compare("unit/ray_reduce/ramp384", reduced_places(384), Nearness::intermediate);
    comparison.compare("unit/ray_reduce/ramp512", reduced_places(512), Nearness::intermediate);
}

}  // namespace

void check_functions(GoldenFile& golden, const Engine& engine, Comparison& comparison) {
    check_boxes(golden, comparison);
    check_pictures(golden, comparison);
    check_rotations(golden, comparison);
    check_pose(golden, engine, comparison);
    check_body(golden, engine, comparison);
    check_projection(golden, comparison);
    check_encodings(golden, comparison);
}

}  // namespace posed::estimation::sam3dbody
