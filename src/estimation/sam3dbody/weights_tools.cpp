#include "estimation/weights_tools.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include "base/byte_source.h"
#include "base/digest.h"
#include "estimation/sam3dbody/archive_run.h"
#include "estimation/sam3dbody/engine.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr const char* checkpoint_name = "model.ckpt";
constexpr const char* archive_name = "assets/mhr_model.pt";

Result<WeightsFile> describe(const std::filesystem::path& folder, const char* name, PickleKind kind) {
    const auto tensors = TRY(TensorFile::open(folder / name, kind));
    const auto bytes = TRY(open_file(folder / name));
    auto digest = TRY(sha256_of(*bytes));
    return WeightsFile{.name = name,
                       .size = bytes->size(),
                       .sha256 = std::move(digest),
                       .tensors = tensors.tensors().size()};
}

class Tools final : public WeightsTools {
  public:
    Result<WeightsReport> check(const std::filesystem::path& folder) override {
        const auto engine = TRY(Engine::open(folder, {.mesh = false}));
        WeightsReport report{.files = {}, .synthetic = engine->synthetic()};
        report.files.push_back(TRY(describe(folder, checkpoint_name, PickleKind::checkpoint)));
        report.files.push_back(TRY(describe(folder, archive_name, PickleKind::torchscript)));
        return report;
    }

    std::string library() const override { return "libtorch " TORCH_VERSION; }

    /// What libtorch looks up on its first use (processors, its own tables) lies in files.
    void prepare() override {
        at::set_num_threads(1);
        const c10::InferenceMode inference;
        const auto warm = at::matmul(at::ones({8, 8}), at::ones({8, 8}));
        static_cast<void>(warm.sum().item<float>());
    }

    Result<std::vector<float>> run_archive(const Descriptor& archive) override {
        const auto body = TRY(run_body_archive(archive, archive_inputs()));
        std::vector<float> numbers{static_cast<float>(body.vertices.size(1)),
                                   static_cast<float>(body.joints.size(1))};
        for (const auto& tensor : {body.vertices, body.joints}) {
            const auto flat = tensor.to(at::kFloat).contiguous();
            numbers.insert(numbers.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
        }
        return numbers;
    }

    Result<BodyComparison> compare(const std::filesystem::path& folder,
                                   const std::vector<float>& results) override {
        const c10::InferenceMode inference;
        const auto file = TRY(TensorFile::open(folder / archive_name, PickleKind::torchscript));
        const auto body = TRY(BodyModel::load(file, at::kCPU));
        const auto inputs = archive_inputs();
        const auto ours = body(inputs.identity, inputs.parameters, inputs.face, nullptr);
        const auto vertices = ours.vertices.numel(), joints = ours.joints.numel();
        if (results.size() != static_cast<std::size_t>(2 + vertices + joints) ||
            results[0] != static_cast<float>(body.vertex_count()) ||
            results[1] != static_cast<float>(body.joint_count()))
            return fail(Code::corrupt_model, std::string(archive_name) + ": its own code gives " +
                                                 std::to_string(results.size()) + " numbers, not those of " +
                                                 std::to_string(body.vertex_count()) + " vertices and " +
                                                 std::to_string(body.joint_count()) + " joints");
        const auto theirs = at::tensor(at::ArrayRef<float>(results));
        const auto difference = [&](const at::Tensor& mine, std::int64_t first) {
            const auto apart = mine.flatten() - theirs.narrow(0, first, mine.numel());
            const auto largest = apart.abs().max().item<double>();
            return std::isnan(largest) ? std::numeric_limits<double>::infinity() : largest / 100;
        };
        // 1e-5 m for poses as people take them; these inputs bend every joint at once.
        return BodyComparison{.vertices = difference(ours.vertices, 2),
                              .joints = difference(ours.joints, 2 + vertices),
                              .limit = 2e-5};
    }
};

}  // namespace
}  // namespace posed::estimation::sam3dbody

extern "C" [[gnu::visibility("default")]] posed::estimation::WeightsTools* posed_weights_tools() {
    static posed::estimation::sam3dbody::Tools tools;
    return &tools;
}
