#include "tests/media/clips.h"

#include <sstream>
#include <stdexcept>

#include "base/digest.h"
#include "media/reference_ffmpeg.h"

namespace posed::tests {

std::string digest_of(const FrameView& view) {
    Sha256 hash;
    for (const auto& plane : view.planes) {
        for (int y = 0; y < plane.height; ++y)
            hash.update(std::as_bytes(
                std::span(plane.data + plane.stride * y, static_cast<std::size_t>(plane.width))));
    }
    return hash.finish();
}

Decoded decode(const std::filesystem::path& path, const Selection& selection, int threads,
               media::Opener& opener) {
    Decoded decoded;
    const auto file = open_file(path).value();
    auto decoder =
        opener.open_decoder(*file, {.selection = selection, .limits = {}, .threads = threads}, silent_log());
    if (decoder.has_error()) {
        decoded.error = decoder.error();
        return decoded;
    }
    while (true) {
        const auto next = (*decoder)->next();
        if (next.has_error()) {
            decoded.error = next.error();
            break;
        }
        if (!*next)
            break;
        const auto& frame = **next;
        decoded.frames.push_back({frame.pts, frame.time.count(), frame.repeats, digest_of(frame.frame.view)});
    }
    decoded.info = (*decoder)->video();
    decoded.lost = (*decoder)->lost_frames();
    return decoded;
}

media::DecodedFrame first_frame(const std::filesystem::path& path) {
    const auto file = open_file(path).value();
    const auto decoder = media::open_decoder(*file, {}, silent_log()).value();
    return decoder->next().value().value();
}

std::vector<std::string> ffmpeg_digests(const std::string& arguments) {
    std::istringstream lines(media::ffmpeg(arguments + " -f framehash -hash sha256 -"));
    std::vector<std::string> digests;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('#'))
            digests.push_back(line.substr(line.rfind(' ') + 1));
    }
    return digests;
}

std::string ffmpeg_raw(const std::string& arguments) {
    return media::ffmpeg(arguments + " -f rawvideo -");
}

}  // namespace posed::tests
