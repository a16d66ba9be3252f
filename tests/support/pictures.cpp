#include "tests/support/pictures.h"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace posed::tests {
namespace {

struct ClosePipe {
    void operator()(std::FILE* pipe) const noexcept { ::pclose(pipe); }
};

}  // namespace

std::vector<RgbPicture> read_pictures(const std::filesystem::path& path, int limit,
                                      const std::string& filter) {
    const std::string command = "ffmpeg -nostdin -v error -i '" + path.string() + "' -vf '" + filter +
                                "' -frames:v " + std::to_string(limit) +
                                " -vsync passthrough -f image2pipe -c:v ppm -pix_fmt rgb24 -";
    const std::unique_ptr<std::FILE, ClosePipe> pipe(::popen(command.c_str(), "r"));
    std::vector<RgbPicture> pictures;
    Size size;
    while (pipe && std::fscanf(pipe.get(), "P6 %d %d 255", &size.width, &size.height) == 2) {
        std::fgetc(pipe.get());  // the end of the header's last line
        auto& picture = pictures.emplace_back();
        picture.size = size;
        picture.pixels.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) *
                              3);
        if (std::fread(picture.pixels.data(), 1, picture.pixels.size(), pipe.get()) != picture.pixels.size())
            throw std::runtime_error("ffmpeg's output for " + path.string() + " ends early");
    }
    if (pictures.empty())
        throw std::runtime_error("ffmpeg finds no picture in " + path.string());
    return pictures;
}

}  // namespace posed::tests
