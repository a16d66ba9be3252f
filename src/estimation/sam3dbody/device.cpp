#include "estimation/sam3dbody/device.h"

#include <algorithm>
#include <charconv>

#ifdef POSED_TORCH_CUDA
#include <ATen/Context.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#endif

#include "estimation/sam3dbody/memory.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::string_view card_prefix = "cuda:";

#ifdef POSED_TORCH_CUDA

int count_of_cards() {
    int count = 0;
    return ::cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

/// TensorFloat-32 has ten bits of a float's 23, and a reduction in half precision as few.
void compute_exactly() {
    auto& context = at::globalContext();
    context.setAllowTF32CuBLAS(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowFP16ReductionCuBLAS(false);
    context.setAllowBF16ReductionCuBLAS(false);
}

/// What libraries take besides our tensors: handles, workspaces, code.
constexpr std::uint64_t memory_of_libraries = std::uint64_t{1} << 30U;

Result<ComputeDevice> open_card(int number) {
    cudaDeviceProp properties{};
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(number));
    std::size_t free = 0, total = 0;
    auto status = ::cudaGetDeviceProperties(&properties, number);
    if (status == cudaSuccess)
        status = ::cudaMemGetInfo(&free, &total);
    if (status != cudaSuccess)
        return fail(Code::internal, "the graphics card " + std::to_string(number) +
                                        " cannot be used: " + ::cudaGetErrorString(status));
    compute_exactly();
    return ComputeDevice{.device = {at::kCUDA, static_cast<c10::DeviceIndex>(number)},
                         .name = properties.name,
                         .free_memory = free - std::min<std::uint64_t>(free, memory_of_libraries),
                         .has_bfloat16 = properties.major >= 8};
}

#else

int count_of_cards() {
    return 0;
}

Result<ComputeDevice> open_card(int) {
    return fail(Code::internal, "this build has no CUDA");
}

#endif

}  // namespace

Result<ComputeDevice> open_device(std::string_view name) {
    const int cards = count_of_cards();
    if (name == "cpu" || (name == "auto" && cards == 0))
        return ComputeDevice{.device = at::kCPU, .name = "", .free_memory = available_memory()};
    int number = 0;
    if (name.starts_with(card_prefix)) {
        const auto digits = name.substr(card_prefix.size());
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size() || number < 0)
            number = -1;
    } else if (name != "cuda" && name != "auto")
        number = -1;
    if (number < 0)
        return fail(Code::invalid_argument, "there is no device \"" + std::string(name) + "\"",
                    "choose auto, cpu, cuda, or a certain card, as cuda:1");
    if (number >= cards)
        return fail(Code::invalid_argument,
                    "\"" + std::string(name) + "\" needs more than the " + std::to_string(cards) +
                        " graphics cards that can be used here",
                    "choose cpu, or see docs/estimators.md for a build with CUDA");
    return open_card(number);
}

}  // namespace posed::estimation::sam3dbody
