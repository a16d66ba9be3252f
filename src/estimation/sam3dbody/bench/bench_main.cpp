#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include "estimation/sam3dbody/algebra_library.h"
#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/model_lengths.h"

/// sam3dbody-bench DIR [BATCH,BATCH... [float32|bfloat16 [ROUNDS [DEVICE]]]]: how fast the model in a folder
/// runs here, and what part of the device's own matrix rate it reaches. Both are measured in turn, so that a
/// busy machine slows both. With bfloat16 also how far its outputs lie from those of float32.
namespace posed::estimation::sam3dbody {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
    std::filesystem::path folder;
    std::vector<std::int64_t> batches{1};
    Precision precision = Precision::float32;
    int rounds = 3;
    std::string device = "cpu";
};

double seconds_of(const std::function<void()>& work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Multiplications and additions of the backbone for one crop.
double backbone_operations(const ModelLengths& lengths, const Profile& profile) {
    const double patches = profile.rows() * profile.columns(),
                 width = static_cast<double>(lengths.backbone_width);
    const double block = 24 * patches * width * width + 4 * patches * patches * width;
    return 2 * patches * width * 3 * patch_side * patch_side +
           static_cast<double>(lengths.backbone_depth) * block;
}

/// Waits until a card has computed it; a number of it is enough.
void await(const at::Tensor& computed) {
    (void)computed.flatten()[0].item<float>();
}

/// What the device reaches at best. On the processor in the shape of a backbone's widest product, on a card
/// in one that fills it.
class MatrixProduct {
  public:
    MatrixProduct(at::ScalarType type, at::Device device)
        : rows_(device.is_cpu() ? 768 : 8192),
          inner_(device.is_cpu() ? 1280 : 8192),
          columns_(device.is_cpu() ? 5120 : 8192),
          x_(at::randn({rows_, inner_}).to(device, type)),
          weight_(at::randn({columns_, inner_}).to(device, type)) {}

    [[nodiscard]] double operations_per_second() const {
        constexpr int times = 5;
        const auto seconds = seconds_of([&] {
            at::Tensor result;
            for (int i = 0; i < times; ++i)
                result = at::linear(x_, weight_);
            await(result);
        });
        return times * 2.0 * static_cast<double>(rows_ * inner_ * columns_) / seconds;
    }
    [[nodiscard]] std::string shape() const {
        return std::to_string(rows_) + "x" + std::to_string(inner_) + "x" + std::to_string(columns_);
    }

  private:
    std::int64_t rows_, inner_, columns_;
    at::Tensor x_, weight_;
};

/// Crops of noise of people in the middle of a 1920x1080 frame, as a run gets them.
Batch noise_batch(std::int64_t count, const Profile& profile, at::Device device) {
    auto pixels = at::rand({count, 3, profile.crop_height, seen_columns});
    if (!device.is_cpu())
        pixels = pixels.pin_memory();
    const auto repeated = [&](const at::Tensor& x) { return x.repeat({count, 1, 1}); };
    const float scale = 512.0F / 900;
    return {
        pixels, at::tensor({960.0F, 540.0F}).repeat({count, 1}), at::full({count}, 900.0),
        repeated(at::tensor({scale, 0.0F, 256 - scale * 960, 0.0F, scale, 256 - scale * 540}).view({2, 3})),
        repeated(at::tensor({2203.0F, 0.0F, 960.0F, 0.0F, 2203.0F, 540.0F, 0.0F, 0.0F, 1.0F}).view({3, 3}))};
}

double peak_memory_gigabytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1e6;
}

/// What the lower precision is judged by.
struct Outputs {
    at::Tensor backbone;
    at::Tensor pose;  ///< the 519 numbers of the last layer's head
};

Outputs outputs_of(const Engine& engine, const Batch& batch) {
    Outputs outputs{engine.run_backbone(batch.pixels, nullptr).cpu(), {}};
    const Observer keep = [&](const std::string& name, const at::Tensor& value) {
        if (name.ends_with("/head_proj"))
            outputs.pose = value;
    };
    static_cast<void>(engine.run(batch, &keep));
    return outputs;
}

Result<> compare_with_float32(const Arguments& arguments, const Batch& batch, const Outputs& rounded) {
    const auto engine = TRY(Engine::open(arguments.folder, {.device = arguments.device, .mesh = false}));
    const auto exact = outputs_of(*engine, batch);
    const auto apart = [](const at::Tensor& x, const at::Tensor& y) {
        return 100 * ((x - y).norm() / y.norm()).item<double>();
    };
    std::printf("from float32, relative L2: backbone %.2f %%, the %lld numbers of the pose head %.2f %%\n",
                apart(rounded.backbone, exact.backbone), static_cast<long long>(exact.pose.size(-1)),
                apart(rounded.pose, exact.pose));
    return {};
}

