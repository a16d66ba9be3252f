#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

/// The ffmpeg and ffprobe commands, which tests hold our results against. Tests only.
namespace posed::media {

/// What the shell command writes to its standard output; throws when it fails.
inline std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
        throw std::runtime_error("cannot start: " + command);
    std::string output;
    char part[65536];
    while (const std::size_t got = std::fread(part, 1, sizeof part, pipe))
        output.append(part, got);
    if (::pclose(pipe) != 0)
        throw std::runtime_error("failed: " + command);
    return output;
}

inline std::string in_quotes(std::string_view text) {
    std::string word("'");
    return word.append(text).append("'");
}

/// Runs `ffmpeg` quietly; its standard output.
inline std::string ffmpeg(const std::string& arguments) {
    return output_of("ffmpeg -nostdin -v error -y " + arguments);
}

/// `ffprobe` with its answer as bare values, a line each row, separated by commas.
inline std::string ffprobe(const std::string& arguments) {
    return output_of("ffprobe -v error -of csv=p=0 " + arguments);
}

}  // namespace posed::media
