#include "estimation/sam3dbody/rotation.h"

#include <numbers>

#include "estimation/sam3dbody/elements.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr float pi = std::numbers::pi_v<float>;

C10_HOST_DEVICE Vector<float> vector_at(const float* numbers) {
    return {numbers[0], numbers[1], numbers[2]};
}

C10_HOST_DEVICE Vector<float> normalised(const Vector<float>& v) {
    const float length = std::sqrt(dot(v, v)), least = 1e-12F;
    const float divisor = length < least ? least : length;
    return {v.x / divisor, v.y / divisor, v.z / divisor};
}

struct JointAngles {
    static constexpr int inputs = 6, outputs = 3;

    C10_HOST_DEVICE static void compute(const float* six, float* angles) {
        const auto x = normalised(vector_at(six));
        const auto z = normalised(cross(x, vector_at(six + 3)));
        const auto y = cross(z, x);
        const float cosine = std::hypot(x.x, x.y);
        const bool locked = cosine < 1e-6F;
        angles[0] = locked ? std::atan2(-z.y, y.y) : std::atan2(y.z, z.z);
        angles[1] = std::atan2(-x.z, cosine);
        angles[2] = locked ? 0 : std::atan2(x.y, x.x);
    }
};

struct BodyRotation {
    static constexpr int inputs = 6, outputs = 9;

    C10_HOST_DEVICE static void compute(const float* six, float* matrix) {
        const auto a = normalised(vector_at(six)), second = vector_at(six + 3);
        const auto b = normalised(second - dot(a, second) * a);
        const auto c = cross(a, b);
        const Vector<float> columns[] = {a, b, c};
        for (int i = 0; i < 3; ++i) {
            matrix[i] = columns[i].x;
            matrix[3 + i] = columns[i].y;
            matrix[6 + i] = columns[i].z;
        }
    }
};

struct QuaternionOf {
    static constexpr int inputs = 9, outputs = 4;

    /// From the largest of four numbers, where it is well conditioned.
    C10_HOST_DEVICE static void compute(const float* m, float* q) {
        const float trace = m[0] + m[4] + m[8];
        const bool about_none = trace > m[0] && trace > m[4] && trace > m[8];
        float x = m[7] - m[5], y = m[2] - m[6], z = m[3] - m[1], w = 1 + trace;
        if (!about_none && m[0] >= m[4] && m[0] >= m[8]) {
            w = x;
            x = 1 - trace + 2 * m[0], y = m[3] + m[1], z = m[6] + m[2];
        } else if (!about_none && m[4] >= m[8]) {
            w = y;
            x = m[3] + m[1], y = 1 - trace + 2 * m[4], z = m[7] + m[5];
        } else if (!about_none) {
            w = z;
            x = m[6] + m[2], y = m[7] + m[5], z = 1 - trace + 2 * m[8];
        }
        const float length = std::sqrt(x * x + y * y + z * z + w * w);
        q[0] = x / length, q[1] = y / length, q[2] = z / length, q[3] = w / length;
    }
};

struct BodyAngles {
    static constexpr int inputs = 9, outputs = 3;

    C10_HOST_DEVICE static float wrapped(float angle) {
        const float high = angle > pi ? angle - 2 * pi : angle;
        return high < -pi ? high + 2 * pi : high;
    }

    C10_HOST_DEVICE static void compute(const float* matrix, float* angles) {
        float q[4];
        QuaternionOf::compute(matrix, q);
        const float a = q[3] - q[1], b = q[0] + q[2], c = q[1] + q[3], d = q[2] - q[0];
        const float middle = 2 * std::atan2(std::hypot(c, d), std::hypot(a, b));
        const float half_sum = std::atan2(b, a), half_difference = std::atan2(d, c);
        const bool low = std::abs(middle) <= 1e-7F, high = std::abs(middle - pi) <= 1e-7F;
        const float about_z = low ? 2 * half_sum : high ? 2 * half_difference : half_sum + half_difference;
        angles[0] = wrapped(about_z);
        angles[1] = middle - pi / 2;
        angles[2] = wrapped(low || high ? 0 : half_sum - half_difference);
    }
};

template <class Function>
struct EachRow {
    const float* from;
    float* to;

    C10_HOST_DEVICE void operator()(std::int64_t row) const {
        Function::compute(from + row * Function::inputs, to + row * Function::outputs);
    }
};

/// `shape` of a row's result follows the leading dimensions, all but the last `used` of `x`.
template <class Function>
at::Tensor of_each_row(const at::Tensor& x, std::int64_t used, at::IntArrayRef shape) {
    auto whole = x.sizes().slice(0, static_cast<std::size_t>(x.dim() - used)).vec();
    whole.insert(whole.end(), shape.begin(), shape.end());
    auto result = at::empty(whole, x.options());
    const auto rows = x.contiguous();
    for_each_element(x.device(), x.numel() / Function::inputs,
                     EachRow<Function>{rows.data_ptr<float>(), result.data_ptr<float>()});
    return result;
}

struct EachSource {
    const float* numbers;
    const std::int32_t* table;
    float* angles;
    std::int64_t sources, width, slots;

    C10_HOST_DEVICE void operator()(std::int64_t i) const {
        const auto* source = table + i % sources * angle_source_numbers;
        const auto* from = numbers + i / sources * width + source[1];
        auto* to = angles + i / sources * slots;
        if (source[0] == 6) {
            float three[3];
            JointAngles::compute(from, three);
            for (int k = 0; k < 3; ++k)
                to[source[2 + k]] = three[k];
        } else
            to[source[2]] = source[0] == 2 ? std::atan2(from[0], from[1]) : from[0];
    }
};

}  // namespace

at::Tensor joint_angles(const at::Tensor& six) {
    return of_each_row<JointAngles>(six, 1, {3});
}

at::Tensor body_rotation(const at::Tensor& six) {
    return of_each_row<BodyRotation>(six, 1, {3, 3});
}

at::Tensor quaternion_of(const at::Tensor& matrix) {
    return of_each_row<QuaternionOf>(matrix, 2, {4});
}

at::Tensor body_angles(const at::Tensor& matrix) {
    return of_each_row<BodyAngles>(matrix, 2, {3});
}

at::Tensor angles_from(const at::Tensor& numbers, const at::Tensor& table, std::int64_t slots) {
    auto angles = at::empty({numbers.size(0), slots}, numbers.options());
    const auto rows = numbers.contiguous();
    for_each_element(numbers.device(), rows.size(0) * table.size(0),
                     EachSource{rows.data_ptr<float>(), table.data_ptr<std::int32_t>(),
                                angles.data_ptr<float>(), table.size(0), rows.size(1), slots});
    return angles;
}

}  // namespace posed::estimation::sam3dbody
