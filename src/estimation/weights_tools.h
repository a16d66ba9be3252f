#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

/// What a module can say of files of weights, besides opening an estimator with them.
namespace posed::estimation {

struct WeightsFile {
    std::string name;  ///< within the folder
    std::uint64_t size = 0;
    std::string sha256;
    std::size_t tensors = 0;
};

struct WeightsReport {
    std::vector<WeightsFile> files;
    bool synthetic = false;  ///< made up, for tests and measurements
};

/// How far what an archive's own code computes lies from what ours does.
struct BodyComparison {
    double vertices = 0;  ///< the largest distance along an axis, metres
    double joints = 0;
    double limit = 0;  ///< beyond which they are not the same body

    [[nodiscard]] bool agrees() const noexcept { return vertices <= limit && joints <= limit; }
};

/// Stateless; any thread.
class WeightsTools {
  public:
    virtual ~WeightsTools() = default;

    /// Reads everything that an estimator would. Errors: as `load_estimator`.
    [[nodiscard]] virtual Result<WeightsReport> check(const std::filesystem::path& folder) = 0;

    /// Name and version of the library that runs archives: verdicts hold for it alone.
    [[nodiscard]] virtual std::string library() const = 0;

    /// Runs the code that `archive` holds, on inputs that are always the same: what it gives, for `compare`.
    /// Only for a process that is shut in: `prepare` is called before it is, and does what is forbidden
    /// afterwards. Error: corrupt_model for an archive that cannot be run here.
    virtual void prepare() = 0;
    [[nodiscard]] virtual Result<std::vector<float>> run_archive(const Descriptor& archive) = 0;

    /// Holds the native body model of the folder against what `run_archive` wrote. Error: corrupt_model for
    /// results of another form.
    [[nodiscard]] virtual Result<BodyComparison> compare(const std::filesystem::path& folder,
                                                         const std::vector<float>& results) = 0;
};

extern "C" {
/// Exported as `posed_weights_tools` by modules that have any. What it returns is the module's, for good.
using WeightsToolsFunction = WeightsTools*();
}
inline constexpr const char* weights_tools_symbol = "posed_weights_tools";

/// Of the module of sam-3d-body. Errors: model_missing.
[[nodiscard]] Result<WeightsTools*> load_weights_tools(const std::filesystem::path& module_directory);

}  // namespace posed::estimation
