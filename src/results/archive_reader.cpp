#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "results/archive.h"
#include "results/layout.h"
#include "results/metadata.h"
#include "results/safetensors.h"

namespace posed::results {
namespace {

/// Frames looked at together when the whole file is walked through.
constexpr std::int64_t frames_checked_at_once = 4096;

std::string text_of(const TensorInfo& tensor) {
    std::string lengths;
    for (const auto length : tensor.shape) {
        if (!lengths.empty())
            lengths += ',';
        lengths += std::to_string(length);
    }
    return tensor.type + " [" + lengths + "]";
}

std::size_t elements_in(const FieldShape& field) noexcept {
    std::size_t count = 1;
    for (const auto length : field.shape)
        count *= static_cast<std::size_t>(length);
    return count;
}

/// What an archive may have besides the tensors of the schema: where its fields and vertices lie.
struct Extras {
    std::vector<FieldShape> fields;
    std::vector<std::uint64_t> field_offsets;
    std::optional<Mesh> mesh;
    std::uint64_t vertices_offset = 0;
};

class Reader final : public ArchiveReader {
  public:
    Reader(ByteSource& source, Metadata metadata, std::vector<TensorInfo> tensors,
           std::array<StoredTensor, column_count> columns, Extras extras)
        : source_(source),
          metadata_(std::move(metadata)),
          tensors_(std::move(tensors)),
          columns_(std::move(columns)),
          extras_(std::move(extras)) {}

    const ArchiveHeader& header() const noexcept override { return metadata_.header; }
    const ArchiveCounts& counts() const noexcept override { return metadata_.counts; }
    const std::vector<TensorInfo>& tensors() const noexcept override { return tensors_; }

    const std::vector<FieldShape>& fields() const noexcept override { return extras_.fields; }
    const std::optional<Mesh>& mesh() const noexcept override { return extras_.mesh; }

    /// What the header cannot say: that times, rows and tracks are in order.
    Result<> check() const {
        TRY(check_order(Column::frame_pts));
        TRY(check_order(Column::frame_pts_us));
        const auto& counts = metadata_.counts;
        const auto first = TRY(elements<std::int64_t>(Column::frame_rows, 0, 1)).front();
        const auto last = TRY(elements<std::int64_t>(Column::frame_rows, counts.frames, 1)).front();
        if (first != 0 || last != counts.person_frames)
            return corrupt_archive("frame_rows goes from " + std::to_string(first) + " to " +
                                   std::to_string(last) + ", not from 0 to " +
                                   std::to_string(counts.person_frames));
        return visit_tracks([](std::int64_t, std::span<const std::int32_t>) {});
    }

    Result<Presence> presence() override {
        Presence presence;
        std::map<std::int32_t, TrackSpan> spans;
        TRY(visit_tracks([&](std::int64_t frame, std::span<const std::int32_t> tracks) {
            presence.frames_with_somebody += tracks.empty() ? 0 : 1;
            for (const auto track : tracks) {
                auto& span = spans.try_emplace(track, TrackSpan{track, frame, frame, 0}).first->second;
                span.last_frame = frame;
                span.person_frames += 1;
            }
        }));
        for (const auto& [track, span] : spans)
            presence.tracks.push_back(span);
        return presence;
    }

    Result<std::vector<ArchivedFrame>> read(std::int64_t first, std::int64_t count,
                                            PersonParts parts) override {
        const auto frames = metadata_.counts.frames;
        if (first < 0 || count < 0 || first > frames || count > frames - first)
            return fail(Code::invalid_argument, std::to_string(count) + " frames from " +
                                                    std::to_string(first) + " on; the archive has " +
                                                    std::to_string(frames));
        const auto rows = TRY(rows_of(first, count));
        const auto ticks = TRY(elements<std::int64_t>(Column::frame_pts, first, count));
        const auto times = TRY(elements<std::int64_t>(Column::frame_pts_us, first, count));
        auto people = TRY(read_people(rows.front(), rows.back() - rows.front()));
        if (parts.fields)
            TRY(read_fields(people, rows.front()));
        if (parts.vertices && extras_.mesh)
            TRY(read_vertices(people, rows.front()));
        std::vector<ArchivedFrame> result;
        auto next = people.begin();
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            const auto end = next + (rows[i + 1] - rows[i]);
            result.push_back({.time = {.pts = ticks[i], .time = Microseconds(times[i])},
                              .people = {std::move_iterator(next), std::move_iterator(end)}});
            next = end;
        }
        return result;
    }

