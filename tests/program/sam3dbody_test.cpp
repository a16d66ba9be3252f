// SAM 3D Body through the program, with the small model: from a clip to its archive and its video.

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "results/archive.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

std::filesystem::path small_model() {
    return shared_data() / "sam3dbody" / "tiny";
}

Finished estimate(const std::filesystem::path& model, const std::filesystem::path& archive) {
    return run({posed_program(), "estimate", synthetic_clip(), "-o", archive, "--estimator", "sam-3d-body",
                "--duration", "0.5"},
               {.set = {"POSED_SAM3DBODY_DIR=" + model.string()}});
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

#define POSED_NEEDS_SAM3DBODY() \
    POSED_REQUIRES(std::filesystem::exists(POSED_SAM3DBODY_MODULE), "sam-3d-body is not built: no libtorch")

TEST(Sam3dBody, GivesItsSeventyPointsAndItsOwnFields) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    const auto estimated = estimate(small_model(), path);
    ASSERT_EQ(estimated.exit_code, 0) << estimated.errors;

    const auto source = open_file(path).value();
    const auto archive = results::open_archive(*source).value();
    const auto& counts = archive->counts();
    EXPECT_EQ(counts.frames, 12);
    EXPECT_GE(counts.person_frames, 11);
    const auto& header = archive->header();
    EXPECT_EQ(header.recipe.estimator, "sam-3d-body");
    EXPECT_EQ(header.recipe.weights.size(), 4U);  // those that find the person, the checkpoint, the body
    EXPECT_EQ(header.skeleton.names.size(), 70U);
    EXPECT_EQ(header.skeleton.links.size(), 65U);
    const Safetensors tensors(path);
    const auto people = static_cast<std::size_t>(counts.person_frames);
    for (const auto& [name, length] : std::map<std::string, std::size_t>{{"keypoints_2d_depth", 70},
                                                                         {"pred_cam", 3},
                                                                         {"pred_pose_raw", 266},
                                                                         {"global_rot", 3},
                                                                         {"body_pose", 133},
                                                                         {"shape", 45},
                                                                         {"scale", 28},
                                                                         {"hand", 108}})
        EXPECT_EQ(tensors.shape(name), (std::vector{people, length})) << name;
    EXPECT_LT(static_cast<double>(std::filesystem::file_size(path)),
              5000.0 * static_cast<double>(people) + 8192);
}

/// What the archive says of a person in 2D follows from what it says in 3D, seen by the stated camera.
TEST(Sam3dBody, ItsPointsIn2dAreThoseIn3dSeenByItsCamera) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    ASSERT_EQ(estimate(small_model(), path).exit_code, 0);
    const auto source = open_file(path).value();
    const auto archive = results::open_archive(*source).value();
    const auto& camera = archive->header().recipe.camera;
    for (const auto& frame : archive->read(0, archive->counts().frames).value())
        for (const auto& person : frame.people)
            for (std::size_t i = 0; i < person.keypoints_3d.size(); ++i) {
                const auto& t = person.root_translation;
                const auto& p = person.keypoints_3d[i];
                const double x = static_cast<double>(p.x) + static_cast<double>(t.x),
                             y = static_cast<double>(p.y) + static_cast<double>(t.y),
                             z = static_cast<double>(p.z) + static_cast<double>(t.z);
                ASSERT_GT(t.z, 0);
                const double u = camera.fx * x / z + camera.cx, v = camera.fy * y / z + camera.cy;
                ASSERT_NEAR(u, static_cast<double>(person.keypoints_2d[i].x), 0.01 + 1e-4 * std::abs(u)) << i;
                ASSERT_NEAR(v, static_cast<double>(person.keypoints_2d[i].y), 0.01 + 1e-4 * std::abs(v)) << i;
            }
}

TEST(Sam3dBody, EqualRunsGiveEqualBytesAndAreRendered) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto one = folder.path() / "one.safetensors", two = folder.path() / "two.safetensors";
    ASSERT_EQ(estimate(small_model(), one).exit_code, 0);
    ASSERT_EQ(estimate(small_model(), two).exit_code, 0);
    EXPECT_EQ(content_of(one), content_of(two));
    const auto video = folder.path() / "v.mp4";
    const auto rendered =
        run({posed_program(), "render", synthetic_clip(), one, "-o", video, "--preset", "ultrafast"});
    ASSERT_EQ(rendered.exit_code, 0) << rendered.errors;
    EXPECT_GT(std::filesystem::file_size(video), 1000U);
}

TEST(Sam3dBody, SaysWhatItNeedsWhereItsFilesAreMissingOrWrong) {
    POSED_NEEDS_SAM3DBODY();
    const TemporaryFolder folder;
    const auto archive = folder.path() / "a.safetensors";
    const auto missing = estimate(folder.path(), archive);
    EXPECT_NE(missing.exit_code, 0);
    EXPECT_NE(missing.errors.find("model.ckpt is missing"), std::string::npos) << missing.errors;
    EXPECT_NE(missing.errors.find("POSED_SAM3DBODY_DIR"), std::string::npos) << missing.errors;
    std::ofstream(folder.path() / "model.ckpt") << "<html>Please log in</html>";
    const auto page = estimate(folder.path(), archive);
    EXPECT_NE(page.exit_code, 0);
    EXPECT_NE(page.errors.find("is a text"), std::string::npos) << page.errors;
    EXPECT_FALSE(std::filesystem::exists(archive));
}

}  // namespace
}  // namespace posed::tests
