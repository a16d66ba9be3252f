#include "results/metadata.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "base/strict_json.h"
#include "results/safetensors.h"

namespace posed::results {
namespace {

namespace json = boost::json;

struct SizeText {
    int width = 0;
    int height = 0;
};
BOOST_DESCRIBE_STRUCT(SizeText, (), (width, height))

struct TimeBaseText {
    std::int64_t numerator = 0;
    std::int64_t denominator = 0;
};
BOOST_DESCRIBE_STRUCT(TimeBaseText, (), (numerator, denominator))

struct SourceText {
    SizeText displayed;
    SizeText coded;
    int rotation = 0;
    TimeBaseText time_base;
};
BOOST_DESCRIBE_STRUCT(SourceText, (), (displayed, coded, rotation, time_base))

struct LostFramesText {
    std::int64_t count = 0;
    std::string first_reason;
};
BOOST_DESCRIBE_STRUCT(LostFramesText, (), (count, first_reason))

/// What the schema fixes, repeated in each file for whoever opens one without the documentation.
constexpr const char* units = R"({"frame_pts":"time_base","frame_pts_us":"microseconds",)"
                              R"("bbox_xyxy":"pixels","keypoints_2d":"pixels",)"
                              R"("keypoints_3d":"metres","root_translation":"metres"})";
constexpr const char* axes = R"({"pixels":"x right, y down, from the upper left corner of the displayed )"
                             R"(picture","metres":"x right, y down, z away from the camera"})";

std::string utf8_of(std::string text) {
    if (parse_strictly(json::serialize(json::string(text)), Code::corrupt_archive).has_error())
        std::ranges::replace_if(
            text, [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; }, '?');
    return text;
}

SizeText text_of(Size size) {
    return {size.width, size.height};
}

Size size_of(const SizeText& text) {
    return {text.width, text.height};
}

Result<std::string> text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr)
        return corrupt_archive("the metadata lacks '" + std::string(key) + "'");
    return std::string(*text);
}

Result<json::value> json_at(const json::object& object, std::string_view key) {
    auto value = parse_strictly(TRY(text_at(object, key)), Code::corrupt_archive);
    if (value.has_error())
        return corrupt_archive("metadata '" + std::string(key) + "': " + value.error().message);
    return value;
}

template <class T>
Result<T> value_at(const json::object& object, std::string_view key) {
    auto value = json::try_value_to<T>(TRY(json_at(object, key)));
    if (!value)
        return corrupt_archive("metadata '" + std::string(key) + "': " + value.error().message());
    return *std::move(value);
}

Result<Recipe> read_recipe(const json::object& object) {
    auto recipe = recipe_from_json(TRY(json_at(object, "recipe")));
    if (!recipe)
        return corrupt_archive("metadata 'recipe': a key is missing, unknown or of another type");
    return *std::move(recipe);
}

Result<> read_source(const json::object& object, ArchiveHeader& header) {
    const auto source = TRY(value_at<SourceText>(object, "source"));
    for (const auto& size : {source.displayed, source.coded})
        if (size.width <= 0 || size.height <= 0)
            return corrupt_archive("metadata 'source': a size of " + std::to_string(size.width) + "x" +
                                   std::to_string(size.height));
    if (source.rotation % 90 != 0 || source.rotation < 0 || source.rotation >= 360)
        return corrupt_archive("metadata 'source': a rotation of " + std::to_string(source.rotation) +
                               ", not 0, 90, 180 or 270");
    if (source.time_base.numerator <= 0 || source.time_base.denominator <= 0)
        return corrupt_archive("metadata 'source': a time base of " +
                               std::to_string(source.time_base.numerator) + "/" +
                               std::to_string(source.time_base.denominator));
    header.displayed = size_of(source.displayed);
    header.coded = size_of(source.coded);
    header.rotation = source.rotation;
    header.time_base = {source.time_base.numerator, source.time_base.denominator};
    return {};
}

