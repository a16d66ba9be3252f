#include "estimation/load_estimator.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include <dlfcn.h>

#include "estimation/module.h"
#include "estimation/weights_tools.h"

namespace posed::estimation {
namespace {

struct KnownEstimator {
    std::string_view name;
    std::string_view module;  ///< file name without .so
    std::filesystem::path Config::*weights;
    std::string_view people = {};  ///< the estimator that tells it where people are
    int ThreadCounts::*threads = &ThreadCounts::of_a_video;
    bool mesh = false;                 ///< whether it has one to give
    std::string_view where_from = {};  ///< its weights, where Posed does not bring them
};

constexpr std::array known_estimators = {
    KnownEstimator{"blazepose-lite", "blazepose", &Config::blazepose_directory},
    KnownEstimator{"blazepose-full", "blazepose", &Config::blazepose_directory},
    KnownEstimator{"blazepose-heavy", "blazepose", &Config::blazepose_directory},
    KnownEstimator{"sam-3d-body", "sam3dbody", &Config::sam3dbody_directory, "blazepose-full",
                   &ThreadCounts::of_a_batch, true,
                   "get them from facebook/sam-3d-body-vith, where access is granted, and let "
                   "POSED_SAM3DBODY_DIR name their folder"},
};

Result<const KnownEstimator*> find_estimator(std::string_view name) {
    std::string names;
    for (const auto& known : known_estimators) {
        if (known.name == name)
            return &known;
        names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    return fail(Code::invalid_argument, "there is no estimator \"" + std::string(name) + "\"",
                "choose one of " + names);
}

Result<> require_module(const std::filesystem::path& module) {
    std::error_code unreadable;
    if (!std::filesystem::exists(module, unreadable))
        return fail(Code::model_missing, "the estimator module " + module.string() + " is missing",
                    "build or install it, or let POSED_MODULE_DIR name its folder");
    return {};
}

/// Maps the module and looks its entry up. It is never unloaded: its code may be in use by objects and
/// threads until the very end.
template <class Function>
Result<Function*> entry_of(const std::filesystem::path& module, const char* name) {
    TRY(require_module(module));
    void* handle = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        return fail(Code::model_missing, std::string("the estimator module does not load: ") + ::dlerror(),
                    "install the libraries that it names");
    void* symbol = ::dlsym(handle, name);
    if (symbol == nullptr)
        return fail(Code::model_missing, module.string() + " is not an estimator module",
                    "let POSED_MODULE_DIR name the folder of the modules built with this program");
    return reinterpret_cast<Function*>(symbol);
}

}  // namespace

std::vector<std::string_view> estimator_names() {
    std::vector<std::string_view> names;
    names.reserve(known_estimators.size());
    for (const auto& known : known_estimators)
        names.push_back(known.name);
    return names;
}

bool gives_mesh(std::string_view name) {
    const auto* const found = std::ranges::find(known_estimators, name, &KnownEstimator::name);
    return found != known_estimators.end() && found->mesh;
}

Result<std::unique_ptr<Estimator>> load_estimator(std::string_view name, const Config& config,
                                                  const ThreadCounts& threads, Log& log) {
    const auto* known = TRY(find_estimator(name));
    const auto module = config.module_directory / (std::string(known->module) + ".so");
    TRY(require_module(module));  // where it is not built, weights would not help
    const auto& weights = config.*(known->weights);
    // Before libraries and models of others take memory for nothing.
    if (weights.empty())
        return fail(Code::model_missing, "where the files of " + std::string(name) + " lie is not set",
                    std::string(known->where_from));
    std::shared_ptr<Estimator> people;
    const bool own_detector = !known->people.empty() && !config.detector.empty();
    if (!known->people.empty() && !own_detector)
        people = TRY(load_estimator(known->people, config, threads, log));
    auto* const open = TRY(entry_of<OpenEstimatorFunction>(module, open_estimator_symbol));
    OpenReply reply;
    const OpenRequest request{.name = name,
                              .weights = weights,
                              .threads = threads.*(known->threads),
                              .log = &log,
                              .profile = config.sam3dbody_profile,
                              .precision = config.sam3dbody_precision,
                              .device = config.sam3dbody_device,
                              .people = std::move(people),
                              .detector = own_detector ? config.detector : std::filesystem::path()};
    if (open(request, reply) != 0)
        return std::move(reply.error);
    return std::move(reply.estimator);
}

Result<WeightsTools*> load_weights_tools(const std::filesystem::path& module_directory) {
    auto* const tools =
        TRY(entry_of<WeightsToolsFunction>(module_directory / "sam3dbody.so", weights_tools_symbol));
    return tools();
}

}  // namespace posed::estimation
