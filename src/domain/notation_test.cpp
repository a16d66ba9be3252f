#include "domain/notation.h"

#include <limits>

#include <gtest/gtest.h>

namespace posed {
namespace {

TEST(Notation, TakesRatesAsTheyAreWritten) {
    EXPECT_EQ(rate_in("25"), (Rational{25, 1}));
    EXPECT_EQ(rate_in("29.97"), (Rational{2997, 100}));
    EXPECT_EQ(rate_in("12.50"), (Rational{25, 2}));
    EXPECT_EQ(rate_in("0.000001"), (Rational{1, 1'000'000}));
    EXPECT_EQ(rate_in("60000/2002"), (Rational{30000, 1001}));
}

TEST(Notation, KnowsWhatIsNoRate) {
    for (const auto* text : {"", "0", "0.0", "-1", "+1", ".5", "1.0000001", "1e3", "1/0", "0/1", "-1/2",
                             "1/-2", "1/2/3", "1 ", "1.-5", "nan", "10000000000", "99999999999999999999/1"})
        EXPECT_EQ(rate_in(text), std::nullopt) << text;
}

TEST(Notation, TakesNumbersForTheirShortestText) {
    EXPECT_EQ(rate_from(30), (Rational{30, 1}));
    EXPECT_EQ(rate_from(29.97), (Rational{2997, 100}));
    EXPECT_EQ(rate_from(0.1 + 0.2), std::nullopt);
    EXPECT_EQ(rate_from(1e-7), std::nullopt);
    EXPECT_EQ(rate_from(1e300), std::nullopt);
    EXPECT_EQ(rate_from(-5), std::nullopt);
    EXPECT_EQ(rate_from(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(Notation, TakesSpansWithAndWithoutEnd) {
    EXPECT_EQ(frame_span_in("3:7"), (FrameSpan{3, 7}));
    EXPECT_EQ(frame_span_in("3:3"), (FrameSpan{3, 3}));
    EXPECT_EQ(frame_span_in("3:"), (FrameSpan{3, std::nullopt}));
    for (const auto* text : {"", "3", ":", ":3", "7:3", "-1:3", "1:2:3", "a:b", "1: 2"})
        EXPECT_EQ(frame_span_in(text), std::nullopt) << text;
}

}  // namespace
}  // namespace posed
