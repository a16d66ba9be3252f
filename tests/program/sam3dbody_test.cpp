// SAM 3D Body through the program, with the small model: from a clip to its archive and its video.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "domain/recipe.h"
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

Finished estimate(const std::filesystem::path& model, const std::filesystem::path& archive,
                  const std::vector<std::string>& more = {}, const std::string& duration = "0.5") {
    std::vector<std::string> command{posed_program(), "estimate",    synthetic_clip(), "-o",    archive,
                                     "--estimator",   "sam-3d-body", "--duration",     duration};
    command.insert(command.end(), more.begin(), more.end());
    return run(command, {.set = {"POSED_SAM3DBODY_DIR=" + model.string()}});
}

/// An archive that was just made, and its reader.
struct Made {
    explicit Made(const std::filesystem::path& path)
        : source(open_file(path).value()), archive(results::open_archive(*source).value()) {}

    [[nodiscard]] const Recipe& recipe() const { return archive->header().recipe; }
    [[nodiscard]] std::vector<results::ArchivedFrame> frames() const {
        return archive->read(0, archive->counts().frames, {.fields = true, .vertices = true}).value();
    }

    std::unique_ptr<ByteSource> source;
    std::unique_ptr<results::ArchiveReader> archive;
};

/// The largest difference between the key points of the first people of two archives, metres.
double difference(const Made& one, const Made& other) {
    const auto a = one.frames().front().people.at(0).keypoints_3d;
    const auto b = other.frames().front().people.at(0).keypoints_3d;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max({largest, std::abs(static_cast<double>(a[i].x - b[i].x)),
                            std::abs(static_cast<double>(a[i].y - b[i].y)),
                            std::abs(static_cast<double>(a[i].z - b[i].z))});
    return largest;
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

TEST(Sam3dBody, ProfilePrecisionAndPeopleAreInTheRecipeAndMatter) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto made = [&](const std::string& name, const std::vector<std::string>& more) {
        const auto path = folder.path() / name;
        const auto finished = estimate(small_model(), path, more, "0.1");
        EXPECT_EQ(finished.exit_code, 0) << finished.errors;
        return Made(path);
    };
    const auto plain = made("plain", {});
    EXPECT_EQ(plain.recipe().profile, "upstream");
    EXPECT_EQ(plain.recipe().precision, "float32");
    EXPECT_EQ(plain.recipe().people, People::one);
    const auto reference = made("reference", {"--profile", "reference"});
    EXPECT_EQ(reference.recipe().profile, "reference");
    EXPECT_GT(difference(plain, reference), 1e-3);
    const auto rounded = made("rounded", {"--precision", "bfloat16"});
    EXPECT_EQ(rounded.recipe().precision, "bfloat16");
    EXPECT_GT(difference(plain, rounded), 0);
    EXPECT_LT(difference(plain, rounded), 0.009);
    const auto all = made("all", {"--people", "all"});
    EXPECT_EQ(all.recipe().people, People::all);
    EXPECT_EQ(difference(plain, all), 0) << "one person is there";
    const std::set<std::string> hashes{hash_of(plain.recipe()), hash_of(reference.recipe()),
                                       hash_of(rounded.recipe()), hash_of(all.recipe())};
    EXPECT_EQ(hashes.size(), 4U);
}

/// In the detector's square the clip of 540x720 is 480 wide, between 80 and 560.
TEST(Sam3dBody, EstimatesWhomAUsersOwnDetectorFinds) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors", detector = folder.path() / "mine.pt";
    ASSERT_EQ(run({POSED_MAKE_SAMPLE_DETECTOR, detector, "240.0, 40.0, 400.0, 600.0, 0.9, 0.0",
                   "90.0, 200.0, 170.0, 400.0, 0.8, 0.0"})
                  .exit_code,
              0);
    const auto estimate_with = [&](const std::filesystem::path& file, const std::string& people) {
        return run(
            {posed_program(), "estimate", synthetic_clip(), "-o", path, "--estimator", "sam-3d-body",
             "--duration", "0.1", "--people", people},
            {.set = {"POSED_SAM3DBODY_DIR=" + small_model().string(), "POSED_DETECTOR=" + file.string(),
                     "POSED_BLAZEPOSE_DIR=" + folder.path().string()}});
    };
    for (const std::string people : {"one", "all"}) {
        const auto estimated = estimate_with(detector, people);
        ASSERT_EQ(estimated.exit_code, 0) << estimated.errors;
        const Made made(path);
        EXPECT_EQ(made.recipe().weights.size(), 3U);
        EXPECT_EQ(made.recipe().weights.front().name, "detector");
        for (const auto& frame : made.frames()) {
            ASSERT_EQ(frame.people.size(), people == "one" ? 1U : 2U);
            EXPECT_EQ(frame.people[0].bbox_xyxy, (std::array<float, 4>{180, 45, 360, 675}));
            EXPECT_EQ(frame.people[0].track_id, 0);
        }
    }
    const auto wrong = estimate_with(small_model() / "config.json", "one");
    EXPECT_NE(wrong.exit_code, 0);
    EXPECT_NE(wrong.errors.find("config.json is no TorchScript archive"), std::string::npos) << wrong.errors;
    EXPECT_NE(wrong.errors.find("POSED_DETECTOR"), std::string::npos) << wrong.errors;
}

