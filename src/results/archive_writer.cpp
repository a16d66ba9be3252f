#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "results/archive.h"
#include "results/layout.h"
#include "results/metadata.h"
#include "results/safetensors.h"
#include "results/temporary_file.h"

namespace posed::results {
namespace {

template <class T>
std::span<const std::byte> bytes_of(const T& values) {
    return std::as_bytes(std::span(values));
}

std::size_t values_of(const FieldShape& field) noexcept {
    std::size_t count = 1;
    for (const auto length : field.shape)
        count *= static_cast<std::size_t>(length);
    return count;
}

/// Names that no tensor of the schema has, each once, and lengths of at least one.
Result<> check_fields(std::span<const FieldShape> fields) {
    std::set<std::string> names{faces_tensor, vertices_tensor};
    for (const auto& column : columns_of(0, 0, 0))
        names.insert(column.name);
    for (const auto& field : fields)
        if (field.name.empty() || !names.insert(field.name).second ||
            std::ranges::any_of(field.shape, [](std::int64_t length) { return length < 1; }))
            return fail(Code::invalid_argument,
                        "the archive's field '" + field.name + "' has no name of its own, or an empty shape");
    return {};
}

class Writer final : public ArchiveWriter {
  public:
    Writer(std::filesystem::path path, ArchiveHeader header, std::vector<FieldShape> fields,
           std::optional<Mesh> mesh, std::vector<Spool> spools)
        : path_(std::move(path)),
          metadata_{std::move(header), {}},
          fields_(std::move(fields)),
          mesh_(std::move(mesh)),
          spools_(std::move(spools)) {}

    /// The first element of `frame_rows`.
    Result<> begin() { return write(Column::frame_rows, metadata_.counts.person_frames); }

    Result<> append(const FrameTime& time, std::span<const PersonFrame> people) override {
        if (stopped_)
            return *stopped_;
        TRY(check(time, people));
        return unless_broken(write_frame(time, people));
    }

    Result<ArchiveCounts> finish(const LostFrames& lost) override {
        if (stopped_)
            return *stopped_;
        metadata_.counts.lost = lost;
        TRY(unless_broken(assemble()));
        stopped_ = fail(Code::internal, path_.string() + " is already finished");
        return metadata_.counts;
    }

  private:
    /// After a failure the columns no longer match each other; their room is given back at once.
    Result<> unless_broken(Result<> result) {
        if (result.has_error()) {
            stopped_ = result.error();
            spools_.clear();
        }
        return result;
    }

    Result<> check(const FrameTime& time, std::span<const PersonFrame> people) const {
        const auto frame = [this] { return "frame " + std::to_string(metadata_.counts.frames); };
        if (last_time_ && (time.pts < last_time_->pts || time.time < last_time_->time))
            return fail(Code::invalid_argument, frame() + " is at tick " + std::to_string(time.pts) +
                                                    ", before the last one at " +
                                                    std::to_string(last_time_->pts));
        if (people.size() > max_people_in_frame)
            return fail(Code::limit_exceeded, frame() + " has " + std::to_string(people.size()) +
                                                  " people, more than " +
                                                  std::to_string(max_people_in_frame));
        const auto count = metadata_.header.skeleton.names.size();
        for (const auto& person : people)
            if (person.keypoints_2d.size() != count || person.keypoints_3d.size() != count ||
                person.keypoints_confidence.size() != count)
                return fail(Code::invalid_argument, frame() + ": track " + std::to_string(person.track_id) +
                                                        " has not the skeleton's " + std::to_string(count) +
                                                        " key points");
        for (const auto& person : people)
            if (!std::ranges::equal(person.fields, fields_, {}, &std::vector<float>::size, values_of))
                return fail(Code::invalid_argument, frame() + ": track " + std::to_string(person.track_id) +
                                                        " has not the values of the estimator's own fields");
        const auto vertices = mesh_ ? static_cast<std::size_t>(mesh_->vertex_count) : 0;
        for (const auto& person : people)
            if (person.vertices.size() != vertices)
                return fail(Code::invalid_argument, frame() + ": track " + std::to_string(person.track_id) +
                                                        " has " + std::to_string(person.vertices.size()) +
                                                        " vertices, not the mesh's " +
                                                        std::to_string(vertices));
        const auto descends = [](const PersonFrame& a, const PersonFrame& b) {
            return a.track_id >= b.track_id;
        };
        if (std::ranges::adjacent_find(people, descends) != people.end())
            return fail(Code::invalid_argument, frame() + ": its tracks do not ascend");
        return {};
    }

