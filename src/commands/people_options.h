#pragma once

#include <string>

#include <CLI/App.hpp>

#include "domain/recipe.h"

namespace posed::commands {

/// Whose pose is estimated, and whether with the surface of the body.
struct PeopleOptions {
    People people = People::one;
    bool mesh = false;
};

/// `mesh_effect` says what --mesh does. `options` must outlive the command.
void add_people_options(CLI::App& command, PeopleOptions& options, const std::string& mesh_effect);

}  // namespace posed::commands
