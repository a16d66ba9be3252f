#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "database/database.h"

/// What the services under test keep, seen behind their back. They keep it in their data folder. With
/// TESTS_ON=servers each test begins with empty tables, a Redis without a message and an empty bucket on
/// servers that the program starts once, and every service that it starts is told so by its environment.
namespace posed::tests {

[[nodiscard]] std::unique_ptr<database::Database> open_records(const std::filesystem::path& data_directory);

/// Of all objects; where they are files, of those that are being written, too.
[[nodiscard]] std::set<std::string> object_keys(const std::filesystem::path& data_directory);

}  // namespace posed::tests
