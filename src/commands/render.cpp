#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/byte_source.h"
#include "base/json_text.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/drawing_options.h"
#include "commands/interruption.h"
#include "commands/terminal.h"
#include "pipeline/render_video.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

struct RenderArguments {
    std::string input;
    std::string archive;
    std::string output;
    pipeline::RenderOptions options;
    bool statistics = false;
};

/// Beside nothing that exists already: NAME.posed.mp4 for a clip NAME.mp4.
std::filesystem::path output_of(const RenderArguments& arguments) {
    if (!arguments.output.empty())
        return arguments.output;
    return std::filesystem::path(arguments.input).stem().string() + ".posed.mp4";
}

Result<> refuse_to_overwrite_inputs(const RenderArguments& arguments, const std::filesystem::path& target) {
    for (const auto& input : {arguments.input, arguments.archive}) {
        std::error_code ignored;
        if (std::filesystem::equivalent(input, target, ignored))
            return fail(Code::invalid_argument,
                        fmt::format("the output {} is also an input", target.string()),
                        "name another file with --output");
    }
    return {};
}

json::object statistics_of(const pipeline::RenderTimings& timings) {
    return {{"wall_s", timings.wall.count()},     {"hash_s", timings.hash.count()},
            {"decode_s", timings.decode.count()}, {"scale_and_draw_s", timings.draw.count()},
            {"wait_s", timings.wait.count()},     {"encode_s", timings.encode.count()}};
}

Result<> render(const RenderArguments& arguments) {
    const auto target = output_of(arguments);
    const Interruption interruption;
    const auto log =
        log_to_standard_error(Log::Level::warning, watched_by_a_person() ? LogFormat::text : LogFormat::json);
    const auto video = TRY(open_file(arguments.input));
    const auto archive = TRY(open_file(arguments.archive));
    TRY(refuse_to_overwrite_inputs(arguments, target));

    ProgressDisplay display("rendering");
    const auto report =
        TRY(pipeline::render_video(*video, media::in_process(), *archive, arguments.options, target,
                                   {.stop = interruption.token(),
                                    .report =
                                        [&](const auto& progress) {
                                            display.show(progress);
                                            return Result<>();
                                        },
                                    .log = *log}));

    display.finish(fmt::format("{} frames, {}x{}, {:.1f} s ({:.1f} frames/s)", report.frames,
                               report.size.width, report.size.height, report.timings.wall.count(),
                               static_cast<double>(report.frames) / report.timings.wall.count()),
                   {{"frames", report.frames},
                    {"width", report.size.width},
                    {"height", report.size.height},
                    {"seconds", report.timings.wall.count()}});
    if (arguments.statistics)
        std::cerr << json_line(statistics_of(report.timings)) << '\n';
    std::cout << target.string() << '\n';
    return {};
}

}  // namespace

void add_render(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<RenderArguments>();
    auto& options = arguments->options;
    options.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    auto* command = program.add_subcommand("render", "Draw an archive's poses into its video");
    command->group("One clip");
    command->add_option("video", arguments->input, "The clip that was estimated")
        ->type_name("FILE")
        ->required();
    command->add_option("archive", arguments->archive, "Its archive, as written by `posed estimate`")
        ->type_name("FILE")
        ->required();
    command->add_option("-o,--output", arguments->output, "The MP4 to write (default: NAME.posed.mp4 here)")
        ->type_name("FILE");
    add_drawing_options(*command, options);
    command->add_flag("--mesh,!--no-mesh", options.overlay.mesh,
                      "Draw the body's surface, where the archive holds it (default off)");
    command->add_option("--threads", options.threads, "Processor threads")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_flag("--stats", arguments->statistics, "Print the seconds spent in each step");
    command->callback([arguments, &action] { action.run = [arguments] { return render(*arguments); }; });
}

}  // namespace posed::commands
