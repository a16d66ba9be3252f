#include "estimation/sam3dbody/memory.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <unistd.h>

namespace posed::estimation::sam3dbody {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

/// The number in a file that holds nothing else; without one ("max", no such file) there is no limit.
std::uint64_t number_in(const char* path, std::uint64_t otherwise) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    return file >> number ? number : otherwise;
}

std::uint64_t free_in_machine() {
    std::ifstream file("/proc/meminfo");
    std::string name;
    std::uint64_t kibibytes = 0;
    for (std::string line; std::getline(file, line);) {
        if (std::sscanf(line.c_str(), "MemAvailable: %lu kB", &kibibytes) == 1)
            return kibibytes << 10U;
    }
    return unlimited;
}

std::uint64_t left_in_control_group() {
    const auto most = number_in("/sys/fs/cgroup/memory.max", unlimited);
    const auto used = number_in("/sys/fs/cgroup/memory.current", 0);
    return most == unlimited ? unlimited : most - std::min(most, used);
}

std::uint64_t left_in_address_space() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return unlimited;
    const auto pages = number_in("/proc/self/statm", 0);
    const auto used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
}

std::uint64_t elements_of(const StoredTensor& tensor) {
    std::uint64_t count = 1;
    for (const auto length : tensor.shape)
        count *= static_cast<std::uint64_t>(length);
    return count;
}

std::string gigabytes(std::uint64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
    return text;
}

}  // namespace

std::uint64_t available_memory() {
    return std::min({free_in_machine(), left_in_control_group(), left_in_address_space()});
}

std::uint64_t memory_for_weights(const TensorFile& checkpoint, const TensorFile& body, Precision precision) {
    const auto is_rounded = [&](std::string_view name) {
        return precision == Precision::bfloat16 &&
               (name.starts_with("backbone.blocks.") || name.starts_with("decoder.layers."));
    };
    std::uint64_t bytes = 0;
    for (const auto& [name, tensor] : checkpoint.tensors())
        if (name.find("_hand") == std::string::npos)
            bytes += elements_of(tensor) * (is_rounded(name) ? 2 : sizeof(float));
    for (const auto& [name, tensor] : body.tensors())
        bytes += elements_of(tensor) * sizeof(float);
    return bytes;
}

/// The widest moment is in a block of the backbone: the perceptron's hidden numbers before and after their
/// activation, or queries, keys, values and all heads' scores before and after the softmax.
std::uint64_t memory_for_crop(const ModelLengths& lengths, const Profile& profile) {
    const auto patches = static_cast<std::uint64_t>(profile.rows() * profile.columns());
    const auto width = static_cast<std::uint64_t>(lengths.backbone_width),
               heads = static_cast<std::uint64_t>(lengths.backbone_heads);
    const auto stream = patches * width;
    const auto perceptron = 2 * 4 * stream, attention = 4 * stream + 2 * heads * patches * patches;
    const auto pixels = std::uint64_t{3} * seen_columns * static_cast<std::uint64_t>(profile.crop_height);
    return sizeof(float) * (2 * stream + std::max(perceptron, attention) + 2 * pixels);
}

Result<int> crops_that_fit(std::uint64_t weights, std::uint64_t crop, std::uint64_t available, int most) {
    if (available < weights || available - weights < crop)
        return fail(Code::limit_exceeded,
                    "SAM 3D Body needs " + gigabytes(weights) + " of memory for its weights and " +
                        gigabytes(crop) + " for a crop; " + gigabytes(available) + " are free",
                    "free some, or choose the precision bfloat16, which needs half for most of the weights");
    return static_cast<int>(
        std::min<std::uint64_t>((available - weights) / crop, static_cast<std::uint64_t>(most)));
}

}  // namespace posed::estimation::sam3dbody
