#include "tests/synthetic/figure.h"

#include <numbers>

namespace posed::tests::synthetic {
namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float degree = pi / 180;

constexpr float thigh = 0.43F;
constexpr float shin = 0.42F;
constexpr float upper_arm = 0.285F;
constexpr float forearm = 0.255F;
constexpr float ankle_height = 0.085F;
constexpr float half_hips = 0.095F;
constexpr float half_shoulders = 0.175F;
constexpr float torso = 0.50F;

struct Leg {
    float lift;  ///< of the thigh, forwards
    float bend;  ///< of the knee
};

/// One step a second and leg; `phase` in turns.
Leg leg_at(double seconds, double phase) {
    const auto wave = static_cast<float>(std::sin(2 * std::numbers::pi * (0.75 * seconds + phase)));
    const float up = std::max(wave, 0.0F);
    return {.lift = up * up * 38 * degree, .bend = up * up * 62 * degree};
}

/// The lower end of a limb that hangs straight down when all angles are 0.
Vector hanging(Vector from, float length, float forwards, float sideways, float yaw) {
    const Vector direction{std::sin(sideways), -std::cos(sideways) * std::cos(forwards),
                           std::cos(sideways) * std::sin(forwards)};
    return from + turned(direction, yaw) * length;
}

void place_arm(Stance& stance, double seconds, bool left) {
    const float side = left ? 1.0F : -1.0F;
    const double phase = left ? 0 : 0.07;
    const auto rise =
        0.5F - 0.5F * static_cast<float>(std::cos(2 * std::numbers::pi * (0.25 * seconds + phase)));
    const float outwards = (14 + 92 * rise) * degree;
    const float forwards = (6 + 10 * rise) * degree;
    const float bend = (14 + 26 * rise) * degree;
    const auto shoulder = left ? left_shoulder : right_shoulder;
    const auto elbow = left ? left_elbow : right_elbow;
    const auto wrist = left ? left_wrist : right_wrist;
    stance.joints[elbow] = hanging(stance.joints[shoulder], upper_arm, forwards, side * outwards, stance.yaw);
    stance.joints[wrist] = hanging(stance.joints[elbow], forearm, forwards + bend,
                                   side * (outwards + 0.6F * bend * rise), stance.yaw);
}

void place_leg(Stance& stance, double seconds, bool left) {
    const float side = left ? 1.0F : -1.0F;
    const Leg leg = leg_at(seconds, left ? 0 : 0.5);
    const auto hip = left ? left_hip : right_hip;
    const auto knee = left ? left_knee : right_knee;
    const auto ankle = left ? left_ankle : right_ankle;
    stance.joints[knee] = hanging(stance.joints[hip], thigh, leg.lift, side * 3 * degree, stance.hip_yaw);
    stance.joints[ankle] =
        hanging(stance.joints[knee], shin, leg.lift - leg.bend, side * 1 * degree, stance.hip_yaw);
}

/// The foot's direction: level while it stands, hanging a little when it is lifted.
Vector toes_from(const Stance& stance, bool left) {
    const float side = left ? 1.0F : -1.0F;
    const Vector ankle = stance.joints[left ? left_ankle : right_ankle];
    const float lifted = std::max(ankle.y - ankle_height, 0.0F);
    return turned({side * 0.035F, -0.055F - 0.25F * lifted, 0.17F}, stance.hip_yaw);
}

float rounded_cone(Vector place, const Part& part) noexcept {
    const Vector along = part.to - part.from;
    const float square = dot(along, along);
    const float share =
        square > 1e-9F ? std::clamp(dot(place - part.from, along) / square, 0.0F, 1.0F) : 0.0F;
    const float radius = part.from_radius + (part.to_radius - part.from_radius) * share;
    return length(place - part.from - along * share) - radius;
}

void add_torso(std::vector<Part>& parts, const Stance& stance) {
    const auto& joints = stance.joints;
    const Vector hips = mixed(joints[left_hip], joints[right_hip], 0.5F);
    const Vector shoulders = mixed(joints[left_shoulder], joints[right_shoulder], 0.5F);
    const Vector chest = mixed(hips, shoulders, 0.72F);
    const Vector waist = mixed(hips, shoulders, 0.35F);
    const auto ellipsoid = [&](Cloth cloth, Vector centre, Vector widths, float yaw) {
        parts.push_back({.cloth = cloth,
                         .from = centre,
                         .to = centre,
                         .from_radius = 1,
                         .to_radius = 1,
                         .squeeze = widths,
                         .yaw_cosine = std::cos(yaw),
                         .yaw_sine = std::sin(yaw)});
    };
    ellipsoid(Cloth::shirt, chest, {0.178F, 0.205F, 0.118F}, stance.yaw);
    ellipsoid(Cloth::shirt, waist, {0.150F, 0.190F, 0.108F}, (stance.yaw + stance.hip_yaw) / 2);
    ellipsoid(Cloth::shirt, hips + Vector{0, 0.05F, 0}, {0.165F, 0.11F, 0.118F}, stance.hip_yaw);
    ellipsoid(Cloth::trousers, hips + Vector{0, -0.03F, -0.01F}, {0.168F, 0.115F, 0.120F}, stance.hip_yaw);
    const Vector inset{0, 0.012F, 0};
    parts.push_back({.cloth = Cloth::shirt,
                     .from = joints[left_shoulder] + inset,
                     .to = joints[right_shoulder] + inset,
                     .from_radius = 0.060F,
                     .to_radius = 0.060F});
    for (const auto shoulder : {left_shoulder, right_shoulder})
        parts.push_back({.cloth = Cloth::shirt,
                         .from = mixed(shoulders, joints[shoulder], 0.85F),
                         .to = shoulders + Vector{0, 0.075F, -0.01F},
                         .from_radius = 0.052F,
                         .to_radius = 0.055F});
    parts.push_back({.cloth = Cloth::skin,
                     .from = shoulders + Vector{0, 0.02F, -0.01F},
                     .to = stance.head + Vector{0, -0.06F, 0} + turned({0, 0, -0.015F}, stance.head_yaw),
                     .from_radius = 0.062F,
                     .to_radius = 0.054F});
}

void add_head(std::vector<Part>& parts, const Stance& stance) {
    const auto at = [&](float x, float y, float z) {
        return stance.head + turned({x, y, z}, stance.head_yaw);
    };
    const auto ellipsoid = [&](Vector centre, Vector widths) {
        parts.push_back({.cloth = Cloth::head,
                         .from = centre,
                         .to = centre,
                         .from_radius = 1,
                         .to_radius = 1,
                         .squeeze = widths,
                         .yaw_cosine = std::cos(stance.head_yaw),
                         .yaw_sine = std::sin(stance.head_yaw)});
    };
    ellipsoid(at(0, 0.025F, -0.012F), {0.078F, 0.098F, 0.098F});
    ellipsoid(at(0, -0.045F, 0.020F), {0.060F, 0.075F, 0.068F});
    parts.push_back({.cloth = Cloth::head,
                     .from = at(0, 0.005F, 0.083F),
                     .to = at(0, -0.030F, 0.100F),
                     .from_radius = 0.009F,
                     .to_radius = 0.015F});
    for (const float side : {-1.0F, 1.0F})
        ellipsoid(at(side * 0.079F, -0.008F, -0.012F), {0.011F, 0.031F, 0.019F});
}

void add_arm(std::vector<Part>& parts, const Stance& stance, bool left) {
    const Vector shoulder = stance.joints[left ? left_shoulder : right_shoulder];
    const Vector elbow = stance.joints[left ? left_elbow : right_elbow];
    const Vector wrist = stance.joints[left ? left_wrist : right_wrist];
    parts.push_back({.cloth = Cloth::shirt,
                     .from = shoulder,
                     .to = mixed(shoulder, elbow, 0.62F),
                     .from_radius = 0.063F,
                     .to_radius = 0.058F});
    parts.push_back({.cloth = Cloth::skin,
                     .from = mixed(shoulder, elbow, 0.3F),
                     .to = elbow,
                     .from_radius = 0.048F,
                     .to_radius = 0.039F});
    parts.push_back({.cloth = Cloth::skin,
                     .from = elbow,
                     .to = mixed(elbow, wrist, 0.3F),
                     .from_radius = 0.039F,
                     .to_radius = 0.043F});
    parts.push_back({.cloth = Cloth::skin,
                     .from = mixed(elbow, wrist, 0.3F),
                     .to = wrist,
                     .from_radius = 0.043F,
                     .to_radius = 0.027F});
    const Vector along = normalized(wrist - elbow);
    const Vector forwards = turned({0, 0, 1}, stance.yaw);
    const Vector across = normalized(forwards - along * dot(forwards, along));
    const Vector palm = wrist + along * 0.055F;
    for (const float finger : {-1.0F, -0.33F, 0.33F, 1.0F}) {
        const Vector knuckle = palm + across * (finger * 0.026F) + along * 0.02F;
        parts.push_back({.cloth = Cloth::skin,
                         .from = mixed(wrist, knuckle, 0.15F),
                         .to = knuckle,
                         .from_radius = 0.020F,
                         .to_radius = 0.014F});
        parts.push_back(
            {.cloth = Cloth::skin,
             .from = knuckle,
             .to = knuckle + along * (0.078F - 0.012F * std::abs(finger)) + across * (finger * 0.006F),
             .from_radius = 0.0125F,
             .to_radius = 0.009F});
    }
    parts.push_back({.cloth = Cloth::skin,
                     .from = wrist + along * 0.02F + across * 0.018F,
                     .to = wrist + along * 0.075F + across * 0.058F,
                     .from_radius = 0.017F,
                     .to_radius = 0.011F});
}

void add_leg(std::vector<Part>& parts, const Stance& stance, bool left) {
    const Vector hip = stance.joints[left ? left_hip : right_hip];
    const Vector knee = stance.joints[left ? left_knee : right_knee];
    const Vector ankle = stance.joints[left ? left_ankle : right_ankle];
    const Vector calf = mixed(knee, ankle, 0.3F) + turned({0, 0, -0.012F}, stance.hip_yaw);
    parts.push_back(
        {.cloth = Cloth::trousers, .from = hip, .to = knee, .from_radius = 0.088F, .to_radius = 0.058F});
    parts.push_back(
        {.cloth = Cloth::trousers, .from = knee, .to = calf, .from_radius = 0.058F, .to_radius = 0.060F});
    parts.push_back({.cloth = Cloth::trousers,
                     .from = calf,
                     .to = mixed(knee, ankle, 1.02F),
                     .from_radius = 0.060F,
                     .to_radius = 0.047F});
    const Vector toes = toes_from(stance, left);
    const Vector heel = ankle + Vector{0, -0.045F, 0} - normalized({toes.x, 0, toes.z}) * 0.045F;
    parts.push_back(
        {.cloth = Cloth::shoe, .from = ankle, .to = heel, .from_radius = 0.044F, .to_radius = 0.040F});
    const auto shoe = [&](Vector from, Vector to, float from_radius, float to_radius) {
        parts.push_back({.cloth = Cloth::shoe,
                         .from = from,
                         .to = to,
                         .from_radius = from_radius,
                         .to_radius = to_radius});
    };
    const Vector sole = ankle + Vector{0, -0.042F, 0};
    shoe(sole, heel, 0.036F, 0.036F);
    shoe(heel, ankle + toes * 0.85F, 0.036F, 0.033F);
    shoe(sole, ankle + toes * 0.7F, 0.038F, 0.034F);
}

}  // namespace

