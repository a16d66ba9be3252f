// The sum and its LayerNorm in one pass, against libtorch's operators one after the other.

#include "estimation/sam3dbody/residual.h"

#include <gtest/gtest.h>

#include "estimation/sam3dbody/elements.h"
#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

class Residual : public testing::TestWithParam<std::pair<at::ScalarType, int>> {};

TEST_P(Residual, IsWhatOneAfterTheOtherGives) {
    const auto [type, width] = GetParam();
    at::manual_seed(1);
    const auto x = 3 * at::randn({2, 9, width}) + 5, change = at::randn({2, 9, width}).to(type);
    const auto weight = at::randn({width}), bias = at::randn({width});
    const auto sum = x + change;
    const auto expected = at::layer_norm(sum, {width}, weight, bias, 1e-5);

    const auto result = add_and_normalise(x, change, weight, bias, 1e-5);
    EXPECT_TRUE(x.equal(sum));
    EXPECT_EQ(result.scalar_type(), type);
    // Rounded to the last place of a number of `type`.
    const double last_place = type == at::kFloat ? 1e-5 : type == at::kHalf ? 1e-3 : 8e-3;
    EXPECT_LE(largest((result.to(at::kFloat) - expected) / (expected.abs() + 1)), last_place);
}

INSTANTIATE_TEST_SUITE_P(TypesAndWidths, Residual,
                         testing::Values(std::pair{at::kFloat, widest_row},
                                         std::pair{at::kBFloat16, widest_row},
                                         std::pair{at::kHalf, widest_row}, std::pair{at::kFloat, 37},
                                         std::pair{at::kBFloat16, 64}));

}  // namespace
}  // namespace posed::estimation::sam3dbody
