#pragma once

#include <filesystem>

namespace posed {

/// Everything the environment may set. Read once, at the program's start; nothing else calls getenv.
struct Config {
    std::filesystem::path module_directory;     ///< POSED_MODULE_DIR: estimator modules (*.so)
    std::filesystem::path blazepose_directory;  ///< POSED_BLAZEPOSE_DIR: the .tflite files of @mediapipe/pose
};

/// The environment's values; what it does not set lies beside the program (../lib/posed,
/// ../share/posed/blazepose).
[[nodiscard]] Config read_config();

}  // namespace posed
