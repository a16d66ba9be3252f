#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/recipe.h"
#include "domain/video.h"
#include "rendering/draw_people.h"

/// The two kinds of task of this service, and what their rows say beside the subjects and pins.
namespace posed::pipeline {

inline constexpr std::string_view estimate_kind = "estimate";
inline constexpr std::string_view visualize_kind = "visualize";
inline constexpr std::string_view inference_queue = "inference";
inline constexpr std::string_view rendering_queue = "default";

/// Raised when the meaning of a kind's parameters changes, so that an older worker leaves newer tasks alone.
inline constexpr int estimation_version = 2;
inline constexpr int visualization_version = 3;

/// The stage of a run whose progress counts bytes; that of the others counts frames.
inline constexpr std::string_view storing_stage = "storing";

inline constexpr std::string_view estimation_result = "estimation";
inline constexpr std::string_view visualization_result = "visualization";

struct EstimationParameters {
    Selection selection;  ///< with a rate and a duration
    Size frame_box;       ///< as requested; the frames are fitted into it
    People people = People::one;
    bool mesh = false;
    std::optional<std::string> description = {};
};

struct VisualizationParameters {
    rendering::Overlay overlay;
    int crf = 20;
    std::string preset;
    std::optional<std::string> description = {};
};

[[nodiscard]] std::string to_text(const EstimationParameters& parameters);
[[nodiscard]] std::string to_text(const VisualizationParameters& parameters);

/// Errors: internal, because only this program writes them.
[[nodiscard]] Result<EstimationParameters> estimation_parameters_in(std::string_view text);
[[nodiscard]] Result<VisualizationParameters> visualization_parameters_in(std::string_view text);

}  // namespace posed::pipeline