Result<Skeleton> read_skeleton(const json::object& object) {
    Skeleton skeleton;
    skeleton.names = TRY(value_at<std::vector<std::string>>(object, "keypoint_names"));
    skeleton.links = TRY((value_at<std::vector<std::pair<int, int>>>(object, "keypoint_links")));
    if (skeleton.names.size() > max_keypoints)
        return corrupt_archive("metadata 'keypoint_names': " + std::to_string(skeleton.names.size()) +
                               " names, more than " + std::to_string(max_keypoints));
    if (object.contains("keypoint_link_colours"))
        skeleton.link_colours =
            TRY((value_at<std::vector<std::array<std::uint8_t, 3>>>(object, "keypoint_link_colours")));
    if (!skeleton.link_colours.empty() && skeleton.link_colours.size() != skeleton.links.size())
        return corrupt_archive(
            "metadata 'keypoint_link_colours': " + std::to_string(skeleton.link_colours.size()) +
            " colours for " + std::to_string(skeleton.links.size()) + " links");
    std::set<std::string_view> names;
    for (const auto& name : skeleton.names)
        if (name.empty() || !names.insert(name).second)
            return corrupt_archive("metadata 'keypoint_names': '" + name + "' is empty or stands twice");
    const auto count = static_cast<int>(skeleton.names.size());
    for (const auto& [from, to] : skeleton.links)
        if (from < 0 || to < 0 || from >= count || to >= count)
            return corrupt_archive("metadata 'keypoint_links': " + std::to_string(from) + " to " +
                                   std::to_string(to) + ", there are " + std::to_string(count) +
                                   " key points");
    return skeleton;
}

Result<ArchiveCounts> read_counts(const json::object& object) {
    auto lost = TRY(value_at<LostFramesText>(object, "lost_frames"));
    ArchiveCounts counts;
    counts.frames = TRY(value_at<std::int64_t>(object, "frames"));
    counts.person_frames = TRY(value_at<std::int64_t>(object, "person_frames"));
    counts.lost = {.count = lost.count, .first_reason = std::move(lost.first_reason)};
    for (const auto count : {counts.frames, counts.person_frames, counts.lost.count})
        if (count < 0 || count == INT64_MAX)
            return corrupt_archive("a count of " + std::to_string(count) +
                                   " frames, person-frames or lost frames");
    return counts;
}

}  // namespace

json::object write_metadata(const Metadata& metadata) {
    const auto& [header, counts] = metadata;
    const SourceText source{.displayed = text_of(header.displayed),
                            .coded = text_of(header.coded),
                            .rotation = header.rotation,
                            .time_base = {header.time_base.numerator, header.time_base.denominator}};
    const LostFramesText lost{counts.lost.count, utf8_of(counts.lost.first_reason)};
    const auto text = [](const auto& value) { return json::serialize(json::value_from(value)); };
    json::object object{{"schema", archive_schema},
                        {"engine_version", header.engine_version},
                        {"recipe", json::serialize(to_json(header.recipe))},
                        {"source", text(source)},
                        {"keypoint_names", text(header.skeleton.names)},
                        {"keypoint_links", text(header.skeleton.links)},
                        {"keypoints_3d_origin", header.keypoints_3d_origin},
                        {"keypoints_confidence", header.confidence_definition},
                        {"units", units},
                        {"axes", axes},
                        {"frames", std::to_string(counts.frames)},
                        {"person_frames", std::to_string(counts.person_frames)},
                        {"lost_frames", text(lost)}};
    if (!header.skeleton.link_colours.empty())
        object["keypoint_link_colours"] = text(header.skeleton.link_colours);
    return object;
}

Result<Metadata> read_metadata(const json::object& object) {
    const auto schema = TRY(text_at(object, "schema"));
    if (schema != archive_schema)
        return fail(Code::corrupt_archive, "its schema is '" + schema + "', not '" + archive_schema + "'");
    Metadata metadata;
    auto& header = metadata.header;
    header.recipe = TRY(read_recipe(object));
    header.engine_version = TRY(text_at(object, "engine_version"));
    TRY(read_source(object, header));
    header.skeleton = TRY(read_skeleton(object));
    header.keypoints_3d_origin = TRY(text_at(object, "keypoints_3d_origin"));
    header.confidence_definition = TRY(text_at(object, "keypoints_confidence"));
    metadata.counts = TRY(read_counts(object));
    return metadata;
}

Result<> check_storable(const ArchiveHeader& header) {
    const Metadata metadata{.header = header, .counts = {}};
    const auto text = json::serialize(write_metadata(metadata));
    const auto object = parse_strictly(text, Code::corrupt_archive);
    if (object.has_error())
        return fail(Code::invalid_argument,
                    "the archive's header cannot be stored: " + object.error().message);
    const auto read = read_metadata(object->as_object());
    if (read.has_error())
        return fail(Code::invalid_argument, "the archive's header cannot be stored: " + read.error().message);
    if (*read != metadata)
        return fail(Code::invalid_argument, "the archive's header does not read back as it was given");
    return {};
}

}  // namespace posed::results
