#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/config.h"
#include "base/json_text.h"
#include "base/strict_json.h"
#include "commands/archive_run.h"
#include "commands/command.h"
#include "estimation/weights_tools.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

/// As published with MHR 1.0.1.
constexpr std::string_view published_body =
    "352e271a6c42729c68554ceaea0c955e866970160c31e35506d782dc0f7377bc";

constexpr const char* body_archive = "assets/mhr_model.pt";

struct WeightsArguments {
    std::string folder;
    bool run_archive = false;
    std::string module_directory;
    int parent = 0;
};

/// What was found out of archives by running them, by digest: beside them, so that it goes where they go.
std::filesystem::path verdicts_file(const std::string& folder) {
    return std::filesystem::path(folder) / "posed-verdicts.json";
}

json::object read_verdicts(const std::string& folder) {
    std::ifstream file(verdicts_file(folder));
    std::ostringstream text;
    text << file.rdbuf();
    const auto value = parse_strictly(text.str(), Code::malformed);
    return value && value->is_object() ? value->as_object() : json::object();
}

void keep_verdict(const std::string& folder, const std::string& sha256, const std::string& verdict) {
    auto verdicts = read_verdicts(folder);
    verdicts[sha256] = verdict;
    std::ofstream file(verdicts_file(folder), std::ios::trunc);
    file << indented_json(verdicts);
    file.close();
    if (!file)
        std::cerr << "posed: warning: the verdict cannot be kept in " << verdicts_file(folder).string()
                  << '\n';
}

std::optional<std::string> kept_verdict(const std::string& folder, const std::string& sha256) {
    const auto verdicts = read_verdicts(folder);
    const auto* verdict = verdicts.if_contains(sha256);
    if (verdict == nullptr || !verdict->is_string())
        return {};
    return std::string(verdict->as_string());
}

void print(const estimation::WeightsReport& report) {
    for (const auto& file : report.files)
        std::cout << fmt::format("{:<20} {:>13} bytes  {:>4} tensors  sha256 {}{}\n", file.name, file.size,
                                 file.tensors, file.sha256,
                                 file.sha256 == published_body ? " (as published with MHR 1.0.1)" : "");
    std::cout << "complete: all tensors that the engine needs are there, of the right shape and finite\n";
    if (report.synthetic)
        std::cout << "synthetic: made up, for tests and measurements; poses mean nothing\n";
}

std::string text_of(const estimation::BodyComparison& comparison, const std::string& library) {
    return fmt::format(
        "{}: its own code and ours differ by at most {:.2g} m in vertices and {:.2g} m in "
        "joints ({})",
        comparison.agrees() ? "agrees" : "differs", comparison.vertices, comparison.joints, library);
}

/// An archive that cannot be run here is not checked, which is no fault of it.
Result<> check_by_running(const std::string& folder, const std::string& sha256,
                          const std::filesystem::path& modules, estimation::WeightsTools& tools) {
    const auto ran = TRY(run_shut_in(std::filesystem::path(folder) / body_archive, modules));
    if (const auto* not_run = std::get_if<NotRun>(&ran)) {
        std::cout << "archive: not checked: " << not_run->reason << " (" << tools.library() << ")\n";
        return {};
    }
    const auto comparison = TRY(tools.compare(folder, std::get<std::vector<float>>(ran)));
    const auto verdict = text_of(comparison, tools.library());
    std::cout << "archive: " << verdict << '\n';
    keep_verdict(folder, sha256, verdict);
    if (!comparison.agrees())
        return fail(Code::corrupt_model,
                    "the body model's own code gives another body than ours from the same parameters",
                    "download assets/mhr_model.pt again; if it stays so, report it");
    return {};
}

Result<> check_weights(const WeightsArguments& arguments) {
    const auto config = read_config(surroundings_of_this_process());
    auto* const tools = TRY(estimation::load_weights_tools(config.module_directory));
    const auto report = TRY(tools->check(arguments.folder));
    print(report);
    const auto& sha256 = report.files.back().sha256;
    if (arguments.run_archive)
        return check_by_running(arguments.folder, sha256, config.module_directory, *tools);
    const auto verdict = kept_verdict(arguments.folder, sha256);
    std::cout << "archive: "
              << verdict.value_or("its own code was not run (--run-archive does, in a sandbox)") << '\n';
    return {};
}

}  // namespace

void add_weights(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<WeightsArguments>();
    auto* command = program.add_subcommand("weights", "Look into a folder of weights of sam-3d-body");
    command->group("One clip");
    command->require_subcommand(1);
    auto* check = command->add_subcommand("check", "Say what is there, and whether it is complete");
    check->add_option("folder", arguments->folder, "What POSED_SAM3DBODY_DIR would name")
        ->type_name("FOLDER")
        ->required();
    check->add_flag(
        "--run-archive", arguments->run_archive,
        "Also run the code within assets/mhr_model.pt, in a sandbox, and compare what it computes "
        "with our body model");
    check->callback([arguments, &action] { action.run = [arguments] { return check_weights(*arguments); }; });
    auto* run = command->add_subcommand("run-archive")->group("");
    run->add_option("modules", arguments->module_directory)->required();
    run->add_option("parent", arguments->parent)->required();
    run->callback([arguments, &action] {
        action.run = [arguments] { return run_archive_here(arguments->module_directory, arguments->parent); };
    });
}

}  // namespace posed::commands
