#include "tests/media/clips.h"

#include <array>
#include <memory>
#include <sstream>
#include <stdexcept>

extern "C" {
#include <libavutil/hash.h>
}

#include "media/reference_ffmpeg.h"

namespace posed::tests {
namespace {

/// Not SHA-256, which FFmpeg computes so slowly that a clip at 60 frames a second takes 8.6 s instead of 2.0.
constexpr const char* hash_name = "murmur3";

struct FreeHash {
    void operator()(AVHashContext* hash) const { av_hash_freep(&hash); }
};

std::unique_ptr<AVHashContext, FreeHash> new_hash() {
    AVHashContext* hash = nullptr;
    if (av_hash_alloc(&hash, hash_name) < 0)
        throw std::runtime_error("libavutil has no murmur3");
    av_hash_init(hash);
    return std::unique_ptr<AVHashContext, FreeHash>(hash);
}

}  // namespace

std::string digest_of(const FrameView& view) {
    const auto hash = new_hash();
    for (const auto& plane : view.planes) {
        for (int y = 0; y < plane.height; ++y)
            av_hash_update(hash.get(), plane.data + plane.stride * y, static_cast<std::size_t>(plane.width));
    }
    std::array<char, 2 * AV_HASH_MAX_SIZE + 1> digits{};
    av_hash_final_hex(hash.get(), reinterpret_cast<std::uint8_t*>(digits.data()), digits.size());
    return digits.data();
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
    std::istringstream lines(media::ffmpeg(arguments + " -f framehash -hash " + hash_name + " -"));
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
