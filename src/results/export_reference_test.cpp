#include "results/export_reference.h"

#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/sample_archive.h"
#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"

namespace posed::results {
namespace {

using testing::HasSubstr;

const std::vector<FieldShape> fields{
    {"keypoints_2d_depth", {2}}, {"pred_cam", {3}}, {"pred_pose_raw", {4}}, {"global_rot", {3}},
    {"body_pose", {5}},          {"shape", {2}},    {"scale", {1}},         {"hand", {6}}};
const Mesh triangle{.vertex_count = 3, .faces = {{{0, 1, 2}}}};

/// Frames of `people[t]` people each, with vertices or without.
std::string archive_of(const std::vector<int>& people, bool vertices) {
    const tests::TemporaryFolder folder;
    const auto path = folder.path() / "a";
    auto header = sample_header(2);
    header.displayed = {640, 480};
    header.recipe.camera = {.fx = 500, .fy = 400, .cx = 320, .cy = 240};
    auto writer = create_archive(path, header, fields, vertices ? std::optional(triangle) : std::nullopt);
    for (auto& frame : sample_frames(people, 2)) {
        for (auto& person : frame.people) {
            person.bbox_xyxy = {0, 0, 64, 48};
            person.bbox_confidence = person.track_id == 1 ? 0.9F : 0.5F;
            person.keypoints_2d = {{320, 240}, {0, 480}};
            person.root_translation = {0, 0, 4};
            person.fields.clear();
            for (const auto& field : fields)
                person.fields.emplace_back(static_cast<std::size_t>(field.shape[0]),
                                           static_cast<float>(person.track_id));
            if (vertices)
                person.vertices = {{1, 2, 0}, {0, 0, 0}, {-1, 0, 1}};
        }
        (*writer)->append(frame.time, frame.people).value();
    }
    (*writer)->finish({}).value();
    return content_of(path);
}

/// The layout as a file that is read back.
class Written {
  public:
    Written(const std::string& archive, Size box, const MeshSource* source = nullptr) {
        OpenArchive open(archive);
        auto layout = open_reference_layout(**open.reader, box, source).value();
        std::ofstream file(path(), std::ios::binary);
        for (auto piece = layout->next().value(); !piece.empty(); piece = layout->next().value())
            file << piece;
    }
    [[nodiscard]] tests::Safetensors tensors() const { return tests::Safetensors(path()); }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "reference"; }

  private:
    tests::TemporaryFolder folder_;
};

TEST(ReferenceLayout, HasTheNamesShapesAndMetadataOfTheReference) {
    const Written written(archive_of({1, 0, 2}, true), {640, 480});
    const auto tensors = written.tensors();
    for (const auto& [name, shape] :
         std::map<std::string, std::vector<std::size_t>>{{"detection.coords", {4}},
                                                         {"detection.confidence", {}},
                                                         {"pose.pred_keypoints_3d", {1, 2, 3}},
                                                         {"pose.pred_keypoints_2d", {1, 2, 2}},
                                                         {"pose.pred_keypoints_2d_depth", {1, 2}},
                                                         {"pose.pred_vertices", {1, 3, 3}},
                                                         {"pose.pred_keypoints_2d_verts", {1, 3, 2}},
                                                         {"pose.pred_cam", {1, 3}},
                                                         {"pose.pred_cam_t", {1, 3}},
                                                         {"pose.focal_length", {1}},
                                                         {"pose.pred_pose_raw", {1, 4}},
                                                         {"pose.global_rot", {1, 3}},
                                                         {"pose.body_pose", {1, 5}},
                                                         {"pose.shape", {1, 2}},
                                                         {"pose.scale", {1, 1}},
                                                         {"pose.hand", {1, 6}},
                                                         {"pose.faces", {1, 3}}}) {
        EXPECT_EQ(tensors.shape("0." + name), shape) << name;
        EXPECT_EQ(tensors.shape("2." + name), shape) << name;
        EXPECT_FALSE(tensors.contains("1." + name)) << "nobody was there";
    }
    EXPECT_EQ(tensors.values<std::int64_t>("2.pose.faces"), (std::vector<std::int64_t>{0, 1, 2}));
    const auto content = content_of(written.path());
    std::uint64_t length = 0;
    std::memcpy(&length, content.data(), sizeof length);
    EXPECT_EQ(length % 8, 0U);
    const auto header = boost::json::parse(content.substr(8, length));
    const auto& metadata = header.at("__metadata__");
    EXPECT_EQ(metadata.at("total_frames"), "3");
    EXPECT_EQ(metadata.at("valid_indices"), "[0,2]");
    EXPECT_EQ(metadata.at("structure_version"), "1");
}

TEST(ReferenceLayout, MapsPlacesAndFocalLengthToThePaddedFrame) {
    // 640x480 in 200x300: 200x150, below 75 rows of padding.
    const auto tensors = Written(archive_of({1}, true), {201, 300}).tensors();
    EXPECT_EQ(tensors.values<float>("0.pose.pred_keypoints_2d"), (std::vector<float>{100, 150, 0, 225}));
    EXPECT_EQ(tensors.values<float>("0.detection.coords"), (std::vector<float>{0, 75, 20, 90}));
    EXPECT_EQ(tensors.values<float>("0.pose.focal_length"), (std::vector<float>{156.25F}));
    // (1, 2, 4): 500/4 + 320 and 400*2/4 + 240 of the source.
    const auto vertices = tensors.values<float>("0.pose.pred_keypoints_2d_verts");
    EXPECT_FLOAT_EQ(vertices[0], 445 * 200.0F / 640);
    EXPECT_FLOAT_EQ(vertices[1], 440 * 150.0F / 480 + 75);
}

TEST(ReferenceLayout, EnlargesAsTheReferenceDoes) {
    const auto padded = padded_frame({320, 240}, {1920, 1080});
    EXPECT_DOUBLE_EQ(padded.scale_x, 4.5);
    EXPECT_DOUBLE_EQ(padded.scale_y, 4.5);
    EXPECT_DOUBLE_EQ(padded.left, 240);
    EXPECT_DOUBLE_EQ(padded.top, 0);
}

TEST(ReferenceLayout, ShowsTheLargestOfSeveral) {
    const auto tensors = Written(archive_of({2}, true), {640, 480}).tensors();
    EXPECT_EQ(tensors.values<float>("0.detection.confidence"), (std::vector<float>{0.9F}));
    EXPECT_EQ(tensors.values<float>("0.pose.scale"), (std::vector<float>{1}));
}

TEST(ReferenceLayout, AsksForVerticesThatAreNotStored) {
    const auto archive = archive_of({1, 1}, false);
    int asked = 0;
    const MeshSource source{.mesh = triangle, .vertices_of = [&](const PersonFrame& person) {
                                ++asked;
                                EXPECT_EQ(person.fields.size(), fields.size());
                                return std::vector<Point3>{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}};
                            }};
    const auto tensors = Written(archive, {640, 480}, &source).tensors();
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(tensors.values<float>("1.pose.pred_vertices"), (std::vector<float>{1, 0, 0, 2, 0, 0, 3, 0, 0}));
    OpenArchive open(archive);
    const auto refused = open_reference_layout(**open.reader, {640, 480}, nullptr);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("does not hold"));
    EXPECT_THAT(refused.error().suggestion, HasSubstr("include_mesh"));
}

TEST(ReferenceLayout, IsOfOneEstimatorOnly) {
    OpenArchive open(archive_bytes(sample_header(33), sample_frames({1}, 33)));
    const auto refused = open_reference_layout(**open.reader, {640, 480}, nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("blazepose-full"));
}

}  // namespace
}  // namespace posed::results