TEST(Sam3dBody, StoresTheMeshWhenAskedAndDrawsIt) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto bare = folder.path() / "bare", path = folder.path() / "mesh";
    ASSERT_EQ(estimate(small_model(), bare, {}, "0.1").exit_code, 0);
    const auto estimated = estimate(small_model(), path, {"--mesh"}, "0.1");
    ASSERT_EQ(estimated.exit_code, 0) << estimated.errors;
    const Made without(bare), with(path);
    EXPECT_FALSE(without.archive->mesh());
    EXPECT_TRUE(with.recipe().mesh);
    ASSERT_TRUE(with.archive->mesh());
    EXPECT_EQ(with.archive->mesh()->vertex_count, 203);
    EXPECT_EQ(difference(without, with), 0) << "the key points do not depend on it";
    EXPECT_EQ(with.frames().front().people.at(0).vertices.size(), 203U);

    const auto render = [&](const std::filesystem::path& archive, const char* name, const char* flag) {
        return run({posed_program(), "render", synthetic_clip(), archive, "-o", folder.path() / name,
                    "--preset", "ultrafast", flag});
    };
    ASSERT_EQ(render(path, "mesh.mp4", "--mesh").exit_code, 0);
    ASSERT_EQ(render(path, "lines.mp4", "--no-mesh").exit_code, 0);
    EXPECT_NE(content_of(folder.path() / "mesh.mp4"), content_of(folder.path() / "lines.mp4"));
    const auto refused = render(bare, "none.mp4", "--mesh");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.errors.find("holds no mesh"), std::string::npos) << refused.errors;
}

TEST(Sam3dBody, ItsMeshIsComputedAnewForTheReferencesLayout) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    const TemporaryFolder folder;
    const auto bare = folder.path() / "bare", mesh = folder.path() / "mesh";
    ASSERT_EQ(estimate(small_model(), bare, {}, "0.1").exit_code, 0);
    ASSERT_EQ(estimate(small_model(), mesh, {"--mesh"}, "0.1").exit_code, 0);
    const auto exported = [&](const std::filesystem::path& archive, const std::string& model) {
        return run({posed_program(), "export", archive, "-o", archive.string() + ".reference", "--width",
                    "400", "--height", "400"},
                   {.set = {"POSED_SAM3DBODY_DIR=" + model}});
    };
    const auto computed = exported(bare, small_model());
    ASSERT_EQ(computed.exit_code, 0) << computed.errors;
    ASSERT_EQ(exported(mesh, "").exit_code, 0) << "what is stored needs no model";
    const Safetensors one(bare.string() + ".reference"), other(mesh.string() + ".reference");
    EXPECT_EQ(one.shape("0.pose.pred_vertices"), (std::vector<std::size_t>{1, 203, 3}));
    const auto a = one.values<float>("0.pose.pred_vertices"), b = other.values<float>("0.pose.pred_vertices");
    for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], 1e-5) << i;
    EXPECT_EQ(one.values<std::int64_t>("0.pose.faces"), other.values<std::int64_t>("0.pose.faces"));
    EXPECT_EQ(one.values<float>("0.pose.hand"), other.values<float>("0.pose.hand"));
    const auto missing = exported(bare, folder.path());
    EXPECT_NE(missing.exit_code, 0);
    EXPECT_NE(missing.errors.find("model.ckpt is missing"), std::string::npos) << missing.errors;
}

/// Debian keeps that of Netlib where one can ask for it.
std::filesystem::path reference_blas() {
    for (const auto& folder : std::filesystem::directory_iterator("/usr/lib"))
        if (std::filesystem::exists(folder.path() / "blas/libblas.so.3"))
            return folder.path() / "blas";
    return {};
}

