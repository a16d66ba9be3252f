#include "commands/people_options.h"

#include <CLI/CLI.hpp>

#include "commands/command.h"

namespace posed::commands {

void add_people_options(CLI::App& command, PeopleOptions& options, const std::string& mesh_effect) {
    const auto people = one_of<People>({{"one", People::one}, {"all", People::all}});
    command
        .add_option("--people", options.people,
                    "Whose pose: one (the largest in view at the start, kept until gone for a second) or all "
                    "(default one)")
        ->transform(people)
        ->type_name(people.get_name());
    command.add_flag("--mesh", options.mesh, mesh_effect + " (sam-3d-body)");
}

}  // namespace posed::commands
