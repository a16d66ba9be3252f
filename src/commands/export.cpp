#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/byte_source.h"
#include "base/config.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "estimation/load_estimator.h"
#include "results/archive.h"
#include "results/export_reference.h"

namespace posed::commands {
namespace {

struct ExportArguments {
    std::string archive;
    std::string output;
    std::string format = "reference";
    std::optional<int> width;
    int height = 0;
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

/// The estimator of the archive, with the very weights that made it: others would give another body.
Result<std::unique_ptr<estimation::Estimator>> estimator_of(const Recipe& recipe, int threads, Log& log) {
    auto config = read_config(surroundings_of_this_process());
    config.sam3dbody_profile = recipe.profile.value_or(config.sam3dbody_profile);
    config.sam3dbody_precision = recipe.precision;
    auto estimator = TRY(estimation::load_estimator(recipe.estimator, config,
                                                    {.of_a_video = threads, .of_a_batch = threads}, log));
    if (estimator->description().weights != recipe.weights)
        return fail(Code::invalid_argument,
                    "the archive was made with other weights than those that POSED_SAM3DBODY_DIR and "
                    "POSED_DETECTOR name",
                    "let them name the weights whose digests `posed inspect` shows");
    return estimator;
}

Result<> write(const std::string& path, results::PoseText& layout) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    while (true) {
        const auto piece = TRY(layout.next());
        if (piece.empty())
            break;
        file << piece;
    }
    file.close();
    if (!file)
        return fail(Code::input_output, path + " cannot be written", "look for room and permission there");
    return {};
}

/// Half of a file is of no use to anybody.
Result<> write_whole(const std::string& path, results::PoseText& layout) {
    auto written = write(path, layout);
    if (written.has_error()) {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
    return written;
}

Result<> export_archive(const ExportArguments& arguments) {
    const auto log =
        log_to_standard_error(Log::Level::warning, watched_by_a_person() ? LogFormat::text : LogFormat::json);
    const auto source = TRY(open_file(arguments.archive));
    const auto archive = TRY(results::open_archive(*source));
    const auto& recipe = archive->header().recipe;
    const auto box = arguments.width ? Size{*arguments.width, arguments.height} : recipe.frame_size;
    std::error_code ignored;
    if (std::filesystem::equivalent(arguments.archive, arguments.output, ignored))
        return fail(Code::invalid_argument, "the output " + arguments.output + " is also the input",
                    "name another file with --output");
    std::unique_ptr<estimation::Estimator> estimator;
    std::optional<results::MeshSource> mesh;
    if (!archive->mesh() && estimation::gives_mesh(recipe.estimator)) {
        estimator = TRY(estimator_of(recipe, arguments.threads, *log));
        mesh = {.mesh = estimator->description().mesh.value(),
                .vertices_of = [&](const PersonFrame& person) { return estimator->vertices_of(person); }};
    }
    const auto layout = TRY(results::open_reference_layout(*archive, box, mesh ? &*mesh : nullptr));
    TRY(write_whole(arguments.output, *layout));
    std::cout << arguments.output << '\n';
    return {};
}

}  // namespace

void add_export(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<ExportArguments>();
    auto* command = program.add_subcommand("export", "Write an archive in another service's layout");
    command->group("One clip");
    command->add_option("archive", arguments->archive, "An archive written by `posed estimate`")
        ->type_name("FILE")
        ->required();
    command->add_option("-o,--output", arguments->output, "The file to write")->type_name("FILE")->required();
    command
        ->add_option("--format", arguments->format,
                     "reference: that of pose-estimation-service, with the body's surface in every frame")
        ->check(CLI::IsMember({"reference"}))
        ->capture_default_str();
    auto* width = command
                      ->add_option("--width", arguments->width,
                                   "Width of the padded frame whose pixels places are given in (default: the "
                                   "drawn frame, without padding)")
                      ->check(CLI::Range(2, 16384));
    auto* height = command->add_option("--height", arguments->height, "Height of that frame")
                       ->check(CLI::Range(2, 16384));
    width->needs(height);
    height->needs(width);
    command->add_option("--threads", arguments->threads, "Processor threads, where vertices are computed")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->callback(
        [arguments, &action] { action.run = [arguments] { return export_archive(*arguments); }; });
}

}  // namespace posed::commands
