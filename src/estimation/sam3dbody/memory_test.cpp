#include "estimation/sam3dbody/memory.h"

#include <gmock/gmock.h>

#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t gigabyte = 1'000'000'000;

TEST(Memory, LessOfItMakesSmallerBatches) {
    EXPECT_EQ(crops_that_fit(3 * gigabyte, gigabyte / 10, 20 * gigabyte, 4).value(), 4);
    EXPECT_EQ(crops_that_fit(3 * gigabyte, gigabyte / 10, 33 * gigabyte / 10, 4).value(), 3);
    EXPECT_EQ(crops_that_fit(3 * gigabyte, gigabyte / 10, 31 * gigabyte / 10, 4).value(), 1);
}

TEST(Memory, TooLittleOfItIsRefusedWithWhatIsNeeded) {
    for (const auto available : {std::uint64_t{0}, 2 * gigabyte, 305 * gigabyte / 100}) {
        const auto refused = crops_that_fit(3 * gigabyte, gigabyte / 10, available, 4);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::limit_exceeded);
        EXPECT_THAT(refused.error().message, HasSubstr("needs 3.00 GB"));
        EXPECT_THAT(refused.error().message, HasSubstr("0.10 GB for a crop"));
    }
}

TEST(Memory, OfTheSystemIsKnown) {
    EXPECT_GT(available_memory(), gigabyte / 10);
    EXPECT_LT(available_memory(), 100'000 * gigabyte);
}

TEST(Memory, IsLookedAtBeforeWeightsAreLoaded) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto checkpoint = TensorFile::open(tiny() / "model.ckpt", PickleKind::checkpoint).value();
    const auto body = TensorFile::open(tiny() / "assets/mhr_model.pt", PickleKind::torchscript).value();
    const auto lengths = model_lengths(checkpoint, tiny() / "config.json").value();
    const auto weights = memory_for_weights(checkpoint, body, Precision::float32);
    const auto crop = memory_for_crop(lengths, upstream_profile);
    EXPECT_LT(memory_for_weights(checkpoint, body, Precision::bfloat16), weights);
    EXPECT_EQ(Engine::open(tiny(), {.memory = weights}).error().code, Code::limit_exceeded);
    EXPECT_EQ(Engine::open(tiny(), {.memory = weights + 2 * crop}).value()->largest_batch(), 2);
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
