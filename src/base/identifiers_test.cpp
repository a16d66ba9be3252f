#include "base/identifiers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posed {
namespace {

using namespace std::chrono_literals;

/// Bytes that are all the same.
class ConstantRandom final : public Random {
  public:
    explicit ConstantRandom(std::byte byte) : byte_(byte) {}
    void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, byte_); }

  private:
    std::byte byte_;
};

TEST(Uuid, HasTheLayoutOfVersion7) {
    // The time of RFC 9562's example in appendix A.6, 2022-02-22 19:22:22 UTC.
    const ManualClock clock(1645557742000ms + 250us);
    ConstantRandom zeros(std::byte{0x00}), ones(std::byte{0xFF});
    EXPECT_EQ(new_uuid_v7(clock, zeros), "017f22e2-79b0-7400-8000-000000000000");  // 400: a quarter of 1000
    EXPECT_EQ(new_uuid_v7(clock, ones), "017f22e2-79b0-7400-bfff-ffffffffffff");
}

TEST(Uuid, SortsByTheMicrosecondItWasMade) {
    ManualClock clock;
    auto& random = system_random();
    std::string last;
    for (int i = 0; i < 3000; ++i) {
        const auto uuid = new_uuid_v7(clock, random);
        EXPECT_LT(last, uuid);
        last = uuid;
        clock.advance(1us);
    }
}

TEST(Uuid, IsReadBackInEitherCaseWithItsTime) {
    const ManualClock clock(1645557742123ms + 999us);
    SeededRandom random(1);
    const auto text = new_uuid_v7(clock, random);
    EXPECT_EQ(parse_uuid_v7(text), (UuidV7{text, 1645557742123ms}));
    EXPECT_EQ(parse_uuid_v7("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
              (UuidV7{"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 1645557742000ms}));
}

TEST(Uuid, OtherTextIsRefused) {
    for (const char* text :
         {"", "1", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
          "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  // version 4
          "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",                                      // variant
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
          "017f22e2+79b0-7cc3-98c4-dc0c0c07398f"})
        EXPECT_FALSE(parse_uuid_v7(text)) << text;
}

TEST(Random, TokensAreHexadecimalAndDiffer) {
    std::set<std::string> tokens;
    for (int i = 0; i < 1000; ++i)
        tokens.insert(random_token(system_random()));
    EXPECT_EQ(tokens.size(), 1000U);
    EXPECT_THAT(*tokens.begin(), testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST(Random, ASeedGivesTheSameBytesAgainAndAnotherSeedOthers) {
    const auto bytes = [](std::uint64_t seed) {
        std::array<std::byte, 21> filled{};
        SeededRandom(seed).fill(filled);
        return filled;
    };
    EXPECT_EQ(bytes(1), bytes(1));
    EXPECT_NE(bytes(1), bytes(2));
}

TEST(Random, FractionsFillTheUnitIntervalWithoutItsEnd) {
    ConstantRandom zeros(std::byte{0x00}), ones(std::byte{0xFF});
    EXPECT_EQ(zeros.fraction(), 0.0);
    EXPECT_LT(ones.fraction(), 1.0);
    EXPECT_GT(ones.fraction(), 0.999999);
    SeededRandom random(7);
    double sum = 0;
    for (int i = 0; i < 10000; ++i)
        sum += random.fraction();
    EXPECT_NEAR(sum / 10000, 0.5, 0.01);
}

}  // namespace
}  // namespace posed