    Result<> write_frame(const FrameTime& time, std::span<const PersonFrame> people) {
        TRY(write(Column::frame_pts, time.pts));
        TRY(write(Column::frame_pts_us, std::int64_t{time.time.count()}));
        for (const auto& person : people)
            TRY(write_person(person));
        auto& counts = metadata_.counts;
        counts.frames += 1;
        counts.person_frames += static_cast<std::int64_t>(people.size());
        last_time_ = time;
        return write(Column::frame_rows, counts.person_frames);
    }

    Result<> write_person(const PersonFrame& person) {
        static_assert(sizeof(Point2) == 2 * sizeof(float) && sizeof(Point3) == 3 * sizeof(float));
        TRY(write(Column::track_id, person.track_id));
        TRY(spool(Column::bbox_xyxy).append(bytes_of(person.bbox_xyxy)));
        TRY(write(Column::bbox_confidence, person.bbox_confidence));
        TRY(spool(Column::keypoints_2d).append(bytes_of(person.keypoints_2d)));
        TRY(spool(Column::keypoints_3d).append(bytes_of(person.keypoints_3d)));
        TRY(spool(Column::keypoints_confidence).append(bytes_of(person.keypoints_confidence)));
        for (std::size_t i = 0; i < fields_.size(); ++i)
            TRY(spools_[column_count + i].append(bytes_of(person.fields[i])));
        if (mesh_)
            TRY(spools_.back().append(bytes_of(person.vertices)));
        return write(Column::root_translation, person.root_translation);
    }

    Result<> assemble() {
        const auto& counts = metadata_.counts;
        const auto keypoints = static_cast<std::int64_t>(metadata_.header.skeleton.names.size());
        auto columns = columns_of(counts.frames, counts.person_frames, keypoints);
        for (const auto& field : fields_)
            columns.push_back(column_of(field, counts.person_frames));
        if (mesh_)
            std::ranges::move(mesh_columns(static_cast<std::int64_t>(mesh_->faces.size()),
                                           mesh_->vertex_count, counts.person_frames),
                              std::back_inserter(columns));
        const auto text = TRY(write_safetensors_header(write_metadata(metadata_), columns));
        const auto file = TRY(open_temporary(path_));
        TRY(file->append(bytes_of(text)));
        for (auto& spool : spools_) {
            if (mesh_ && &spool == &spools_.back())
                TRY(file->append(bytes_of(mesh_->faces)));
            TRY(std::move(spool).move_to(*file));
        }
        return file->publish(path_);
    }

    Spool& spool(Column column) noexcept { return spools_[index_of(column)]; }

    template <class T>
    Result<> write(Column column, const T& value) {
        return spool(column).append(std::as_bytes(std::span(&value, 1)));
    }

    std::filesystem::path path_;
    Metadata metadata_;
    std::vector<FieldShape> fields_;
    std::optional<Mesh> mesh_;
    std::vector<Spool> spools_;  ///< indexed by Column; then those of `fields_`, then the vertices
    std::optional<FrameTime> last_time_;
    std::optional<Error> stopped_;
};

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> create_archive(const std::filesystem::path& path,
                                                      const ArchiveHeader& header,
                                                      std::vector<FieldShape> fields,
                                                      std::optional<Mesh> mesh) {
    TRY(check_storable(header));
    TRY(check_fields(fields));
    if (mesh)
        TRY(check_mesh(*mesh, Code::invalid_argument));
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return fail(Code::invalid_argument, path.string() + " is not a regular file and is not replaced",
                    "name a file");
    std::vector<Spool> spools;
    for (std::size_t i = 0; i < column_count + fields.size() + (mesh ? 1 : 0); ++i)
        spools.push_back(TRY(Spool::open(path)));
    auto writer =
        std::make_unique<Writer>(path, header, std::move(fields), std::move(mesh), std::move(spools));
    TRY(writer->begin());
    return writer;
}

}  // namespace posed::results
