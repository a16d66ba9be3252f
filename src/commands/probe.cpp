#include "media/probe.h"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "base/byte_source.h"
#include "base/digest.h"
#include "base/json_text.h"
#include "base/log.h"
#include "commands/command.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

const char* name_of(ColourMatrix matrix) {
    switch (matrix) {
        case ColourMatrix::bt601:
            return "bt601";
        case ColourMatrix::bt709:
            return "bt709";
        case ColourMatrix::bt2020:
            return "bt2020";
    }
    return "";
}

const char* name_of(TransferFunction transfer) {
    switch (transfer) {
        case TransferFunction::sdr:
            return "sdr";
        case TransferFunction::pq:
            return "pq";
        case TransferFunction::hlg:
            return "hlg";
    }
    return "";
}

json::object size_json(Size size) {
    return {{"width", size.width}, {"height", size.height}};
}

json::value seconds_json(const std::optional<Microseconds>& time) {
    return time ? json::value(std::chrono::duration<double>(*time).count()) : json::value(nullptr);
}

json::value rate_json(Rational rate) {
    return rate.numerator > 0
               ? json::value(std::to_string(rate.numerator) + "/" + std::to_string(rate.denominator))
               : json::value(nullptr);
}

json::object colour_json(const VideoInfo& video) {
    return {{"matrix", name_of(video.colour.matrix)},
            {"range", video.colour.range == ColourRange::full ? "full" : "limited"},
            {"tagged", video.colour_tagged},
            {"transfer", name_of(video.transfer)},
            {"bit_depth", video.bit_depth},
            {"pixel_format", video.pixel_format}};
}

json::object to_json(const VideoInfo& video) {
    return {{"container", video.container},
            {"codec", video.codec},
            {"coded", size_json(video.coded)},
            {"displayed", size_json(video.displayed)},
            {"pixel_aspect", std::to_string(video.pixel_aspect.numerator) + ":" +
                                 std::to_string(video.pixel_aspect.denominator)},
            {"rotation", video.rotation},
            {"mirrored", video.mirrored},
            {"interlaced", video.interlaced},
            {"duration_seconds", seconds_json(video.duration)},
            {"frame_rate", rate_json(video.frame_rate)},
            {"frames_per_second",
             video.frame_rate.numerator > 0 ? json::value(video.frame_rate.value()) : json::value(nullptr)},
            {"frame_count", json::value_from(video.frame_count)},
            {"time_base", rate_json(video.time_base)},
            {"colour", colour_json(video)},
            {"audio_codec", json::value_from(video.audio_codec)}};
}

Result<> probe(const std::string& input) {
    const auto log = log_to_standard_error(Log::Level::error, LogFormat::text);
    const auto source = TRY(open_file(input));
    auto answer = to_json(TRY(media::probe(*source, {}, *log)));
    answer["bytes"] = source->size();
    answer["sha256"] = TRY(sha256_of(*source));
    std::cout << indented_json(answer);
    return {};
}

}  // namespace

void add_probe(CLI::App& program, Action& action) {
    auto input = std::make_shared<std::string>();
    auto* command = program.add_subcommand("probe", "Say what a video file is, as JSON");
    command->group("One clip");
    command->add_option("video", *input, "The file")->required();
    command->callback([input, &action] { action.run = [input] { return probe(*input); }; });
}

}  // namespace posed::commands
