// Models that are not as they should be.

#include "estimation/sam3dbody/engine.h"

#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "estimation/sam3dbody/sample_model.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

using testing::HasSubstr;

/// A copy of the small model of which bytes of one file are others.
class DamagedModel {
  public:
    explicit DamagedModel(std::string damaged = "model.ckpt") : damaged_(std::move(damaged)) {
        std::filesystem::create_directory(folder_.path() / "assets");
        for (const char* file : {"config.json", "model.ckpt", "assets/mhr_model.pt"})
            std::filesystem::copy_file(tiny() / file, folder_.path() / file);
        std::ifstream file(tiny() / damaged_, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
    }

    /// Everywhere.
    DamagedModel& replace(const std::string& from, const std::string& to) {
        EXPECT_EQ(from.size(), to.size());
        std::size_t count = 0;
        for (auto at = bytes_.find(from); at != std::string::npos; at = bytes_.find(from, at + 1), ++count)
            bytes_.replace(at, from.size(), to);
        EXPECT_GT(count, 0U) << "nothing was damaged";
        return *this;
    }

    [[nodiscard]] Error error_of_opening() const {
        std::ofstream(folder_.path() / damaged_, std::ios::binary) << bytes_;
        const auto engine = Engine::open(folder_.path(), {});
        EXPECT_FALSE(engine);
        return engine ? Error{} : engine.error();
    }

  private:
    tests::TemporaryFolder folder_;
    std::string damaged_, bytes_;
};

TEST(Engine, ListsAllThatIsMissingWithItsShape) {
    POSED_NEEDS(tiny() / "model.ckpt");
    DamagedModel model;
    model.replace("backbone.last_norm.bias", "backbone.last_norm.bia5");
    model.replace("head_camera.proj.layers.1.weight", "head_camera.proj.layers.9.weight");
    const auto error = model.error_of_opening();
    EXPECT_EQ(error.code, Code::corrupt_model);
    EXPECT_THAT(error.message, HasSubstr("2 tensors in all"));
    EXPECT_THAT(error.message, HasSubstr("backbone.last_norm.bias (64) is missing"));
    EXPECT_THAT(error.message, HasSubstr("head_camera.proj.layers.1.weight (3, 48) is missing"));
}

TEST(Engine, RefusesABackboneOfAnotherKind) {
    POSED_NEEDS(tiny() / "model.ckpt");
    DamagedModel model;
    model.replace("backbone.patch_embed.proj.weight", "backbone.patch_embed.proj.wEight");
    const auto error = model.error_of_opening();
    EXPECT_THAT(error.message, HasSubstr("not the ViT-H model"));
    EXPECT_THAT(error.suggestion, HasSubstr("DINOv3"));
}

std::string bytes_of(const at::Tensor& values) {
    return {static_cast<const char*>(values.data_ptr()), values.nbytes()};
}

TEST(Engine, RefusesWeightsThatAreNoNumbers) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto file = TensorFile::open(tiny() / "model.ckpt", PickleKind::checkpoint).value();
    const auto values = read_tensor(file, file.tensors().at("backbone.last_norm.weight")).value();
    const auto stored = bytes_of(values);
    auto broken = stored;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(broken.data() + 4, &nan, sizeof nan);
    DamagedModel model;
    model.replace(stored, broken);
    EXPECT_THAT(model.error_of_opening().message,
                HasSubstr("backbone.last_norm.weight holds values that are no finite numbers"));
}

TEST(Engine, RefusesJointsThatFollowEachOtherInACircle) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const std::string name = "assets/mhr_model.pt";
    const auto file = TensorFile::open(tiny() / name, PickleKind::torchscript).value();
    const auto levels = read_tensor(file, file.tensors().at("character_torch.skeleton.pmi")).value();
    DamagedModel model(name);
    model.replace(bytes_of(levels), bytes_of(at::full_like(levels, 5)));
    EXPECT_THAT(model.error_of_opening().message, HasSubstr("its joints follow each other in a circle"));
}

TEST(Engine, SaysWhichFileIsMissing) {
    const tests::TemporaryFolder folder;
    const auto error = Engine::open(folder.path(), {}).error();
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr("model.ckpt is missing"));
    EXPECT_THAT(error.suggestion, HasSubstr("POSED_SAM3DBODY_DIR"));
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
