#include "estimation/sam3dbody/pose_parameters.h"

#include <array>
#include <numeric>
#include <vector>

#include "estimation/sam3dbody/rotation.h"

namespace posed::estimation::sam3dbody {
namespace {

/// Where the three angles of each joint stand among the 133.
constexpr std::array<std::int64_t, 69> joint_slots{
    0,  2,  4,  6,  8,  10, 12, 13, 14,  15, 16,  17,  18, 19,  20,  21, 22,  23,  24, 25,  26,  27,  28,
    29, 34, 35, 36, 37, 38, 39, 44, 45,  46, 53,  54,  55, 64,  65,  66, 85,  69,  73, 86,  70,  79,  87,
    71, 82, 88, 72, 76, 91, 92, 93, 112, 96, 100, 113, 97, 106, 114, 98, 109, 115, 99, 103, 130, 131, 132};
/// Where the single angles stand.
constexpr std::array<std::int64_t, 58> angle_slots{
    1,  3,  5,   7,   9,   11,  30,  31,  32,  33,  40,  41,  42,  43,  47,  48,  49,  50, 51, 52,
    56, 57, 58,  59,  60,  61,  62,  63,  67,  68,  74,  75,  77,  78,  80,  81,  83,  84, 89, 90,
    94, 95, 101, 102, 104, 105, 107, 108, 110, 111, 116, 117, 118, 119, 120, 121, 122, 123};
constexpr std::int64_t first_plain_slot = 124, plain_slots = 6, body_slot_count = 133;
constexpr std::int64_t first_hand_slot = 62, end_of_hand_slots = 116, first_jaw_slot = 130;
constexpr std::array<int, 16> hand_freedoms{3, 1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 2, 3, 1, 1};
constexpr std::int64_t posed_slots = 136, hand_numbers = 54, hand_angles = 27;

/// Rows for `angles_from`.
class AngleTable {
  public:
    void add(std::int64_t numbers, std::int64_t begin, std::array<std::int64_t, 3> slots) {
        for (const auto number : {numbers, begin, slots[0], slots[1], slots[2]})
            rows_.push_back(static_cast<std::int32_t>(number));
    }
    [[nodiscard]] at::Tensor on(at::Device device) const {
        return at::tensor(rows_, at::kInt).view({-1, angle_source_numbers}).to(device);
    }

  private:
    std::vector<std::int32_t> rows_;
};

AngleTable body_table() {
    AngleTable table;
    std::int64_t number = 0;
    for (std::size_t i = 0; i < joint_slots.size(); i += 3, number += 6)
        table.add(6, number, {joint_slots[i], joint_slots[i + 1], joint_slots[i + 2]});
    for (const auto slot : angle_slots) {
        table.add(2, number, {slot});
        number += 2;
    }
    for (std::int64_t i = 0; i < plain_slots; ++i)
        table.add(1, number++, {first_plain_slot + i});
    return table;
}

AngleTable hand_table() {
    AngleTable table;
    std::int64_t number = 0, slot = 0;
    for (const int freedom : hand_freedoms) {
        if (freedom == 3) {
            table.add(6, number, {slot, slot + 1, slot + 2});
            number += 6, slot += 3;
            continue;
        }
        for (int i = 0; i < freedom; ++i, number += 2)
            table.add(2, number, {slot++});
    }
    return table;
}

template <class Numbers>
at::Tensor table(const Numbers& numbers, at::Device device) {
    return at::tensor(at::ArrayRef<std::int64_t>(numbers.data(), numbers.size()), at::kLong).to(device);
}

bool leads_inside(const at::Tensor& slots) {
    return slots.min().item<std::int64_t>() >= 0 && slots.max().item<std::int64_t>() < posed_slots;
}

}  // namespace

PoseDecoder::PoseDecoder(WeightReader& reader, at::Device device)
    : scale_mean_(reader.take("head_pose.scale_mean", {68})),
      scale_components_(reader.take("head_pose.scale_comps", {28, 68})),
      hand_mean_(reader.take("head_pose.hand_pose_mean", {hand_numbers})),
      hand_components_(reader.take("head_pose.hand_pose_comps", {hand_numbers, hand_numbers})),
      left_hand_(reader.take("head_pose.hand_joint_idxs_left", {hand_angles}, at::kLong)),
      right_hand_(reader.take("head_pose.hand_joint_idxs_right", {hand_angles}, at::kLong)),
      slots_{table(joint_slots, device), table(angle_slots, device), {}, {}} {
    slots_.plain = at::arange(first_plain_slot, first_plain_slot + plain_slots, at::kLong).to(device);
    slots_.mask = at::ones({body_slot_count});
    slots_.mask.slice(0, first_hand_slot, end_of_hand_slots).zero_();
    slots_.mask.slice(0, first_jaw_slot).zero_();
    slots_.mask = slots_.mask.to(device);
    body_table_ = body_table().on(device);
    hand_table_ = hand_table().on(device);
}

Result<> PoseDecoder::check() const {
    if (leads_inside(left_hand_) && leads_inside(right_hand_))
        return {};
    return fail(Code::corrupt_model,
                "the checkpoint's tables of hand joints lead outside the body's 136 numbers");
}

at::Tensor PoseDecoder::body(const at::Tensor& continuous) const {
    return angles_from(continuous, body_table_, body_slot_count);
}

at::Tensor PoseDecoder::hand(const at::Tensor& continuous) const {
    return angles_from(continuous, hand_table_, hand_angles);
}

PoseParameters PoseDecoder::operator()(const at::Tensor& numbers) const {
    PoseParameters pose;
    pose.pose_raw = numbers.narrow(1, 0, 266);
    pose.global_rotation = body_angles(body_rotation(numbers.narrow(1, 0, 6)));
    pose.body_pose = body(numbers.narrow(1, 6, 260)) * slots_.mask;
    pose.shape = numbers.narrow(1, 266, 45);
    pose.scale = numbers.narrow(1, 311, 28);
    pose.hand = numbers.narrow(1, 339, 2 * hand_numbers);
    pose.model = model_parameters(pose);
    return pose;
}

at::Tensor PoseDecoder::model_parameters(const PoseParameters& pose) const {
    const auto batch = pose.hand.size(0);
    auto model = at::zeros({batch, model_parameter_count}, pose.hand.options());
    model.narrow(1, 3, 3).copy_(pose.global_rotation);
    model.narrow(1, 6, 130).copy_(pose.body_pose.narrow(1, 0, 130));
    const auto hands = pose.hand.reshape({2 * batch, hand_numbers});
    const auto angles =
        hand(hand_mean_ + at::matmul(hands, hand_components_)).reshape({batch, 2, hand_angles});
    model.index_copy_(1, left_hand_, angles.select(1, 0));
    model.index_copy_(1, right_hand_, angles.select(1, 1));
    model.narrow(1, posed_slots, 68).copy_(scale_mean_ + at::matmul(pose.scale, scale_components_));
    return model;
}

}  // namespace posed::estimation::sam3dbody