  private:
    /// Rows first .. first+count-1 of a tensor whose rows have `width` elements, by one read; none for none.
    template <class T>
    Result<std::vector<T>> elements(Column column, std::int64_t first, std::int64_t count,
                                    std::int64_t width = 1) const {
        std::vector<T> values(static_cast<std::size_t>(count * width));
        if (values.empty())
            return values;
        const auto offset = static_cast<std::uint64_t>(first * width) * sizeof(T);
        TRY(read_exactly(source_, columns_[index_of(column)].offset + offset,
                         std::as_writable_bytes(std::span(values)), Code::corrupt_archive));
        return values;
    }

    /// `frame_rows` of these frames and the one after.
    Result<std::vector<std::int64_t>> rows_of(std::int64_t first, std::int64_t count) const {
        auto rows = TRY(elements<std::int64_t>(Column::frame_rows, first, count + 1));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i] < 0 || rows[i] > metadata_.counts.person_frames)
                return corrupt_archive("frame_rows " + std::to_string(first + static_cast<std::int64_t>(i)) +
                                       " is " + std::to_string(rows[i]) + " of " +
                                       std::to_string(metadata_.counts.person_frames) + " rows");
            if (i > 0 && (rows[i] < rows[i - 1] ||
                          rows[i] - rows[i - 1] > static_cast<std::int64_t>(max_people_in_frame)))
                return corrupt_archive("frame_rows goes from " + std::to_string(rows[i - 1]) + " to " +
                                       std::to_string(rows[i]) + " at frame " +
                                       std::to_string(first + static_cast<std::int64_t>(i) - 1) +
                                       "; a frame has 0 to " + std::to_string(max_people_in_frame) + " rows");
        }
        return rows;
    }

    Result<> check_order(Column column) const {
        auto last = INT64_MIN;
        for (std::int64_t first = 0; first < metadata_.counts.frames; first += frames_checked_at_once) {
            const auto count = std::min(frames_checked_at_once, metadata_.counts.frames - first);
            const auto times = TRY(elements<std::int64_t>(column, first, count));
            for (const auto time : times) {
                if (time < last)
                    return corrupt_archive(columns_[index_of(column)].info.name + " goes back from " +
                                           std::to_string(last) + " to " + std::to_string(time));
                last = time;
            }
        }
        return {};
    }

    /// Calls `visit(frame, tracks)` for each frame.
    template <class Visit>
    Result<> visit_tracks(Visit visit) const {
        for (std::int64_t first = 0; first < metadata_.counts.frames; first += frames_checked_at_once) {
            const auto count = std::min(frames_checked_at_once, metadata_.counts.frames - first);
            const auto rows = TRY(rows_of(first, count));
            const auto tracks =
                TRY(elements<std::int32_t>(Column::track_id, rows.front(), rows.back() - rows.front()));
            std::span<const std::int32_t> rest(tracks);
            for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
                const auto here = rest.first(static_cast<std::size_t>(rows[i + 1] - rows[i]));
                rest = rest.subspan(here.size());
                if (std::ranges::adjacent_find(here, std::ranges::greater_equal()) != here.end())
                    return corrupt_archive("the tracks of frame " +
                                           std::to_string(first + static_cast<std::int64_t>(i)) +
                                           " do not ascend");
                visit(first + static_cast<std::int64_t>(i), here);
            }
        }
        return {};
    }

    Result<std::vector<PersonFrame>> read_people(std::int64_t first, std::int64_t count) const {
        const auto keypoints = metadata_.header.skeleton.names.size();
        const auto width = static_cast<std::int64_t>(keypoints);
        std::vector<PersonFrame> people(static_cast<std::size_t>(count));
        const auto tracks = TRY(elements<std::int32_t>(Column::track_id, first, count));
        const auto boxes = TRY((elements<std::array<float, 4>>(Column::bbox_xyxy, first, count)));
        const auto confidences = TRY(elements<float>(Column::bbox_confidence, first, count));
        const auto roots = TRY(elements<Point3>(Column::root_translation, first, count));
        for (std::size_t i = 0; i < people.size(); ++i) {
            people[i].track_id = tracks[i];
            people[i].bbox_xyxy = boxes[i];
            people[i].bbox_confidence = confidences[i];
            people[i].root_translation = roots[i];
        }
        const auto share_out = [&](const auto& points, auto member) {
            for (std::size_t i = 0; i < people.size(); ++i) {
                const auto begin = points.begin() + static_cast<std::ptrdiff_t>(i * keypoints);
                (people[i].*member).assign(begin, begin + static_cast<std::ptrdiff_t>(keypoints));
            }
        };
        share_out(TRY(elements<Point2>(Column::keypoints_2d, first, count, width)),
                  &PersonFrame::keypoints_2d);
        share_out(TRY(elements<Point3>(Column::keypoints_3d, first, count, width)),
                  &PersonFrame::keypoints_3d);
        share_out(TRY(elements<float>(Column::keypoints_confidence, first, count, width)),
                  &PersonFrame::keypoints_confidence);
        return people;
    }

    Result<> read_fields(std::vector<PersonFrame>& people, std::int64_t first) const {
        for (std::size_t i = 0; i < extras_.fields.size(); ++i) {
            const auto length = elements_in(extras_.fields[i]);
            const auto values = TRY(rows_at<float>(extras_.field_offsets[i], first, people.size(), length));
            for (std::size_t row = 0; row < people.size(); ++row) {
                const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * length);
                people[row].fields.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
            }
        }
        return {};
    }

    /// Person by person: all of a frame range would be hundreds of megabytes twice.
    Result<> read_vertices(std::vector<PersonFrame>& people, std::int64_t first) const {
        const auto length = static_cast<std::size_t>(extras_.mesh->vertex_count);
        for (std::size_t row = 0; row < people.size(); ++row)
            people[row].vertices = TRY(
                rows_at<Point3>(extras_.vertices_offset, first + static_cast<std::int64_t>(row), 1, length));
        return {};
    }

    template <class T>
    Result<std::vector<T>> rows_at(std::uint64_t offset, std::int64_t first, std::size_t count,
                                   std::size_t length) const {
        std::vector<T> values(count * length);
        if (values.empty())
            return values;
        TRY(read_exactly(source_, offset + static_cast<std::uint64_t>(first) * length * sizeof(T),
                         std::as_writable_bytes(std::span(values)), Code::corrupt_archive));
        return values;
    }

    ByteSource& source_;
    Metadata metadata_;
    std::vector<TensorInfo> tensors_;
    std::array<StoredTensor, column_count> columns_;
    Extras extras_;
};

