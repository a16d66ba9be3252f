#pragma once

#include <cmath>
#include <cstdint>

#include <ATen/Parallel.h>
#include <c10/core/Device.h>
#include <c10/macros/Macros.h>
#ifdef __CUDACC__
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#endif

/// What the body is made of besides products of matrices: functions of one joint, angle or vertex, written
/// once for the processor and for a card. As libtorch's operators they would be thousands of launches a
/// batch, each of which takes longer than what it computes. Files that include this header are compiled as
/// CUDA where libtorch has it.
namespace posed::estimation::sam3dbody {

#ifdef __CUDACC__
template <class Work>
__global__ void run_each(std::int64_t count, const Work work) {
    const auto i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count)
        work(i);
}
#endif

/// Calls work(i) for each i below `count`: in libtorch's threads, or in one launch on the current stream. No
/// two of them may write to the same place.
template <class Work>
void for_each_element(at::Device device, std::int64_t count, const Work& work) {
#ifdef __CUDACC__
    if (device.is_cuda()) {
        constexpr std::int64_t threads = 128;
        const auto blocks = static_cast<unsigned>((count + threads - 1) / threads);
        run_each<<<blocks, threads, 0, c10::cuda::getCurrentCUDAStream(device.index())>>>(count, work);
        C10_CUDA_KERNEL_LAUNCH_CHECK();
        return;
    }
#endif
    constexpr std::int64_t least_for_a_thread = 512;
    TORCH_INTERNAL_ASSERT(device.is_cpu());
    at::parallel_for(0, count, least_for_a_thread, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i)
            work(i);
    });
}

inline constexpr int widest_row = 1280;

/// Who works on a row of up to `widest_row` numbers: on the processor one alone, on a card the 32 lanes of a
/// warp, each on every 32nd place. `k` counts the places of a lane.
struct OneLane {
    static constexpr int most_places = widest_row;

    template <class Action>
    C10_HOST_DEVICE void for_each_place(int width, const Action& action) const {
        for (int i = 0; i < width; ++i)
            action(i, i);
    }

    /// Over all lanes, of term(k).
    template <class Term>
    C10_HOST_DEVICE float sum(int width, const Term& term) const {
        constexpr int together = 8;  // one sum alone would wait for itself at each addition
        float parts[together] = {};
        int i = 0;
        for (; i + together <= width; i += together)
            for (int k = 0; k < together; ++k)
                parts[k] += term(i + k);
        for (; i < width; ++i)
            parts[0] += term(i);
        float whole = 0;
        for (const float part : parts)
            whole += part;
        return whole;
    }
};

#ifdef __CUDACC__
struct Warp {
    static constexpr int lanes = 32, most_places = widest_row / lanes;

    template <class Action>
    __device__ void for_each_place(int width, const Action& action) const {
#pragma unroll
        for (int k = 0; k < most_places; ++k)
            if (const int i = k * lanes + static_cast<int>(threadIdx.x) % lanes; i < width)
                action(k, i);
    }

    template <class Term>
    __device__ float sum(int width, const Term& term) const {
        float whole = 0;
        for_each_place(width, [&](int k, int) { whole += term(k); });
        for (int distance = lanes / 2; distance > 0; distance /= 2)
            whole += __shfl_xor_sync(~0U, whole, distance);
        return whole;
    }
};

template <class Work>
__global__ void run_each_row(std::int64_t rows, const Work work) {
    const auto row = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) / Warp::lanes;
    if (row < rows)
        work(row, Warp{});
}
#endif

/// Calls work(row, lanes) for each row, as `for_each_element` does, by all lanes of the row at once.
template <class Work>
void for_each_row(at::Device device, std::int64_t rows, const Work& work) {
#ifdef __CUDACC__
    if (device.is_cuda()) {
        constexpr std::int64_t threads = 128, rows_of_block = threads / Warp::lanes;
        const auto blocks = static_cast<unsigned>((rows + rows_of_block - 1) / rows_of_block);
        run_each_row<<<blocks, threads, 0, c10::cuda::getCurrentCUDAStream(device.index())>>>(rows, work);
        C10_CUDA_KERNEL_LAUNCH_CHECK();
        return;
    }
#endif
    TORCH_INTERNAL_ASSERT(device.is_cpu());
    at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto row = begin; row < end; ++row)
            work(row, OneLane{});
    });
}

template <class Number>
struct Vector {
    Number x{}, y{}, z{};
};

template <class Number>
C10_HOST_DEVICE Vector<Number> operator+(const Vector<Number>& a, const Vector<Number>& b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class Number>
C10_HOST_DEVICE Vector<Number> operator-(const Vector<Number>& a, const Vector<Number>& b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class Number>
C10_HOST_DEVICE Vector<Number> operator*(Number factor, const Vector<Number>& v) {
    return {factor * v.x, factor * v.y, factor * v.z};
}
template <class Number>
C10_HOST_DEVICE Number dot(const Vector<Number>& a, const Vector<Number>& b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class Number>
C10_HOST_DEVICE Vector<Number> cross(const Vector<Number>& a, const Vector<Number>& b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

}  // namespace posed::estimation::sam3dbody
