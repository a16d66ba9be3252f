#include "estimation/sam3dbody/device.h"

#include <gmock/gmock.h>

#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

using testing::HasSubstr;

TEST(ComputeDevice, TheProcessorIsAlwaysThereAndHasMemory) {
    const auto device = open_device("cpu").value();
    EXPECT_TRUE(device.device.is_cpu());
    EXPECT_GT(device.free_memory, 0U);
    EXPECT_TRUE(open_device("auto"));
}

TEST(ComputeDevice, RefusesOtherNamesAndListsThoseThatThereAre) {
    for (const char* name : {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999"}) {
        const auto device = open_device(name);
        ASSERT_FALSE(device) << name;
        EXPECT_EQ(device.error().code, Code::invalid_argument);
        EXPECT_THAT(device.error().message, HasSubstr(std::string("\"") + name + "\""));
        EXPECT_THAT(device.error().suggestion, HasSubstr("auto, cpu, cuda"));
    }
}

TEST(ComputeDevice, RefusesACardThatIsNotThere) {
    const auto error = open_device("cuda:99").error();
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("graphics cards that can be used here"));
    EXPECT_THAT(error.suggestion, HasSubstr("choose cpu"));
}

TEST(ComputeDevice, RefusesFloat16OnTheProcessor) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto error = Engine::open(tiny(), {.precision = Precision::float16}).error();
    EXPECT_THAT(error.message, HasSubstr("graphics cards only"));
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