/// The tensors of the schema, which must have the types and shapes that the counts ask for.
Result<std::array<StoredTensor, column_count>> find_columns(const std::vector<StoredTensor>& tensors,
                                                            const Metadata& metadata) {
    const auto& counts = metadata.counts;
    const auto expected = columns_of(counts.frames, counts.person_frames,
                                     static_cast<std::int64_t>(metadata.header.skeleton.names.size()));
    std::array<StoredTensor, column_count> columns;
    for (std::size_t i = 0; i < column_count; ++i) {
        const auto found = std::ranges::find(tensors, expected[i].name,
                                             [](const StoredTensor& tensor) { return tensor.info.name; });
        if (found == tensors.end())
            return corrupt_archive("tensor '" + expected[i].name + "' is missing");
        if (found->info != expected[i])
            return corrupt_archive("tensor '" + expected[i].name + "' is " + text_of(found->info) +
                                   ", the metadata asks for " + text_of(expected[i]));
        columns[i] = *found;
    }
    return columns;
}

const StoredTensor* find_tensor(const std::vector<StoredTensor>& tensors, std::string_view name) {
    const auto found = std::ranges::find(tensors, name, [](const auto& tensor) { return tensor.info.name; });
    return found == tensors.end() ? nullptr : &*found;
}

/// The triangles, and where the vertices lie.
Result<> read_mesh(ByteSource& source, const std::vector<StoredTensor>& tensors, const Metadata& metadata,
                   Extras& extras) {
    const auto* faces = find_tensor(tensors, faces_tensor);
    const auto* vertices = find_tensor(tensors, vertices_tensor);
    if (faces == nullptr || vertices == nullptr)
        return {};
    if (faces->info.shape.size() != 2 || vertices->info.shape.size() != 3)
        return corrupt_archive("a mesh needs 'faces' [F,3] and 'vertices' [N,V,3]");
    Mesh mesh{.vertex_count = vertices->info.shape[1], .faces = {}};
    const auto count = faces->info.shape[0];
    const auto expected = mesh_columns(count, mesh.vertex_count, metadata.counts.person_frames);
    if (faces->info != expected[0] || vertices->info != expected[1])
        return corrupt_archive("a mesh of " + text_of(faces->info) + " and " + text_of(vertices->info) +
                               ", not " + text_of(expected[0]) + " and " + text_of(expected[1]));
    if (count > max_faces)
        return corrupt_archive("a mesh of " + std::to_string(count) + " triangles, more than " +
                               std::to_string(max_faces));
    mesh.faces.resize(static_cast<std::size_t>(count));
    TRY(read_exactly(source, faces->offset, std::as_writable_bytes(std::span(mesh.faces)),
                     Code::corrupt_archive));
    TRY(check_mesh(mesh, Code::corrupt_archive));
    extras.mesh = std::move(mesh);
    extras.vertices_offset = vertices->offset;
    return {};
}

