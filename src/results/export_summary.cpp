#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/json_text.h"
#include "results/export.h"

namespace posed::results {
namespace {

namespace json = boost::json;

json::value text_of(Size size) {
    return {{"width", size.width}, {"height", size.height}};
}

Result<Microseconds> time_of(ArchiveReader& reader, std::int64_t frame) {
    const auto frames = TRY(reader.read(frame, 1));
    return frames.front().time.time;
}

/// When the frames begin, when the last one begins, and how many there are in a second; null where there are
/// too few.
Result<json::object> summarise_time(ArchiveReader& reader) {
    const auto count = reader.counts().frames;
    json::object time{{"first_s", nullptr}, {"last_s", nullptr}, {"fps", nullptr}};
    if (count == 0)
        return time;
    const auto seconds = [](Microseconds value) { return static_cast<double>(value.count()) / 1e6; };
    const auto first = TRY(time_of(reader, 0));
    const auto last = TRY(time_of(reader, count - 1));
    time["first_s"] = seconds(first);
    time["last_s"] = seconds(last);
    if (last > first)
        time["fps"] = static_cast<double>(count - 1) / (seconds(last) - seconds(first));
    return time;
}

json::value summarise_video(const ArchiveHeader& header) {
    const auto& base = header.time_base;
    return {{"sha256", header.recipe.video_sha256},
            {"displayed", text_of(header.displayed)},
            {"coded", text_of(header.coded)},
            {"rotation", header.rotation},
            {"time_base", std::to_string(base.numerator) + "/" + std::to_string(base.denominator)}};
}

json::array list_tracks(const Presence& presence) {
    json::array tracks;
    for (const auto& track : presence.tracks)
        tracks.push_back({{"track_id", track.track_id},
                          {"first_frame", track.first_frame},
                          {"last_frame", track.last_frame},
                          {"person_frames", track.person_frames}});
    return tracks;
}

json::array list_tensors(const ArchiveReader& reader) {
    json::array tensors;
    for (const auto& tensor : reader.tensors())
        tensors.push_back(
            {{"name", tensor.name}, {"type", tensor.type}, {"shape", json::value_from(tensor.shape)}});
    return tensors;
}

}  // namespace

Result<> write_summary(std::ostream& stream, ArchiveReader& reader) {
    const auto& header = reader.header();
    const auto& counts = reader.counts();
    const auto presence = TRY(reader.presence());
    const auto time = TRY(summarise_time(reader));
    const auto share = counts.frames == 0 ? json::value(nullptr)
                                          : json::value(static_cast<double>(presence.frames_with_somebody) /
                                                        static_cast<double>(counts.frames));
    const json::value lost{{"count", counts.lost.count}, {"first_reason", counts.lost.first_reason}};
    const json::value keypoints{{"names", json::value_from(header.skeleton.names)},
                                {"links", json::value_from(header.skeleton.links)},
                                {"origin", header.keypoints_3d_origin},
                                {"confidence", header.confidence_definition}};
    const json::object summary{{"schema", archive_schema},
                               {"engine_version", header.engine_version},
                               {"recipe", to_json(header.recipe)},
                               {"recipe_sha256", hash_of(header.recipe)},
                               {"video", summarise_video(header)},
                               {"frames", counts.frames},
                               {"time", time},
                               {"person_frames", counts.person_frames},
                               {"frames_with_somebody", presence.frames_with_somebody},
                               {"share_with_somebody", share},
                               {"tracks", list_tracks(presence)},
                               {"lost_frames", lost},
                               {"keypoints", keypoints},
                               {"tensors", list_tensors(reader)}};
    stream << indented_json(summary);
    if (!stream)
        return fail(Code::input_output, "the output takes no more");
    return {};
}

}  // namespace posed::results
