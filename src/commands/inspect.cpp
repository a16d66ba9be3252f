#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/byte_source.h"
#include "commands/command.h"
#include "commands/options.h"
#include "results/archive.h"
#include "results/export.h"

namespace posed::commands {
namespace {

struct InspectArguments {
    std::string archive;
    std::optional<std::string> frames;
    std::string format = "json";
};

Result<> inspect(const InspectArguments& arguments) {
    FrameSpan range;
    if (arguments.frames)
        range = TRY(parse_frame_range(*arguments.frames));
    const auto source = TRY(open_file(arguments.archive));
    const auto archive = TRY(results::open_archive(*source));
    if (!arguments.frames && arguments.format == "json")
        return results::write_summary(std::cout, *archive);
    const results::FrameRange chosen{.first = range.begin,
                                     .end = range.end.value_or(archive->counts().frames)};
    return results::write_poses(
        std::cout, *archive, chosen,
        arguments.format == "csv" ? results::PoseFormat::csv : results::PoseFormat::json);
}

}  // namespace

void add_inspect(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<InspectArguments>();
    auto* command = program.add_subcommand("inspect", "Say what an archive holds, or print its poses");
    command->group("One clip");
    command->add_option("archive", arguments->archive, "An archive written by `posed estimate`")->required();
    command->add_option(
        "--frames", arguments->frames,
        "Print the poses of the frames A to B-1 as A:B, or from A on as A: (default: a summary)");
    command
        ->add_option("--format", arguments->format,
                     "json, or csv: one line per key point, of all frames unless "
                     "--frames says which")
        ->check(CLI::IsMember({"json", "csv"}))
        ->capture_default_str();
    command->callback([arguments, &action] { action.run = [arguments] { return inspect(*arguments); }; });
}

}  // namespace posed::commands
