// make_synthetic_clip OUT.mp4 [--joints OUT.csv]: draws the figure for four seconds and has the ffmpeg
// program encode it; the CSV tells where its joints are.

#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "tests/synthetic/scene.h"

namespace posed::tests::synthetic {
namespace {

constexpr int frames_per_second = 24;
constexpr int frame_count = 96;

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char character : text)
        result += character == '\'' ? std::string("'\\''") : std::string(1, character);
    return result + "'";
}

double time_of(int frame) {
    return static_cast<double>(frame) / frames_per_second;
}

void write_video(const std::string& path) {
    const std::string command =
        "ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s " + std::to_string(picture_size.width) + "x" +
        std::to_string(picture_size.height) + " -r " + std::to_string(frames_per_second) +
        " -i - -c:v libx264 -threads 1 -preset veryfast -crf 18 -pix_fmt yuv420p -movflags +faststart " +
        quoted(path);
    FILE* encoder = ::popen(command.c_str(), "w");
    if (encoder == nullptr)
        throw std::runtime_error("ffmpeg cannot be started");
    const Scene scene;
    bool written = true;
    for (int frame = 0; frame < frame_count && written; ++frame) {
        const auto picture = scene.picture_of(stance_at(time_of(frame)));
        written = std::fwrite(picture.data(), 1, picture.size(), encoder) == picture.size();
    }
    if (::pclose(encoder) != 0 || !written)
        throw std::runtime_error("ffmpeg did not encode the clip");
}

/// One line a joint: place in the picture in pixels, and in the camera's axes in metres.
void write_joints(const std::string& path) {
    std::ofstream table(path);
    table << "frame,time_s,joint,x_px,y_px,x_m,y_m,z_m\n";
    for (int frame = 0; frame < frame_count; ++frame) {
        const Stance stance = stance_at(time_of(frame));
        for (std::size_t joint = 0; joint < joint_count; ++joint) {
            const Point2 point = projected(stance.joints[joint]);
            const Vector place = seen_from_camera(stance.joints[joint]);
            table << frame << ',' << time_of(frame) << ',' << joint_names[joint] << ',' << point.x << ','
                  << point.y << ',' << place.x << ',' << place.y << ',' << place.z << '\n';
        }
    }
    if (!table.flush())
        throw std::runtime_error(path + " cannot be written");
}

}  // namespace
}  // namespace posed::tests::synthetic

int main(int argument_count, char** arguments) {
    const bool with_joints = argument_count == 4 && std::strcmp(arguments[2], "--joints") == 0;
    if (argument_count != 2 && !with_joints) {
        std::cerr << "Usage: make_synthetic_clip OUT.mp4 [--joints OUT.csv]\n";
        return 2;
    }
    try {
        posed::tests::synthetic::write_video(arguments[1]);
        if (with_joints)
            posed::tests::synthetic::write_joints(arguments[3]);
    } catch (const std::exception& error) {
        std::cerr << "make_synthetic_clip: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
