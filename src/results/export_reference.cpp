#include "results/export_reference.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

namespace posed::results {
namespace {

namespace json = boost::json;

/// What safetensors' own readers take as a header.
constexpr std::size_t longest_header = 100'000'000;

constexpr std::int64_t frames_in_scan = 64;

/// Whom a frame shows, as the number among its people.
struct Shown {
    std::int64_t frame = 0;
    std::size_t person = 0;
};

float weight_of(const PersonFrame& person) noexcept {
    const auto& box = person.bbox_xyxy;
    return person.bbox_confidence * (box[2] - box[0]) * (box[3] - box[1]);
}

Result<std::vector<Shown>> people_shown(ArchiveReader& reader) {
    std::vector<Shown> shown;
    const auto count = reader.counts().frames;
    for (std::int64_t first = 0; first < count; first += frames_in_scan) {
        const auto frames = TRY(reader.read(first, std::min(frames_in_scan, count - first)));
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const auto& people = frames[i].people;
            if (!people.empty())
                shown.push_back({first + static_cast<std::int64_t>(i),
                                 static_cast<std::size_t>(std::ranges::max_element(people, {}, weight_of) -
                                                          people.begin())});
        }
    }
    return shown;
}

/// The pose's tensors that the archive's fields hold, in the reference's order.
constexpr std::array<std::string_view, 8> field_names{
    "keypoints_2d_depth", "pred_cam", "pred_pose_raw", "global_rot", "body_pose", "shape", "scale", "hand"};

/// A tensor of each frame but the triangles: name and lengths.
struct FrameTensor {
    std::string name;
    std::vector<std::int64_t> shape;

