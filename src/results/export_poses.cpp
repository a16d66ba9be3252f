#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/json_text.h"
#include "results/export.h"

namespace posed::results {
namespace {

/// Frames held in memory at once.
constexpr std::int64_t frames_at_once = 64;

double seconds(Microseconds time) {
    return static_cast<double>(time.count()) / 1e6;
}

std::string quoted_for_json(std::string_view text) {
    return boost::json::serialize(boost::json::string(text));
}

std::string quoted_for_csv(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(text);
    std::string quoted = "\"";
    for (const char character : text) {
        if (character == '"')
            quoted += '"';
        quoted += character;
    }
    return quoted + '"';
}

Result<> check_range(const ArchiveReader& reader, FrameRange range) {
    const auto frames = reader.counts().frames;
    if (range.first < 0 || range.first > range.end || range.end > frames)
        return fail(Code::invalid_argument,
                    "frames " + std::to_string(range.first) + ":" + std::to_string(range.end) +
                        " are not within the archive's " + std::to_string(frames),
                    "name A:B with 0 <= A <= B <= " + std::to_string(frames));
    return {};
}

/// `[1,2]`
template <class... Numbers>
void append_list(std::string& text, Numbers... numbers) {
    char separator = '[';
    const auto append = [&](auto number) {
        text += separator;
        append_number(text, number);
        separator = ',';
    };
    (append(numbers), ...);
    text += ']';
}

/// Appends JSON; the names of the key points are quoted already.
class JsonFrames {
  public:
    JsonFrames(const Skeleton& skeleton, std::int64_t first) : first_(first) {
        std::ranges::transform(skeleton.names, std::back_inserter(names_), quoted_for_json);
    }

    void operator()(std::string& text, std::int64_t index, const ArchivedFrame& frame) const {
        text += index == first_ ? "\n" : ",\n";
        text += R"({"frame":)";
        append_number(text, index);
        text += R"(,"pts":)";
        append_number(text, frame.time.pts);
        text += R"(,"time_s":)";
        append_number(text, seconds(frame.time.time));
        text += R"(,"people":[)";
        for (const auto& person : frame.people) {
            if (&person != &frame.people.front())
                text += ',';
            append_person(text, person);
        }
        text += "]}";
    }

  private:
    void append_person(std::string& text, const PersonFrame& person) const {
        text += R"({"track_id":)";
        append_number(text, person.track_id);
        text += R"(,"bbox_xyxy":)";
        const auto& box = person.bbox_xyxy;
        append_list(text, box[0], box[1], box[2], box[3]);
        text += R"(,"bbox_confidence":)";
        append_number(text, person.bbox_confidence);
        text += R"(,"root_translation":)";
        append_list(text, person.root_translation.x, person.root_translation.y, person.root_translation.z);
        text += R"(,"keypoints":[)";
        for (std::size_t i = 0; i < names_.size(); ++i) {
            text += i == 0 ? R"({"name":)" : R"(,{"name":)";
            text += names_[i];
            text += R"(,"px":)";
            append_list(text, person.keypoints_2d[i].x, person.keypoints_2d[i].y);
            text += R"(,"m":)";
            const auto& place = person.keypoints_3d[i];
            append_list(text, place.x, place.y, place.z);
            text += R"(,"confidence":)";
            append_number(text, person.keypoints_confidence[i]);
            text += '}';
        }
        text += "]}";
    }

    std::vector<std::string> names_;
    std::int64_t first_;
};

/// Appends lines of CSV.
class CsvFrames {
  public:
    explicit CsvFrames(const Skeleton& skeleton) {
        std::ranges::transform(skeleton.names, std::back_inserter(names_), quoted_for_csv);
    }

    void operator()(std::string& text, std::int64_t index, const ArchivedFrame& frame) const {
        for (const auto& person : frame.people)
            for (std::size_t i = 0; i < names_.size(); ++i) {
                append_number(text, index);
                text += ',';
                append_number(text, seconds(frame.time.time));
                text += ',';
                append_number(text, person.track_id);
                text += ',';
                text += names_[i];
                const auto& image = person.keypoints_2d[i];
                const auto& place = person.keypoints_3d[i];
                for (const auto number :
                     {image.x, image.y, place.x, place.y, place.z, person.keypoints_confidence[i]}) {
                    text += ',';
                    append_number(text, number, "");
                }
                text += '\n';
            }
    }

  private:
    std::vector<std::string> names_;
};

std::string json_opening(const ArchiveHeader& header) {
    std::string text = R"({"schema":"posed.poses/1","keypoints_3d_origin":)";
    text += quoted_for_json(header.keypoints_3d_origin);
    text += R"(,"keypoint_links":[)";
    for (const auto& link : header.skeleton.links) {
        if (&link != &header.skeleton.links.front())
            text += ',';
        append_list(text, link.first, link.second);
    }
    return text + R"(],"frames":[)";
}

/// An opening, the frames as `Frames` appends them, a closing.
template <class Frames>
class FrameText final : public PoseText {
  public:
    FrameText(ArchiveReader& reader, FrameRange range, std::string opening, Frames frames,
              std::string closing)
        : reader_(reader),
          range_(range),
          text_(std::move(opening)),
          frames_(std::move(frames)),
          closing_(std::move(closing)) {}

    Result<std::string> next() override {
        while (text_.empty() && range_.first < range_.end)
            TRY(append_frames());
        if (text_.empty())
            text_ = std::exchange(closing_, {});
        return std::exchange(text_, {});
    }

  private:
    Result<> append_frames() {
        const auto count = std::min(frames_at_once, range_.end - range_.first);
        for (const auto& frame : TRY(reader_.read(range_.first, count)))
            frames_(text_, range_.first++, frame);
        return {};
    }

    ArchiveReader& reader_;
    FrameRange range_;  ///< of what is still to come
    std::string text_;
    Frames frames_;
    std::string closing_;
};

}  // namespace

Result<std::unique_ptr<PoseText>> open_pose_text(ArchiveReader& reader, FrameRange range, PoseFormat format) {
    TRY(check_range(reader, range));
    const auto& header = reader.header();
    if (format == PoseFormat::json)
        return std::make_unique<FrameText<JsonFrames>>(reader, range, json_opening(header),
                                                       JsonFrames(header.skeleton, range.first), "\n]}\n");
    return std::make_unique<FrameText<CsvFrames>>(
        reader, range, "frame,time_s,track_id,keypoint,x_px,y_px,x_m,y_m,z_m,confidence\n",
        CsvFrames(header.skeleton), "");
}

Result<> write_poses(std::ostream& stream, ArchiveReader& reader, FrameRange range, PoseFormat format) {
    const auto poses = TRY(open_pose_text(reader, range, format));
    for (auto text = TRY(poses->next()); !text.empty(); text = TRY(poses->next()))
        if (!stream.write(text.data(), std::ssize(text)))
            return fail(Code::input_output, "the output takes no more");
    return {};
}

}  // namespace posed::results
