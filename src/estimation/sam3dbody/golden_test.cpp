#include <gmock/gmock.h>

#include "estimation/sam3dbody/parity/parity.h"
#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

TEST(Sam3dBodyParity, EveryNumberOfBothGoldenFilesIsMet) {
    POSED_NEEDS(tiny() / "golden.safetensors");
    const auto reports = check_parity(tiny()).value();
    ASSERT_EQ(reports.size(), 2U);
    for (const auto& report : reports) {
        EXPECT_GE(report.quantities.size(), 6U) << report.file;
        for (const auto& failure : report.failures)
            ADD_FAILURE() << report.file << ": " << failure;
    }
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
