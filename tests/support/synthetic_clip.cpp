#include "tests/support/synthetic_clip.h"

namespace posed::tests {

std::filesystem::path synthetic_clip() {
    return std::filesystem::path(POSED_SYNTHETIC_DIRECTORY) / "clip.mp4";
}

std::filesystem::path synthetic_joints() {
    return std::filesystem::path(POSED_SYNTHETIC_DIRECTORY) / "joints.csv";
}

}  // namespace posed::tests
