#include "estimation/blazepose/network_files.h"

#include <string>

namespace posed::estimation::blazepose {

const NetworkFile& file_of(NetworkKind kind) noexcept {
    // The detector is the only file of the packed assets, stored from the first byte to the last.
    static constexpr std::array<NetworkFile, network_kinds.size()> files = {{
        {"pose_solution_packed_assets.data",
         "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"},
        {"pose_landmark_lite.tflite", "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"},
        {"pose_landmark_full.tflite", "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"},
        {"pose_landmark_heavy.tflite", "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"},
    }};
    return files[static_cast<std::size_t>(kind)];
}

Result<std::unique_ptr<ByteSource>> open_network_file(const std::filesystem::path& folder, NetworkKind kind) {
    const auto path = folder / file_of(kind).name;
    auto file = open_file(path);
    if (file.has_error() && file.error().code == Code::not_found)
        return fail(Code::model_missing, "the network " + path.string() + " is missing",
                    "run `make setup`, which installs the npm package @mediapipe/pose, or let "
                    "POSED_BLAZEPOSE_DIR name the folder of its files");
    return file;
}

}  // namespace posed::estimation::blazepose
