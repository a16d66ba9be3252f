#include "results/sample_archive.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "tests/support/shared_data.h"

namespace posed::results {

ArchiveHeader sample_header(int keypoints) {
    ArchiveHeader header;
    header.recipe = {.video_sha256 = std::string(64, 'a'),
                     .selection = {.start = Microseconds(1'500'000),
                                   .duration = Microseconds(10'000'000),
                                   .rate = Rational{30000, 1001}},
                     .frame_size = {1280, 720},
                     .estimator = "blazepose-full",
                     .smoothing = false,
                     .search = PersonSearch::tiles,
                     .camera = {.fx = std::hypot(1280, 720), .fy = 1000.0 / 3, .cx = 640, .cy = 1e-7 / 3},
                     .profile = {},
                     .precision = "float32",
                     .weights = {{"pose_landmark_full.tflite", std::string(64, 'b')}},
                     .engine_revision = 7};
    header.engine_version = "0.1.0 \"quoted\" \xC3\xA4";
    header.displayed = {720, 1280};
    header.coded = {1280, 720};
    header.rotation = 90;
    header.time_base = {1, 12800};
    for (int i = 0; i < keypoints; ++i) {
        header.skeleton.names.push_back("point_" + std::to_string(i));
        if (i > 0)
            header.skeleton.links.emplace_back(i - 1, i);
    }
    header.keypoints_3d_origin = "middle of the hips";
    header.confidence_definition = "sigmoid of the network's visibility";
    return header;
}

PersonFrame sample_person(std::int32_t track, std::int64_t seed, int keypoints) {
    float next = static_cast<float>(seed % 1000) + static_cast<float>(track) / 3;
    const auto number = [&next] { return next += 0.1F; };
    PersonFrame person;
    person.track_id = track;
    for (auto& side : person.bbox_xyxy)
        side = number();
    person.bbox_confidence = number();
    for (int i = 0; i < keypoints; ++i) {
        person.keypoints_2d.push_back({number(), number()});
        person.keypoints_3d.push_back({number(), number(), number()});
        person.keypoints_confidence.push_back(number());
    }
    person.root_translation = {number(), number(), number()};
    return person;
}

std::vector<ArchivedFrame> sample_frames(const std::vector<int>& people, int keypoints) {
    std::vector<ArchivedFrame> frames;
    for (std::size_t t = 0; t < people.size(); ++t) {
        const auto frame = static_cast<std::int64_t>(t);
        ArchivedFrame archived{.time = {.pts = 512 * frame - 100, .time = Microseconds(40'000 * frame)},
                               .people = {}};
        for (int i = 0; i < people[t]; ++i)
            archived.people.push_back(sample_person(2 * i + 1, 37 * frame, keypoints));
        frames.push_back(std::move(archived));
    }
    return frames;
}

ArchiveCounts write_archive(const std::filesystem::path& path, const ArchiveHeader& header,
                            const std::vector<ArchivedFrame>& frames, const LostFrames& lost) {
    const auto writer = create_archive(path, header).value();
    for (const auto& frame : frames)
        writer->append(frame.time, frame.people).value();
    return writer->finish(lost).value();
}

std::string archive_bytes(const ArchiveHeader& header, const std::vector<ArchivedFrame>& frames,
                          const LostFrames& lost) {
    const posed::tests::TemporaryFolder folder;
    write_archive(folder.path() / "archive", header, frames, lost);
    return content_of(folder.path() / "archive");
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t entries_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::ranges::distance(std::filesystem::directory_iterator(folder)));
}

OpenArchive::OpenArchive(std::string content)
    : bytes(std::move(content)),
      source(view_bytes(std::as_bytes(std::span(bytes)))),
      reader(open_archive(*source)) {}

namespace {

template <class T>
bool same_bits(const T& a, const T& b) {
    return std::ranges::equal(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
}

bool same_person(const PersonFrame& a, const PersonFrame& b) {
    return a.track_id == b.track_id && same_bits(a.bbox_xyxy, b.bbox_xyxy) &&
           same_bits(std::span(&a.bbox_confidence, 1), std::span(&b.bbox_confidence, 1)) &&
           same_bits(a.keypoints_2d, b.keypoints_2d) && same_bits(a.keypoints_3d, b.keypoints_3d) &&
           same_bits(a.keypoints_confidence, b.keypoints_confidence) &&
           same_bits(std::span(&a.root_translation, 1), std::span(&b.root_translation, 1));
}

}  // namespace

bool same(const std::vector<ArchivedFrame>& a, const std::vector<ArchivedFrame>& b) {
    return std::ranges::equal(a, b, [](const ArchivedFrame& left, const ArchivedFrame& right) {
        return left.time == right.time && std::ranges::equal(left.people, right.people, same_person);
    });
}

}  // namespace posed::results