Stance stance_at(double seconds) {
    const auto slow = [&](double turns, double phase) {
        return static_cast<float>(std::sin(2 * std::numbers::pi * (turns * seconds + phase)));
    };
    Stance stance;
    stance.hip_yaw = 14 * degree * slow(0.25, 0);
    stance.yaw = 18 * degree * slow(0.25, 0.03);
    stance.head_yaw = 20 * degree * slow(0.25, 0.08);
    const Leg one = leg_at(seconds, 0);
    const Leg other = leg_at(seconds, 0.5);
    const float shift = 0.035F * (one.lift - other.lift) / (38 * degree);
    const Vector hips{-shift, ankle_height + thigh + shin - 0.004F, 0};
    const Vector shoulders = hips + Vector{0.3F * shift, torso, 0.01F};
    stance.joints[left_hip] = hips + turned({half_hips, 0, 0}, stance.hip_yaw);
    stance.joints[right_hip] = hips + turned({-half_hips, 0, 0}, stance.hip_yaw);
    stance.joints[left_shoulder] = shoulders + turned({half_shoulders, 0, 0}, stance.yaw);
    stance.joints[right_shoulder] = shoulders + turned({-half_shoulders, 0, 0}, stance.yaw);
    stance.head = shoulders + Vector{0, 0.225F, 0.01F} + turned({0, 0, 0.012F}, stance.head_yaw);
    stance.joints[nose] = stance.head + turned({0, -0.030F, 0.112F}, stance.head_yaw);
    for (const bool left : {true, false}) {
        place_arm(stance, seconds, left);
        place_leg(stance, seconds, left);
    }
    return stance;
}

float Part::distance(Vector place) const noexcept {
    if (squeeze.x == 1 && squeeze.y == 1 && squeeze.z == 1)
        return rounded_cone(place, *this);
    const Vector local = [&] {
        const Vector offset = place - from;
        return Vector{yaw_cosine * offset.x - yaw_sine * offset.z, offset.y,
                      yaw_sine * offset.x + yaw_cosine * offset.z};
    }();
    const Vector scaled{local.x / squeeze.x, local.y / squeeze.y, local.z / squeeze.z};
    const Vector slope{scaled.x / squeeze.x, scaled.y / squeeze.y, scaled.z / squeeze.z};
    const float size = length(scaled);
    return size * (size - 1) / std::max(length(slope), 1e-6F);
}

std::vector<Part> body_of(const Stance& stance) {
    std::vector<Part> parts;
    add_torso(parts, stance);
    add_head(parts, stance);
    for (const bool left : {true, false}) {
        add_arm(parts, stance, left);
        add_leg(parts, stance, left);
    }
    return parts;
}

}  // namespace posed::tests::synthetic
