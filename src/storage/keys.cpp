#include "storage/keys.h"

#include <algorithm>

#include "base/escaped_text.h"
#include "base/identifiers.h"

namespace posed::storage {
namespace {

constexpr std::size_t name_length_max = 255;  // of a file

bool is_letter_or_digit(char character) noexcept {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool is_name(std::string_view name) noexcept {
    const auto allowed = [](char character) {
        return is_letter_or_digit(character) || character == '.' || character == '_' || character == '-';
    };
    return !name.empty() && name.size() <= name_length_max && is_letter_or_digit(name.front()) &&
           std::ranges::all_of(name, allowed);
}

std::string result_key(std::string_view folder, std::string_view recipe_hash, std::string_view lease_token,
                       std::string_view extension) {
    std::string key(folder);
    key.append("/").append(recipe_hash).append("-").append(lease_token).append(".").append(extension);
    return key;
}

}  // namespace

std::string new_video_key(std::string_view extension, Random& random) {
    std::string key(video_folder);
    key.append("/").append(random_token(random)).append(".").append(extension);
    return key;
}

std::string estimation_key(std::string_view recipe_hash, std::string_view lease_token) {
    return result_key(estimation_folder, recipe_hash, lease_token, "safetensors");
}

std::string visualization_key(std::string_view recipe_hash, std::string_view lease_token) {
    return result_key(visualization_folder, recipe_hash, lease_token, "mp4");
}

Result<> check_key(std::string_view key) {
    const auto slash = std::min(key.find('/'), key.size());
    const bool known = std::ranges::find(key_folders, key.substr(0, slash)) != key_folders.end();
    if (!known || slash == key.size() || !is_name(key.substr(slash + 1)))
        return fail(Code::invalid_argument, "'" + escaped(key) + "' is no key of an object");
    return {};
}

}  // namespace posed::storage