Result<Extras> read_extras(ByteSource& source, const std::vector<StoredTensor>& tensors,
                           const Metadata& metadata) {
    Extras extras;
    TRY(read_mesh(source, tensors, metadata, extras));
    const auto columns = columns_of(0, 0, 0);
    for (const auto& tensor : tensors) {
        const auto& [name, type, shape] = tensor.info;
        const bool of_schema = name == vertices_tensor || name == faces_tensor ||
                               std::ranges::find(columns, name, &TensorInfo::name) != columns.end();
        if (of_schema || type != "F32" || shape.empty() || shape[0] != metadata.counts.person_frames)
            continue;
        extras.fields.push_back({name, {shape.begin() + 1, shape.end()}});
        extras.field_offsets.push_back(tensor.offset);
    }
    return extras;
}

Result<std::unique_ptr<ArchiveReader>> open_reader(ByteSource& source) {
    auto header = TRY(read_safetensors_header(source));
    auto metadata = TRY(read_metadata(header.metadata));
    auto columns = TRY(find_columns(header.tensors, metadata));
    auto extras = TRY(read_extras(source, header.tensors, metadata));
    std::vector<TensorInfo> tensors;
    for (auto& tensor : header.tensors)
        tensors.push_back(std::move(tensor.info));
    auto reader = std::make_unique<Reader>(source, std::move(metadata), std::move(tensors),
                                           std::move(columns), std::move(extras));
    TRY(reader->check());
    return reader;
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> open_archive(ByteSource& source) {
    auto reader = open_reader(source);
    if (reader.has_error() && reader.error().code == Code::corrupt_archive)
        return corrupt_archive("not a readable archive: " + reader.error().message);
    return reader;
}

}  // namespace posed::results