TEST(Sam3dBody, RefusesTheUnoptimisedBlas) {
    POSED_NEEDS_SAM3DBODY();
    POSED_NEEDS(small_model() / "model.ckpt");
    POSED_REQUIRES(!reference_blas().empty(), "the reference BLAS is not installed (libblas3)");
    const TemporaryFolder folder;
    const auto refused = run({posed_program(), "estimate", synthetic_clip(), "-o", folder.path() / "a",
                              "--estimator", "sam-3d-body", "--duration", "0.1"},
                             {.set = {"POSED_SAM3DBODY_DIR=" + small_model().string(),
                                      "LD_LIBRARY_PATH=" + reference_blas().string()}});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_NE(refused.errors.find("reference BLAS"), std::string::npos) << refused.errors;
    EXPECT_NE(refused.errors.find("libopenblas0"), std::string::npos) << refused.errors;
}

class Weights : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_SAM3DBODY();
        POSED_NEEDS(small_model() / "model.ckpt");
        std::filesystem::create_directory(folder_.path() / "assets");
        for (const char* file : {"model.ckpt", "config.json", "assets/mhr_model.pt"})
            std::filesystem::copy_file(small_model() / file, folder_.path() / file);
    }

    [[nodiscard]] Finished check(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> command{posed_program(), "weights", "check", folder_.path()};
        command.insert(command.end(), more.begin(), more.end());
        return run(command);
    }

    /// Bytes of a file are replaced by as many others, wherever they stand.
    void damage(const char* file, const std::string& from, const std::string& to) const {
        auto bytes = content_of(folder_.path() / file);
        std::size_t count = 0;
        for (auto at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + 1), ++count)
            bytes.replace(at, from.size(), to);
        ASSERT_GT(count, 0U);
        std::ofstream(folder_.path() / file, std::ios::binary) << bytes;
    }

    TemporaryFolder folder_;
};

TEST_F(Weights, AreDescribedAndCheckedForCompleteness) {
    const auto checked = check();
    ASSERT_EQ(checked.exit_code, 0) << checked.errors;
    for (const char* said : {"model.ckpt", "413 tensors", "assets/mhr_model.pt", "sha256 ", "complete",
                             "its own code was not run"})
        EXPECT_NE(checked.output.find(said), std::string::npos) << said << '\n' << checked.output;
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "posed-verdicts.json"));
    damage("model.ckpt", "backbone.last_norm.bias", "backbone.last_norm.bia5");
    const auto incomplete = check();
    EXPECT_NE(incomplete.exit_code, 0);
    EXPECT_NE(incomplete.errors.find("backbone.last_norm.bias (64) is missing"), std::string::npos)
        << incomplete.errors;
}

TEST_F(Weights, OwnCodeOfTheArchiveAgreesWithOursAndTheVerdictIsKept) {
    const auto ran = check({"--run-archive"});
    ASSERT_EQ(ran.exit_code, 0) << ran.errors;
    EXPECT_NE(ran.output.find("archive: agrees"), std::string::npos) << ran.output;
    EXPECT_NE(ran.output.find("libtorch"), std::string::npos);
    const auto later = check();
    EXPECT_NE(later.output.find("archive: agrees"), std::string::npos) << later.output;
}

TEST_F(Weights, AnArchiveWhoseCodeThisLibtorchCannotRunIsNotChecked) {
    damage("assets/mhr_model.pt", "mhr_model/code/", "mhr_model/lost/");
    const auto ran = check({"--run-archive"});
    EXPECT_EQ(ran.exit_code, 0) << ran.errors;
    EXPECT_NE(ran.output.find("archive: not checked"), std::string::npos) << ran.output;
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "posed-verdicts.json"));
}

TEST(BlazePose, RefusesWhatOnlySam3dBodyHas) {
    const TemporaryFolder folder;
    for (const auto& more : std::vector<std::vector<std::string>>{
             {"--mesh"}, {"--profile", "reference"}, {"--precision", "bfloat16"}}) {
        std::vector<std::string> command{posed_program(), "estimate", synthetic_clip(), "-o",
                                         folder.path() / "a"};
        command.insert(command.end(), more.begin(), more.end());
        const auto refused = run(command);
        EXPECT_EQ(refused.exit_code, 2) << more.front();
        EXPECT_NE(refused.errors.find("sam-3d-body"), std::string::npos) << refused.errors;
    }
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
