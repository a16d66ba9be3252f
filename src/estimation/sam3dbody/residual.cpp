#include "estimation/sam3dbody/residual.h"

#include "estimation/sam3dbody/elements.h"

namespace posed::estimation::sam3dbody {
namespace {

template <class Rounded>
struct EachRowOfSum {
    float* x;
    const Rounded* change;
    const float *weight, *bias;
    Rounded* result;
    int width;
    float epsilon;

    template <class Lanes>
    C10_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
        float numbers[Lanes::most_places];
        const auto begin = row * width;
        lanes.for_each_place(width, [&](int k, int i) {
            numbers[k] = x[begin + i] + static_cast<float>(change[begin + i]);
            x[begin + i] = numbers[k];
        });
        const auto length = static_cast<float>(width);
        const float mean = lanes.sum(width, [&](int k) { return numbers[k]; }) / length;
        const float variance =
            lanes.sum(width, [&](int k) { return (numbers[k] - mean) * (numbers[k] - mean); }) / length;
        const float scale = 1 / std::sqrt(variance + epsilon);
        lanes.for_each_place(width, [&](int k, int i) {
            result[begin + i] = static_cast<Rounded>((numbers[k] - mean) * scale * weight[i] + bias[i]);
        });
    }
};

template <class Rounded>
void run(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight, const at::Tensor& bias,
         double epsilon, const at::Tensor& result) {
    const auto width = x.size(-1);
    for_each_row(
        x.device(), x.numel() / width,
        EachRowOfSum<Rounded>{x.data_ptr<float>(), change.data_ptr<Rounded>(), weight.data_ptr<float>(),
                              bias.data_ptr<float>(), result.data_ptr<Rounded>(), static_cast<int>(width),
                              static_cast<float>(epsilon)});
}

}  // namespace

at::Tensor add_and_normalise(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
                             const at::Tensor& bias, double epsilon) {
    TORCH_CHECK(x.is_contiguous() && x.size(-1) <= widest_row && change.sizes() == x.sizes());
    const auto by_row = change.contiguous();
    auto result = at::empty_like(by_row);
    switch (change.scalar_type()) {
        case at::kBFloat16:
            run<at::BFloat16>(x, by_row, weight, bias, epsilon, result);
            break;
        case at::kHalf:
            run<at::Half>(x, by_row, weight, bias, epsilon, result);
            break;
        default:
            run<float>(x, by_row, weight, bias, epsilon, result);
    }
    return result;
}

}  // namespace posed::estimation::sam3dbody
