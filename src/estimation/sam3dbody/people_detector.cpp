#include "estimation/sam3dbody/people_detector.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "base/digest.h"
#include "estimation/sam3dbody/archive_run.h"
#include "estimation/sam3dbody/box_tracks.h"
#include "estimation/sampling.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr int input_side = 640;
constexpr float border_colour = 114.0F / 255;
constexpr float least_confidence = 0.25F;
constexpr float person_class = 0;
constexpr std::size_t row_length = 6;  ///< left, top, right, bottom, confidence, class

constexpr const char* what_is_needed =
    "let POSED_DETECTOR name a detector that is exported as TorchScript, end to end, for pictures of 640 x "
    "640; "
    "without it blazepose finds the people";

/// A frame in the middle of the detector's square, as large as it fits, its sizes rounded to pixels.
struct Letterbox {
    explicit Letterbox(Size of_frame) : frame(of_frame) {
        const double ratio = std::min(static_cast<double>(input_side) / frame.width,
                                      static_cast<double>(input_side) / frame.height);
        shown = {std::max(1, static_cast<int>(std::lround(frame.width * ratio))),
                 std::max(1, static_cast<int>(std::lround(frame.height * ratio)))};
        left = (input_side - shown.width) / 2;  // the odd pixel goes to the right and below
        top = (input_side - shown.height) / 2;
    }

    [[nodiscard]] Affine frame_from_input() const {
        const double x = static_cast<double>(frame.width) / shown.width,
                     y = static_cast<double>(frame.height) / shown.height;
        return {.xx = x, .xy = 0, .x0 = -left * x, .yx = 0, .yy = y, .y0 = -top * y};
    }

    /// R G B interleaved.
    [[nodiscard]] Tensor pixels_of(FrameSource& source) const {
        constexpr std::size_t line = std::size_t{3} * input_side;
        Tensor pixels(line * input_side, border_colour);
        source.aim(frame_from_input(), input_side);
        Tensor row(line);
        for (int j = top; j < top + shown.height; ++j) {
            source.sample_row(j, row);
            const auto first = row.begin() + std::ptrdiff_t{3} * left;
            std::copy(first, first + std::ptrdiff_t{3} * shown.width,
                      pixels.begin() + static_cast<std::ptrdiff_t>(line) * j + std::ptrdiff_t{3} * left);
        }
        return pixels;
    }

    /// Cut at the frame's edges.
    [[nodiscard]] std::array<float, 4> in_frame(std::span<const float, 4> box) const {
        const auto map = frame_from_input();
        const auto x = [&](float place) {
            return static_cast<float>(
                std::clamp(map.xx * static_cast<double>(place) + map.x0, 0.0, 1.0 * frame.width));
        };
        const auto y = [&](float place) {
            return static_cast<float>(
                std::clamp(map.yy * static_cast<double>(place) + map.y0, 0.0, 1.0 * frame.height));
        };
        return {x(box[0]), y(box[1]), x(box[2]), y(box[3])};
    }

    Size frame, shown;
    int left = 0, top = 0;
};

std::vector<PersonFrame> people_in(std::span<const float> rows, const Letterbox& letterbox) {
    std::vector<PersonFrame> people;
    for (; rows.size() >= row_length; rows = rows.subspan(row_length)) {
        const float confidence = rows[4], kind = rows[5];
        if (kind != person_class || confidence < least_confidence)
            continue;
        const auto box = letterbox.in_frame(rows.first<4>());
        if (box[0] < box[2] && box[1] < box[3])
            people.push_back({.bbox_xyxy = box, .bbox_confidence = confidence});
    }
    return people;
}

class DetectorSession final : public Session {
  public:
    explicit DetectorSession(Size displayed) : letterbox_(displayed) {}

    Result<std::vector<Crop>> prepare(const FrameView& frame, std::chrono::microseconds time) override {
        source_.show(frame);
        time_ = time;
        std::vector<Crop> crops;
        crops.push_back({.pixels = letterbox_.pixels_of(source_)});
        return crops;
    }

    Result<std::vector<PersonFrame>> finish(std::vector<Inference> inferences) override {
        if (inferences.size() != 1)
            return fail(Code::internal, std::to_string(inferences.size()) + " inferences for one picture");
        return tracks_.follow(people_in(inferences.front().outputs.at(0), letterbox_), time_);
    }

