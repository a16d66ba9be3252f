// The peer of `posed render`: rendering as the Python service did it. An ffmpeg process decodes and scales to
// rgb24 on a pipe; thirty frames are read, drawn with OpenCV and written to the pipe of a second ffmpeg
// process that encodes; then the next thirty. Nothing overlaps but what the pipes hold.
//
// reference_render VIDEO ARCHIVE OUT.mp4 CRF PRESET

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "base/byte_source.h"
#include "results/archive.h"

namespace {

using namespace posed;

constexpr std::size_t batch_size = 30;

void draw(cv::Mat& picture, const results::ArchiveHeader& header, const PersonFrame& person) {
    const float scale_x = static_cast<float>(picture.cols) / static_cast<float>(header.displayed.width);
    const float scale_y = static_cast<float>(picture.rows) / static_cast<float>(header.displayed.height);
    const auto place = [&](int index) {
        const auto& point = person.keypoints_2d[static_cast<std::size_t>(index)];
        return cv::Point(static_cast<int>(point.x * scale_x), static_cast<int>(point.y * scale_y));
    };
    for (const auto& [from, to] : header.skeleton.links)
        cv::line(picture, place(from), place(to), {255, 128, 0}, 2, cv::LINE_AA);
    for (int i = 0; i < static_cast<int>(person.keypoints_2d.size()); ++i)
        cv::circle(picture, place(i), 3, {0, 255, 0}, cv::FILLED, cv::LINE_AA);
}

std::string decode_command(const std::string& video, Size size) {
    return fmt::format("ffmpeg -v error -i '{}' -vf scale={}:{}:flags=lanczos -f rawvideo -pix_fmt rgb24 -",
                       video, size.width, size.height);
}

std::string encode_command(const std::string& target, Size size, double rate, const std::string& crf,
                           const std::string& preset) {
    return fmt::format(
        "ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s {}x{} -r {} -i - -c:v libx264 -pix_fmt yuv420p "
        "-crf {} "
        "-preset {} -movflags +faststart '{}'",
        size.width, size.height, rate, crf, preset, target);
}

double rate_of(results::ArchiveReader& archive) {
    const auto frames = archive.counts().frames;
    const auto first = archive.read(0, 1).value().front().time.time;
    const auto last = archive.read(frames - 1, 1).value().front().time.time;
    return static_cast<double>(frames - 1) / std::chrono::duration<double>(last - first).count();
}

std::size_t read_batch(std::FILE* decoder, std::vector<cv::Mat>& batch) {
    std::size_t count = 0;
    while (count < batch.size() && std::fread(batch[count].data, batch[count].total() * 3, 1, decoder) == 1)
        ++count;
    return count;
}

void render(const std::string& video, results::ArchiveReader& archive, const std::string& target,
            const std::string& crf, const std::string& preset) {
    const auto size = archive.header().recipe.frame_size;
    std::FILE* decoder = ::popen(decode_command(video, size).c_str(), "r");
    std::FILE* encoder = ::popen(encode_command(target, size, rate_of(archive), crf, preset).c_str(), "w");
    std::vector<cv::Mat> batch;
    for (std::size_t i = 0; i < batch_size; ++i)
        batch.emplace_back(size.height, size.width, CV_8UC3);
    std::int64_t done = 0;
    while (const auto count = read_batch(decoder, batch)) {
        const auto frames = archive.read(done, static_cast<std::int64_t>(count)).value();
        for (std::size_t i = 0; i < count; ++i)
            for (const auto& person : frames[i].people)
                draw(batch[i], archive.header(), person);
        for (std::size_t i = 0; i < count; ++i)
            std::fwrite(batch[i].data, batch[i].total() * 3, 1, encoder);
        done += static_cast<std::int64_t>(count);
    }
    ::pclose(decoder);
    if (::pclose(encoder) != 0)
        std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::cerr << "usage: reference_render VIDEO ARCHIVE OUT.mp4 CRF PRESET\n";
        return 2;
    }
    const auto source = open_file(argv[2]).value();
    const auto archive = results::open_archive(*source).value();
    render(argv[1], *archive, argv[3], argv[4], argv[5]);
    return 0;
}
