#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/byte_source.h"
#include "base/config.h"
#include "base/json_text.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/interruption.h"
#include "commands/options.h"
#include "commands/people_options.h"
#include "commands/terminal.h"
#include "commands/window_options.h"
#include "estimation/load_estimator.h"
#include "pipeline/estimate_video.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

struct EstimateArguments : WindowOptions, PeopleOptions {
    std::string input;
    std::string output;
    std::string estimator = "blazepose-full";
    std::optional<std::string> camera;
    std::optional<double> field_of_view;
    bool smoothing = true;
    bool tiles = true;
    std::optional<std::string> profile;
    std::optional<std::string> precision;
    bool strict = false;
    bool statistics = false;
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

std::filesystem::path output_of(const EstimateArguments& arguments) {
    if (!arguments.output.empty())
        return arguments.output;
    return std::filesystem::path(arguments.input).filename().replace_extension(".safetensors");
}

Result<pipeline::EstimateOptions> options_of(const EstimateArguments& arguments) {
    pipeline::EstimateOptions options;
    options.selection.start = TRY(parse_seconds("--start", arguments.start));
    if (arguments.duration)
        options.selection.duration = TRY(parse_seconds("--duration", *arguments.duration));
    if (arguments.rate)
        options.selection.rate = TRY(parse_rate(*arguments.rate));
    if (arguments.width)
        options.frame_box = Size{*arguments.width, *arguments.height};
    if (arguments.camera)
        options.camera = TRY(parse_camera(*arguments.camera));
    options.field_of_view = arguments.field_of_view;
    options.smoothing = arguments.smoothing;
    options.search = arguments.tiles ? PersonSearch::tiles : PersonSearch::whole_frame;
    options.people = arguments.people;
    options.mesh = arguments.mesh;
    options.strict = arguments.strict;
    options.decoder_threads = arguments.threads;
    return options;
}

/// The settings of this process, with what the command line says of the model.
Result<Config> config_for(const EstimateArguments& arguments) {
    auto config = read_config(surroundings_of_this_process());
    const bool chosen = arguments.profile || arguments.precision;
    if (chosen && arguments.estimator != "sam-3d-body")
        return fail(Code::invalid_argument,
                    arguments.estimator +
                        " has one profile and one precision; --profile and --precision are "
                        "for sam-3d-body",
                    "leave them out, or choose --estimator sam-3d-body");
    if (arguments.mesh && !estimation::gives_mesh(arguments.estimator))
        return fail(Code::invalid_argument, arguments.estimator + " gives no mesh",
                    "leave out --mesh, or choose --estimator sam-3d-body");
    config.sam3dbody_profile = arguments.profile.value_or(config.sam3dbody_profile);
    config.sam3dbody_precision = arguments.precision.value_or(config.sam3dbody_precision);
    return config;
}

void say_lost(const LostFrames& lost) {
    if (lost.count > 0)
        std::cerr << fmt::format("posed: warning: {} frames are lost ({})\n", lost.count, lost.first_reason);
}

json::object statistics_of(const pipeline::EstimateTimings& timings) {
    return {{"wall_s", timings.wall.count()},       {"hash_s", timings.hash.count()},
            {"decode_s", timings.decode.count()},   {"wait_for_decoder_s", timings.wait.count()},
            {"prepare_s", timings.prepare.count()}, {"infer_s", timings.infer.count()},
            {"finish_s", timings.finish.count()},   {"write_s", timings.write.count()}};
}

Result<> estimate(const EstimateArguments& arguments) {
    const auto options = TRY(options_of(arguments));
    const auto config = TRY(config_for(arguments));
    const auto target = output_of(arguments);
    const Interruption interruption;
    const auto log =
        log_to_standard_error(Log::Level::warning, watched_by_a_person() ? LogFormat::text : LogFormat::json);
    const auto video = TRY(open_file(arguments.input));
    const auto estimator = TRY(
        estimation::load_estimator(arguments.estimator, config,
                                   {.of_a_video = arguments.threads, .of_a_batch = arguments.threads}, *log));

    ProgressDisplay display("estimating");
    const auto report = TRY(pipeline::estimate_video(*video, media::in_process(), *estimator, options, target,
                                                     {.stop = interruption.token(),
                                                      .report =
                                                          [&](const auto& progress) {
                                                              display.show(progress);
                                                              return Result<>();
                                                          },
                                                      .log = *log}));

    const auto& counts = report.counts;
    display.finish(fmt::format("{} frames, {} with a pose, {:.1f} s ({:.1f} frames/s)", counts.frames,
                               counts.person_frames, report.timings.wall.count(),
                               static_cast<double>(counts.frames) / report.timings.wall.count()),
                   {{"frames", counts.frames},
                    {"person_frames", counts.person_frames},
                    {"lost_frames", counts.lost.count},
                    {"seconds", report.timings.wall.count()}});
    say_lost(counts.lost);
    if (arguments.statistics)
        std::cerr << json_line(statistics_of(report.timings)) << '\n';
    std::cout << target.string() << '\n';
    return {};
}

void add_model_options(CLI::App& command, EstimateArguments& arguments) {
    add_people_options(command, arguments, "Store the body's surface as well");
    command
        .add_option("--profile", arguments.profile,
                    "sam-3d-body: upstream, as it was trained (default), or reference, as a known "
                    "reimplementation feeds it")
        ->check(CLI::IsMember({"upstream", "reference"}));
    command
        .add_option("--precision", arguments.precision,
                    "sam-3d-body: float32 (default), or bfloat16, faster where the processor has it")
        ->check(CLI::IsMember({"float32", "bfloat16"}));
}

}  // namespace

void add_estimate(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<EstimateArguments>();
    auto* command = program.add_subcommand("estimate", "Estimate the 3D pose in every frame of a video");
    command->group("One clip");
    command->add_option("video", arguments->input, "The clip: mp4, mov, webm or mkv")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("-o,--output", arguments->output,
                     "The archive to write (default: NAME.safetensors here)")
        ->type_name("FILE");
    const auto names = estimation::estimator_names();
    command->add_option("--estimator", arguments->estimator, "Which network: faster, or more exact")
        ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
        ->capture_default_str();
    add_window_options(*command, *arguments, "every frame");
    auto* camera = command->add_option("--camera", arguments->camera,
                                       "Camera as fx,fy,cx,cy in pixels (default: guessed)");
    command
        ->add_option("--fov", arguments->field_of_view,
                     "Camera by its field of view along the larger side, degrees")
        ->check(CLI::Range(1.0, 179.0))
        ->excludes(camera);
    const auto on_off = one_of<bool>({{"on", true}, {"off", false}});
    command->add_option("--smoothing", arguments->smoothing, "Smooth over time: on or off (default on)")
        ->transform(on_off)
        ->type_name(on_off.get_name());
    command
        ->add_option(
            "--tiles", arguments->tiles,
            "Search small people in parts of the picture when nobody is found: on or off (default on)")
        ->transform(on_off)
        ->type_name(on_off.get_name());
    add_model_options(*command, *arguments);
    command->add_option("--threads", arguments->threads, "Processor threads")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_flag("--strict", arguments->strict, "Fail when a frame of the video is lost");
    command->add_flag("--stats", arguments->statistics, "Print the seconds spent in each step");
    command->callback([arguments, &action] { action.run = [arguments] { return estimate(*arguments); }; });
}

}  // namespace posed::commands
