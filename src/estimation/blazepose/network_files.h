#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

namespace posed::estimation::blazepose {

/// The four networks of BlazePose GHUM, as the npm package @mediapipe/pose ships them.
enum class NetworkKind { detector, landmark_lite, landmark_full, landmark_heavy };

inline constexpr std::array network_kinds = {NetworkKind::detector, NetworkKind::landmark_lite,
                                             NetworkKind::landmark_full, NetworkKind::landmark_heavy};

/// The file that holds a network: its name in the package, and the SHA-256 of its bytes (of package version
/// 0.5.1675469404), by which it is told from any other.
struct NetworkFile {
    std::string_view name;
    std::string_view sha256;
};

[[nodiscard]] const NetworkFile& file_of(NetworkKind kind) noexcept;

/// Opens the file of a network in the folder of the weights. Errors: model_missing, with where the file comes
/// from; permission_denied, input_output.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_network_file(const std::filesystem::path& folder,
                                                                    NetworkKind kind);

}  // namespace posed::estimation::blazepose