  private:
    Letterbox letterbox_;
    FrameSource source_;
    BoxTracks tracks_;
    std::chrono::microseconds time_{0};
};

std::string shape_of(const at::Tensor& tensor) {
    std::string text = "(";
    for (const auto length : tensor.sizes())
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    return text + ")";
}

class PeopleDetector final : public Estimator {
  public:
    PeopleDetector(const torch::jit::Module& module, std::string file, EstimatorDescription description)
        : module_(module), file_(std::move(file)), description_(std::move(description)) {}

    const EstimatorDescription& description() const noexcept override { return description_; }

    Result<std::unique_ptr<Session>> open_session(const SessionOptions& options) override {
        return std::unique_ptr<Session>(std::make_unique<DetectorSession>(options.displayed));
    }

    Result<std::vector<Inference>> run(std::span<const Crop> crops, const MayUseAllThreads&) override {
        std::vector<Inference> inferences;
        for (const auto& crop : crops)
            inferences.push_back({.outputs = {TRY(rows_for(crop.pixels))}});
        return inferences;
    }

  private:
    Error wrong(const std::string& what) const {
        return fail(Code::corrupt_model, file_ + " " + what, what_is_needed);
    }

    Result<Tensor> rows_for(const Tensor& pixels) {
        const c10::InferenceMode inference;
        // Optimised it would be compiled anew after its first pictures, and give other bits from then on.
        const torch::jit::GraphOptimizerEnabledGuard as_written(false);
        const auto picture = at::tensor(at::ArrayRef<float>(pixels))
                                 .view({1, input_side, input_side, 3})
                                 .permute({0, 3, 1, 2})
                                 .contiguous();
        c10::IValue output;
        try {
            output = module_.forward({picture});
        } catch (const std::exception& error) {
            return wrong("does not run on a picture of 640 x 640: " + reason_in(error));
        }
        if (!output.isTensor())
            return wrong("gives a " + output.tagKind() + ", not a tensor (1, n, 6)");
        return checked(output.toTensor());
    }

    /// What is no row of an end-to-end detector is not taken for nobody.
    Result<Tensor> checked(const at::Tensor& output) const {
        if (output.dim() != 3 || output.size(0) != 1 ||
            output.size(2) != static_cast<std::int64_t>(row_length))
            return wrong("gives a tensor " + shape_of(output) +
                         ", not (1, n, 6): left, top, right, bottom, confidence, class");
        const auto flat = output.to(at::kFloat).contiguous();
        const Tensor rows(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
        if (!std::ranges::all_of(rows, [](float number) { return std::isfinite(number); }))
            return wrong("gives numbers that are not finite");
        for (std::size_t i = 0; i < rows.size(); i += row_length) {
            const float confidence = rows[i + 4], kind = rows[i + 5];
            if (confidence < 0 || confidence > 1 || kind < 0 || kind != std::floor(kind))
                return wrong("gives a row with confidence " + std::to_string(confidence) + " and class " +
                             std::to_string(kind) + ": it is no end-to-end detector");
        }
        return rows;
    }

    torch::jit::Module module_;
    std::string file_;
    EstimatorDescription description_;
};

}  // namespace

Result<std::shared_ptr<Estimator>> open_people_detector(const std::filesystem::path& file) {
    const auto bytes = open_file(file);
    if (bytes.has_error())
        return fail(Code::model_missing, "the detector " + bytes.error().message, what_is_needed);
    EstimatorDescription description;
    description.name = "detector";
    description.weights.push_back({.name = "detector", .sha256 = TRY(sha256_of(**bytes))});
    torch::jit::Module module;
    try {
        module = torch::jit::load(file.string(), at::Device(at::kCPU));
        module.eval();
    } catch (const std::exception& error) {
        return fail(Code::corrupt_model,
                    "the detector " + file.string() +
                        " is no TorchScript archive that this libtorch loads: " + reason_in(error),
                    what_is_needed);
    }
    auto detector = std::make_shared<PeopleDetector>(std::move(module), "the detector " + file.string(),
                                                     std::move(description));
    // What is wrong with it shows now, not in the middle of somebody's task.
    const Crop grey{.pixels = Tensor(std::size_t{3} * input_side * input_side, border_colour)};
    TRY(detector->run({&grey, 1}, all_threads));
    return std::shared_ptr<Estimator>(std::move(detector));
}

}  // namespace posed::estimation::sam3dbody
