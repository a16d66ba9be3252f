#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include "estimation/sam3dbody/algebra_library.h"
#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/model_lengths.h"

/// sam3dbody-bench DIR [BATCH [float32|bfloat16 [ROUNDS]]]: how fast the model in a folder runs here, and
/// what part of the processor's own matrix rate its backbone reaches. Both are measured in turn, so that a
/// busy machine slows both. With bfloat16 also how far its outputs lie from those of float32.
namespace posed::estimation::sam3dbody {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
    std::filesystem::path folder;
    std::int64_t batch = 1;
    Precision precision = Precision::float32;
    int rounds = 3;
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

/// The shape of a backbone's widest product, which is also what the aim is worded in.
struct MatrixProduct {
    at::Tensor x, weight;

    explicit MatrixProduct(at::ScalarType type)
        : x(at::randn({768, 1280}).to(type)), weight(at::randn({5120, 1280}).to(type)) {}
    [[nodiscard]] double operations_per_second() const {
        at::Tensor result;
        return 2.0 * 768 * 1280 * 5120 / seconds_of([&] { result = at::linear(x, weight); });
    }
};

/// Crops of noise of people in the middle of a 1920x1080 frame.
Batch noise_batch(std::int64_t count, const Profile& profile) {
    const auto repeated = [&](const at::Tensor& x) { return x.repeat({count, 1, 1}); };
    const float scale = 512.0F / 900;
    return {
        at::rand({count, 3, profile.crop_height, seen_columns}),
        at::tensor({960.0F, 540.0F}).repeat({count, 1}), at::full({count}, 900.0),
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
    Outputs outputs{engine.run_backbone(batch.pixels, nullptr), {}};
    const Observer keep = [&](const std::string& name, const at::Tensor& value) {
        if (name.ends_with("/head_proj"))
            outputs.pose = value;
    };
    static_cast<void>(engine.run(batch, &keep));
    return outputs;
}

Result<> compare_with_float32(const std::filesystem::path& folder, const Batch& batch,
                              const Outputs& rounded) {
    const auto engine = TRY(Engine::open(folder, {.mesh = false}));
    const auto exact = outputs_of(*engine, batch);
    const auto apart = [](const at::Tensor& x, const at::Tensor& y) {
        return 100 * ((x - y).norm() / y.norm()).item<double>();
    };
    std::printf("from float32, relative L2: backbone %.2f %%, the %lld numbers of the pose head %.2f %%\n",
                apart(rounded.backbone, exact.backbone), static_cast<long long>(exact.pose.size(-1)),
                apart(rounded.pose, exact.pose));
    return {};
}

Result<> measure(const Arguments& arguments) {
    const auto library = TRY(linear_algebra_library());
    std::printf("instructions %s, threads %d, blas %s\n", instruction_set().c_str(), at::get_num_threads(),
                library.c_str());
    std::unique_ptr<Engine> engine;
    const auto begin = Clock::now();
    engine = TRY(Engine::open(arguments.folder, {.precision = arguments.precision, .mesh = false}));
    std::printf("ready after %.2f s%s\n", std::chrono::duration<double>(Clock::now() - begin).count(),
                engine->synthetic() ? " (synthetic weights)" : "");
    const auto checkpoint = TRY(TensorFile::open(arguments.folder / "model.ckpt", PickleKind::checkpoint));
    const auto lengths = TRY(model_lengths(checkpoint, arguments.folder / "config.json"));
    const auto operations = backbone_operations(lengths, upstream_profile);
    const MatrixProduct product(arguments.precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat);
    const auto batch = noise_batch(arguments.batch, upstream_profile);
    (void)engine->run(batch, nullptr);
    std::vector<double> rates, backbones, wholes;
    for (int i = 0; i < arguments.rounds; ++i) {
        std::vector<double> burst;
        for (int k = 0; k < 5; ++k)
            burst.push_back(product.operations_per_second());
        rates.push_back(median(burst));
        backbones.push_back(seconds_of([&] { (void)engine->run_backbone(batch.pixels, nullptr); }));
        wholes.push_back(seconds_of([&] { (void)engine->run(batch, nullptr); }));
    }
    const auto crops = static_cast<double>(arguments.batch);
    const double rate = median(rates), backbone = crops * operations / median(backbones);
    std::printf("batch %lld: %.3f crops/s, %.3f s a crop\n", static_cast<long long>(arguments.batch),
                crops / median(wholes), median(wholes) / crops);
    std::printf("backbone %.1f GFLOP/s of %.1f in a product of 768x1280x5120: %.0f %%\n", backbone / 1e9,
                rate / 1e9, 100 * backbone / rate);
    std::printf("peak memory %.2f GB\n", peak_memory_gigabytes());
    if (arguments.precision == Precision::float32)
        return {};
    const auto rounded = outputs_of(*engine, batch);
    engine.reset();  // there may be no room for both
    return compare_with_float32(arguments.folder, batch, rounded);
}

}  // namespace
}  // namespace posed::estimation::sam3dbody

int main(int count, char** texts) {
    using namespace posed::estimation::sam3dbody;
    Arguments arguments;
    const std::string_view precision = count > 3 ? texts[3] : "float32";
    if (count > 2)
        arguments.batch = std::atoll(texts[2]);
    if (count > 4)
        arguments.rounds = std::atoi(texts[4]);
    if (count < 2 || arguments.batch < 1 || arguments.rounds < 1 ||
        (precision != "float32" && precision != "bfloat16")) {
        std::fputs("usage: sam3dbody-bench DIR [BATCH [float32|bfloat16 [ROUNDS]]]\n", stderr);
        return 2;
    }
    arguments.folder = texts[1];
    arguments.precision = precision == "bfloat16" ? Precision::bfloat16 : Precision::float32;
    const auto measured = measure(arguments);
    if (!measured)
        std::fprintf(stderr, "sam3dbody-bench: %s\n", measured.error().message.c_str());
    return measured ? 0 : 1;
}
