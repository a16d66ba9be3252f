#include "pipeline/task_parameters.h"

#include <boost/describe.hpp>
#include <boost/json.hpp>

namespace posed::pipeline {
namespace {

namespace json = boost::json;

// As they stand in the row. Names and types are what the versions count.

struct EstimationText {
    std::int64_t start_us = 0;
    std::int64_t duration_us = 0;
    std::int64_t rate_numerator = 0;
    std::int64_t rate_denominator = 0;
    int width = 0;
    int height = 0;
    bool everybody = false;
    bool mesh = false;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(EstimationText, (),
                      (start_us, duration_us, rate_numerator, rate_denominator, width, height, everybody,
                       mesh, description))

struct VisualizationText {
    bool bbox = false;
    bool bbox_confidence = false;
    bool keypoints = false;
    bool skeleton = false;
    bool mesh = false;
    int crf = 0;
    std::string preset;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(VisualizationText, (),
                      (bbox, bbox_confidence, keypoints, skeleton, mesh, crf, preset, description))

template <class Text>
Result<Text> parsed(std::string_view text) {
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    auto parameters = json::try_value_to<Text>(value);
    if (error || !parameters)
        return fail(Code::internal, "the task's parameters cannot be read: " + std::string(text));
    return *std::move(parameters);
}

}  // namespace

std::string to_text(const EstimationParameters& parameters) {
    const auto& [start, duration, rate] = parameters.selection;
    return json::serialize(json::value_from(EstimationText{.start_us = start.count(),
                                                           .duration_us = duration.value().count(),
                                                           .rate_numerator = rate.value().numerator,
                                                           .rate_denominator = rate.value().denominator,
                                                           .width = parameters.frame_box.width,
                                                           .height = parameters.frame_box.height,
                                                           .everybody = parameters.people == People::all,
                                                           .mesh = parameters.mesh,
                                                           .description = parameters.description}));
}

std::string to_text(const VisualizationParameters& parameters) {
    const auto& overlay = parameters.overlay;
    return json::serialize(json::value_from(VisualizationText{.bbox = overlay.bbox,
                                                              .bbox_confidence = overlay.bbox_confidence,
                                                              .keypoints = overlay.keypoints,
                                                              .skeleton = overlay.skeleton,
                                                              .mesh = overlay.mesh,
                                                              .crf = parameters.crf,
                                                              .preset = parameters.preset,
                                                              .description = parameters.description}));
}

Result<EstimationParameters> estimation_parameters_in(std::string_view text) {
    auto parameters = TRY(parsed<EstimationText>(text));
    return EstimationParameters{
        .selection = {.start = Microseconds(parameters.start_us),
                      .duration = Microseconds(parameters.duration_us),
                      .rate = Rational{parameters.rate_numerator, parameters.rate_denominator}},
        .frame_box = {parameters.width, parameters.height},
        .people = parameters.everybody ? People::all : People::one,
        .mesh = parameters.mesh,
        .description = std::move(parameters.description)};
}

Result<VisualizationParameters> visualization_parameters_in(std::string_view text) {
    auto parameters = TRY(parsed<VisualizationText>(text));
    return VisualizationParameters{.overlay = {.bbox = parameters.bbox,
                                               .bbox_confidence = parameters.bbox_confidence,
                                               .keypoints = parameters.keypoints,
                                               .skeleton = parameters.skeleton,
                                               .mesh = parameters.mesh},
                                   .crf = parameters.crf,
                                   .preset = std::move(parameters.preset),
                                   .description = std::move(parameters.description)};
}

}  // namespace posed::pipeline