    [[nodiscard]] std::uint64_t bytes() const noexcept {
        std::uint64_t count = sizeof(float);
        for (const auto length : shape)
            count *= static_cast<std::uint64_t>(length);
        return count;
    }
};

std::vector<FrameTensor> tensors_of(std::int64_t keypoints, std::int64_t vertices,
                                    const std::vector<FieldShape>& fields) {
    std::vector<FrameTensor> tensors{{"detection.coords", {4}},
                                     {"detection.confidence", {}},
                                     {"pose.pred_keypoints_3d", {1, keypoints, 3}},
                                     {"pose.pred_keypoints_2d", {1, keypoints, 2}},
                                     {"pose.pred_vertices", {1, vertices, 3}},
                                     {"pose.pred_keypoints_2d_verts", {1, vertices, 2}},
                                     {"pose.pred_cam_t", {1, 3}},
                                     {"pose.focal_length", {1}}};
    for (const auto& field : fields) {
        std::vector<std::int64_t> shape{1};
        shape.insert(shape.end(), field.shape.begin(), field.shape.end());
        const bool depth = field.name == field_names.front();
        tensors.push_back({depth ? "pose.pred_keypoints_2d_depth" : "pose." + field.name, std::move(shape)});
    }
    return tensors;
}

template <class T>
void append(std::string& bytes, const std::vector<T>& values) {
    static_assert(std::endian::native == std::endian::little);
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

class ReferenceLayout final : public PoseText {
  public:
    ReferenceLayout(ArchiveReader& reader, Size box, const MeshSource* source, std::vector<Shown> shown,
                    std::vector<std::size_t> fields)
        : reader_(reader),
          padded_(padded_frame(reader.header().displayed, box)),
          camera_(reader.header().recipe.camera),
          source_(source),
          mesh_(reader.mesh() ? *reader.mesh() : source->mesh),
          shown_(std::move(shown)),
          fields_(std::move(fields)) {
        std::vector<FieldShape> stored;
        for (const auto field : fields_)
            stored.push_back(reader.fields()[field]);
        tensors_ = tensors_of(static_cast<std::int64_t>(reader.header().skeleton.names.size()),
                              mesh_.vertex_count, stored);
        for (const auto& face : mesh_.faces)
            faces_.insert(faces_.end(), face.begin(), face.end());
    }

    Result<> make_header() {
        json::array valid;
        for (const auto& [frame, person] : shown_)
            valid.emplace_back(frame);
        json::object header{{"__metadata__",
                             {{"total_frames", std::to_string(reader_.counts().frames)},
                              {"valid_indices", json::serialize(valid)},
                              {"structure_version", "1"}}}};
        std::uint64_t begin = 0;
        const auto add = [&](std::int64_t frame, const std::string& name, const char* type,
                             const std::vector<std::int64_t>& shape, std::uint64_t size) {
            header[std::to_string(frame) + "." + name] = {
                {"dtype", type}, {"shape", json::value_from(shape)}, {"data_offsets", {begin, begin + size}}};
            begin += size;
        };
        const auto triangles = static_cast<std::int64_t>(mesh_.faces.size());
        for (const auto& [frame, person] : shown_)
            add(frame, "pose.faces", "I64", {triangles, 3}, faces_.size() * sizeof(std::int64_t));
        for (const auto& [frame, person] : shown_)
            for (const auto& tensor : tensors_)
                add(frame, tensor.name, "F32", tensor.shape, tensor.bytes());
        auto text = json::serialize(header);
        text.append((8 - text.size() % 8) % 8, ' ');
        if (text.size() > longest_header)
            return fail(Code::limit_exceeded,
                        "the layout called reference would need a header of " + std::to_string(text.size()) +
                            " bytes for " + std::to_string(shown_.size()) + " frames; readers take " +
                            std::to_string(longest_header),
                        "estimate a shorter window, or take the archive");
        const std::uint64_t length = text.size();
        header_.assign(reinterpret_cast<const char*>(&length), sizeof length);
        header_ += text;
        return {};
    }

    Result<std::string> next() override {
        if (!header_.empty())
            return std::exchange(header_, {});
        if (next_faces_ < shown_.size()) {
            ++next_faces_;
            std::string bytes;
            append(bytes, faces_);
            return bytes;
        }
        if (next_frame_ == shown_.size())
            return std::string();
        const auto& [frame, index] = shown_[next_frame_++];
        auto frames = TRY(reader_.read(frame, 1, {.fields = true, .vertices = true}));
        auto person = std::move(frames.front().people.at(index));
        if (person.vertices.empty())
            person.vertices = TRY(source_->vertices_of(person));
        return bytes_of(person);
    }

  private:
    [[nodiscard]] Point2 in_padded(double x, double y) const noexcept {
        return {static_cast<float>(x * padded_.scale_x + padded_.left),
                static_cast<float>(y * padded_.scale_y + padded_.top)};
    }

    [[nodiscard]] Point2 seen(const Point3& point, const Point3& root) const noexcept {
        const double z = static_cast<double>(point.z) + static_cast<double>(root.z);
        return in_padded(
            camera_.fx * (static_cast<double>(point.x) + static_cast<double>(root.x)) / z + camera_.cx,
            camera_.fy * (static_cast<double>(point.y) + static_cast<double>(root.y)) / z + camera_.cy);
    }

    /// In the order of `tensors_`.
    [[nodiscard]] std::string bytes_of(const PersonFrame& person) const {
        const auto& box = person.bbox_xyxy;
        const auto corner = [&](std::size_t i) {
            return in_padded(static_cast<double>(box[i]), static_cast<double>(box[i + 1]));
        };
        std::vector<Point2> keypoints, vertices;
        for (const auto& point : person.keypoints_2d)
            keypoints.push_back(in_padded(static_cast<double>(point.x), static_cast<double>(point.y)));
        for (const auto& vertex : person.vertices)
            vertices.push_back(seen(vertex, person.root_translation));
        std::string bytes;
        append(bytes, std::vector{corner(0), corner(2)});
        append(bytes, std::vector{person.bbox_confidence});
        append(bytes, person.keypoints_3d);
        append(bytes, keypoints);
        append(bytes, person.vertices);
        append(bytes, vertices);
        append(bytes, std::vector{person.root_translation});
        append(bytes, std::vector{static_cast<float>(camera_.fx * padded_.scale_x)});
        for (const auto field : fields_)
            append(bytes, person.fields[field]);
        return bytes;
    }

    ArchiveReader& reader_;
    PaddedFrame padded_;
    Camera camera_;
    const MeshSource* source_;
    const Mesh& mesh_;
    std::vector<Shown> shown_;
    std::vector<std::size_t> fields_;  ///< of the archive's
    std::vector<FrameTensor> tensors_;
    std::vector<std::int64_t> faces_;
    std::string header_;
    std::size_t next_faces_ = 0;
    std::size_t next_frame_ = 0;
};

Result<std::vector<std::size_t>> find_fields(const ArchiveReader& reader) {
    std::vector<std::size_t> found;
    for (const auto name : field_names) {
        const auto field = std::ranges::find(reader.fields(), name, &FieldShape::name);
        if (field == reader.fields().end())
            return fail(Code::invalid_argument,
                        "the layout called reference is that of sam-3d-body; this archive is of " +
                            reader.header().recipe.estimator + " and has no " + std::string(name),
                        "take archive, json or csv");
        found.push_back(static_cast<std::size_t>(field - reader.fields().begin()));
    }
    return found;
}

}  // namespace

PaddedFrame padded_frame(Size displayed, Size box) noexcept {
    const double width = displayed.width, height = displayed.height;
    const Size even{box.width / 2 * 2, box.height / 2 * 2};
    const double box_width = even.width, box_height = even.height;
    const double fitted_width = std::min(box_width, std::round(box_height * width / height));
    const double fitted_height = std::min(box_height, std::round(box_width * height / width));
    return {.scale_x = fitted_width / width,
            .scale_y = fitted_height / height,
            .left = std::floor((box_width - fitted_width) / 2),
            .top = std::floor((box_height - fitted_height) / 2)};
}

Result<std::unique_ptr<PoseText>> open_reference_layout(ArchiveReader& reader, Size box,
                                                        const MeshSource* source) {
    auto fields = TRY(find_fields(reader));
    if (!reader.mesh() && source == nullptr)
        return fail(Code::invalid_argument,
                    "the layout called reference has the body's surface, which this archive does not hold",
                    "estimate again with the mesh (include_mesh, --mesh), or run `posed export` where "
                    "POSED_SAM3DBODY_DIR names the model");
    auto shown = TRY(people_shown(reader));
    auto layout = std::make_unique<ReferenceLayout>(reader, box, source, std::move(shown), std::move(fields));
    TRY(layout->make_header());
    return std::unique_ptr<PoseText>(std::move(layout));
}

}  // namespace posed::results
