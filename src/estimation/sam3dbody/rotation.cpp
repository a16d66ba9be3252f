#include "estimation/sam3dbody/rotation.h"

#include <numbers>
#include <vector>

namespace posed::estimation::sam3dbody {
namespace {

constexpr double pi = std::numbers::pi;

at::Tensor normalised(const at::Tensor& v) {
    return v / at::linalg_vector_norm(v, 2, at::IntArrayRef{-1}, true).clamp_min(1e-12);
}

at::Tensor element(const at::Tensor& matrix, int row, int column) {
    return matrix.select(-2, row).select(-1, column);
}

at::Tensor wrapped(const at::Tensor& angle) {
    const auto high = at::where(angle > pi, angle - 2 * pi, angle);
    return at::where(high < -pi, high + 2 * pi, high);
}

}  // namespace

at::Tensor joint_angles(const at::Tensor& six) {
    const auto x = normalised(six.narrow(-1, 0, 3));
    const auto z = normalised(at::linalg_cross(x, six.narrow(-1, 3, 3), -1));
    const auto y = at::linalg_cross(z, x, -1);
    const auto at_row = [](const at::Tensor& column, int row) { return column.select(-1, row); };
    const auto cosine = at::hypot(at_row(x, 0), at_row(x, 1));
    const auto locked = cosine < 1e-6;
    const auto about_x =
        at::where(locked, at::atan2(-at_row(z, 1), at_row(y, 1)), at::atan2(at_row(y, 2), at_row(z, 2)));
    const auto about_y = at::atan2(-at_row(x, 2), cosine);
    const auto about_z = at::where(locked, at::zeros_like(cosine), at::atan2(at_row(x, 1), at_row(x, 0)));
    return at::stack({about_x, about_y, about_z}, -1);
}

at::Tensor body_rotation(const at::Tensor& six) {
    const auto a = normalised(six.narrow(-1, 0, 3)), second = six.narrow(-1, 3, 3);
    const auto b = normalised(second - (a * second).sum(-1, true) * a);
    return at::stack({a, b, at::linalg_cross(a, b, -1)}, -1);
}

at::Tensor quaternion_of(const at::Tensor& matrix) {
    const auto r = [&](int row, int column) { return element(matrix, row, column); };
    const auto trace = r(0, 0) + r(1, 1) + r(2, 2);
    // One quaternion for each of the four numbers that may be the largest; only that one is well conditioned.
    const auto from_x =
        at::stack({1 - trace + 2 * r(0, 0), r(1, 0) + r(0, 1), r(2, 0) + r(0, 2), r(2, 1) - r(1, 2)}, -1);
    const auto from_y =
        at::stack({r(1, 0) + r(0, 1), 1 - trace + 2 * r(1, 1), r(2, 1) + r(1, 2), r(0, 2) - r(2, 0)}, -1);
    const auto from_z =
        at::stack({r(2, 0) + r(0, 2), r(2, 1) + r(1, 2), 1 - trace + 2 * r(2, 2), r(1, 0) - r(0, 1)}, -1);
    const auto from_trace =
        at::stack({r(2, 1) - r(1, 2), r(0, 2) - r(2, 0), r(1, 0) - r(0, 1), 1 + trace}, -1);
    const auto candidates = at::stack({from_x, from_y, from_z, from_trace}, -2);
    const auto choice = at::stack({r(0, 0), r(1, 1), r(2, 2), trace}, -1).argmax(-1);
    auto shape = candidates.sizes().vec();
    shape[shape.size() - 2] = 1;
    const auto index = choice.unsqueeze(-1).unsqueeze(-1).expand(shape);
    return normalised(candidates.gather(-2, index).squeeze(-2));
}

at::Tensor body_angles(const at::Tensor& matrix) {
    const auto q = quaternion_of(matrix);
    const auto x = q.select(-1, 0), y = q.select(-1, 1), z = q.select(-1, 2), w = q.select(-1, 3);
    const auto a = w - y, b = x + z, c = y + w, d = z - x;
    const auto middle = 2 * at::atan2(at::hypot(c, d), at::hypot(a, b));
    const auto half_sum = at::atan2(b, a), half_difference = at::atan2(d, c);
    const auto low = middle.abs() <= 1e-7, high = (middle - pi).abs() <= 1e-7;
    const auto about_z =
        at::where(low, 2 * half_sum, at::where(high, 2 * half_difference, half_sum + half_difference));
    const auto about_x = at::where(low.logical_or(high), at::zeros_like(w), half_sum - half_difference);
    return at::stack({wrapped(about_z), middle - pi / 2, wrapped(about_x)}, -1);
}

}  // namespace posed::estimation::sam3dbody
