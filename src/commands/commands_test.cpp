#include <cmath>

#include <gtest/gtest.h>

#include "commands/options.h"

namespace posed::commands {
namespace {

TEST(ParseRate, IsExact) {
    EXPECT_EQ(parse_rate("25").value(), (Rational{25, 1}));
    EXPECT_EQ(parse_rate("29.97").value(), (Rational{2997, 100}));
    EXPECT_EQ(parse_rate("30000/1001").value(), (Rational{30000, 1001}));
    EXPECT_EQ(parse_rate("12.50").value(), (Rational{25, 2}));
    EXPECT_EQ(parse_rate("0.5").value(), (Rational{1, 2}));
}

TEST(ParseRate, RefusesWhatIsNoRateAndNamesTheRange) {
    for (const auto* text : {"", "0", "-3", "1001", "abc", "1/0", "0/1", "25fps", "1e9", "1.2.3", ".",
                             "99999999999999999999", "5000/1", "1.0000001"}) {
        const auto rate = parse_rate(text);
        ASSERT_FALSE(rate.has_value()) << text;
        EXPECT_EQ(rate.error().code, Code::invalid_argument);
        EXPECT_NE(rate.error().suggestion.find("at most 1000"), std::string::npos);
    }
}

TEST(ParseSeconds, KeepsMicrosecondsAndRefusesTheRest) {
    EXPECT_EQ(parse_seconds("--start", 1.25).value(), Microseconds(1'250'000));
    for (const double seconds : {-0.1, 2e6, std::nan("")})
        EXPECT_FALSE(parse_seconds("--start", seconds).has_value());
}

TEST(ParseCamera, TakesFourNumbers) {
    EXPECT_EQ(parse_camera("1000,1001.5,640,360").value(), (Camera{1000, 1001.5, 640, 360}));
    for (const auto* text : {"", "1,2,3", "1,2,3,4,5", "0,1,2,3", "1,-1,2,3", "a,b,c,d", "nan,1,1,1"})
        EXPECT_FALSE(parse_camera(text).has_value()) << text;
}

TEST(ParseFrameRange, IsHalfOpen) {
    EXPECT_EQ(parse_frame_range("3:7").value(), (FrameSpan{3, 7}));
    EXPECT_EQ(parse_frame_range("3:").value(), (FrameSpan{3, std::nullopt}));
    for (const auto* text : {"", "3", ":", "7:3", "-1:3", "a:b", "3:x"})
        EXPECT_FALSE(parse_frame_range(text).has_value()) << text;
}

}  // namespace
}  // namespace posed::commands
