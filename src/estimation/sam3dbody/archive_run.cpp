#include "estimation/sam3dbody/archive_run.h"

#include <array>
#include <cerrno>
#include <exception>
#include <sstream>
#include <string>

#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>

#include "estimation/sam3dbody/pose_parameters.h"

namespace posed::estimation::sam3dbody {
namespace {

/// Between -scale and scale, without a pattern; the same on every machine.
at::Tensor numbers(std::int64_t count, double scale, double seed) {
    const auto places = at::arange(2 * count, at::kDouble).view({2, count});
    return (at::sin(places * 12.9898 + seed) * scale).to(at::kFloat);
}

Result<std::string> content_of(const Descriptor& file) {
    std::string content;
    std::array<char, 1 << 16> piece{};
    while (true) {
        const auto count = ::read(file.number(), piece.data(), piece.size());
        if (count < 0)
            return system_error(errno, "the archive");
        if (count == 0)
            return content;
        content.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

std::string reason_in(const std::exception& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
}

ArchiveInputs archive_inputs() {
    return {.identity = numbers(45, 1, 0.1),
            .parameters = numbers(model_parameter_count, 0.2, 0.7),
            .face = numbers(72, 0.5, 1.3)};
}

Result<BodyState> run_body_archive(const Descriptor& archive, const ArchiveInputs& inputs) {
    std::istringstream stream(TRY(content_of(archive)));
    try {
        const c10::InferenceMode inference;
        auto module = torch::jit::load(stream, at::Device(at::kCPU));
        module.eval();
        const auto outputs =
            module.forward({inputs.identity, inputs.parameters, inputs.face, true}).toTuple()->elements();
        if (outputs.size() != 2)
            return fail(Code::corrupt_model,
                        "the archive gives " + std::to_string(outputs.size()) + " values, not two");
        return BodyState{outputs[0].toTensor(), outputs[1].toTensor()};
    } catch (const std::exception& error) {
        return fail(Code::corrupt_model, reason_in(error));
    }
}

}  // namespace posed::estimation::sam3dbody
