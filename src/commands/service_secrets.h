#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"

/// The secrets of a service whose processes run apart, on PostgreSQL, Redis and an S3 server: a folder for
/// each process that holds what it is to know, and nothing that another is to know.
namespace posed::commands {

struct SecretsOptions {
    std::string postgres = "postgres:5432";  ///< where the processes reach the servers
    std::string redis = "redis:6379";
    std::string bucket = "posed";
};

struct SecretFile {
    std::filesystem::path path;  ///< below the folder of secrets: api/POSED_API_TOKEN
    std::string text;
};

/// With secrets that nobody has had before. A file that is named like a setting holds its value. Errors:
/// invalid_argument for an address or a bucket that cannot be one.
[[nodiscard]] Result<std::vector<SecretFile>> make_secrets(const SecretsOptions& options, Random& random);

/// Writes them for the owner of this process alone, or none of them. Errors: conflict when the folder holds
/// anything, for secrets in use must not be lost; permission_denied, storage_full, input_output.
[[nodiscard]] Result<> write_secrets(const std::filesystem::path& folder,
                                     const std::vector<SecretFile>& files);

}  // namespace posed::commands