void measure_batch(const Engine& engine, const MatrixProduct& product, double operations, const Batch& batch,
                   int rounds) {
    (void)engine.run(batch, nullptr);
    const auto pixels = batch.pixels.to(engine.device().device);
    await(engine.run_backbone(pixels, nullptr));
    std::vector<double> rates, backbones, wholes;
    for (int i = 0; i < rounds; ++i) {
        rates.push_back(product.operations_per_second());
        backbones.push_back(seconds_of([&] { await(engine.run_backbone(pixels, nullptr)); }));
        wholes.push_back(seconds_of([&] { (void)engine.run(batch, nullptr); }));
    }
    const auto crops = static_cast<double>(batch.size.size(0));
    const double rate = median(rates), backbone = crops * operations / median(backbones),
                 whole = crops * operations / median(wholes);
    std::printf("batch %.0f: %.3f crops/s, %.4f s a crop\n", crops, crops / median(wholes),
                median(wholes) / crops);
    std::printf("  backbone %.1f GFLOP/s of %.1f in a product of %s: %.0f %%; of the whole run %.0f %%\n",
                backbone / 1e9, rate / 1e9, product.shape().c_str(), 100 * backbone / rate,
                100 * whole / rate);
}

Result<> measure(const Arguments& arguments) {
    const auto library = TRY(linear_algebra_library());
    const auto device = TRY(open_device(arguments.device));
    std::printf("device %s %s, instructions %s, threads %d, blas %s\n", device.device.str().c_str(),
                device.name.c_str(), instruction_set().c_str(), at::get_num_threads(), library.c_str());
    const auto begin = Clock::now();
    auto engine = TRY(Engine::open(
        arguments.folder, {.precision = arguments.precision, .device = arguments.device, .mesh = false}));
    std::printf("ready after %.2f s, in %s%s\n", std::chrono::duration<double>(Clock::now() - begin).count(),
                std::string(name_of(engine->precision())).c_str(),
                engine->synthetic() ? " (synthetic weights)" : "");
    const auto checkpoint = TRY(TensorFile::open(arguments.folder / "model.ckpt", PickleKind::checkpoint));
    const auto lengths = TRY(model_lengths(checkpoint, arguments.folder / "config.json"));
    const auto operations = backbone_operations(lengths, upstream_profile);
    const MatrixProduct product(arguments.precision == Precision::float32 ? at::kFloat : at::kBFloat16,
                                device.device);
    if (std::ranges::max(arguments.batches) > engine->largest_batch())
        return fail(
            Code::invalid_argument,
            "memory allows batches of " + std::to_string(engine->largest_batch()) + " crops at most here");
    for (const auto count : arguments.batches)
        measure_batch(*engine, product, operations, noise_batch(count, upstream_profile, device.device),
                      arguments.rounds);
    std::printf("peak memory of the process %.2f GB\n", peak_memory_gigabytes());
    if (!device.device.is_cpu())
        std::printf(
            "memory of the card %.2f GB\n",
            static_cast<double>(device.free_memory - TRY(open_device(arguments.device)).free_memory) / 1e9);
    if (arguments.precision == Precision::float32)
        return {};
    const auto batch = noise_batch(arguments.batches.front(), upstream_profile, device.device);
    const auto rounded = outputs_of(*engine, batch);
    engine.reset();  // there may be no room for both
    return compare_with_float32(arguments, batch, rounded);
}

/// Empty where a number is none, or not positive.
std::vector<std::int64_t> numbers_in(const std::string& list) {
    std::vector<std::int64_t> numbers;
    std::istringstream stream(list);
    for (std::string number; std::getline(stream, number, ',');)
        numbers.push_back(std::atoll(number.c_str()));
    if (std::ranges::any_of(numbers, [](auto number) { return number < 1; }))
        numbers.clear();
    return numbers;
}

}  // namespace
}  // namespace posed::estimation::sam3dbody

int main(int count, char** texts) {
    using namespace posed::estimation::sam3dbody;
    Arguments arguments;
    const std::string_view precision = count > 3 ? texts[3] : "float32";
    if (count > 2)
        arguments.batches = numbers_in(texts[2]);
    if (count > 4)
        arguments.rounds = std::atoi(texts[4]);
    if (count > 5)
        arguments.device = texts[5];
    if (count < 2 || count > 6 || arguments.batches.empty() || arguments.rounds < 1 ||
        (precision != "float32" && precision != "bfloat16")) {
        std::fputs("usage: sam3dbody-bench DIR [BATCH,BATCH... [float32|bfloat16 [ROUNDS [cpu|cuda]]]]\n",
                   stderr);
        return 2;
    }
    arguments.folder = texts[1];
    arguments.precision = precision == "bfloat16" ? Precision::bfloat16 : Precision::float32;
    const auto measured = measure(arguments);
    if (!measured)
        std::fprintf(stderr, "sam3dbody-bench: %s\n", measured.error().message.c_str());
    return measured ? 0 : 1;
}
