#include "storage/keys.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/identifiers.h"

namespace posed::storage {
namespace {

using testing::MatchesRegex;

const std::string sha256(64, 'a');

TEST(Keys, OfVideosAreNewEveryTime) {
    auto& random = system_random();
    const auto key = new_video_key("mp4", random);
    EXPECT_THAT(key, MatchesRegex("videos/[0-9a-f]{32}[.]mp4"));
    EXPECT_NE(key, new_video_key("mp4", random));
    EXPECT_TRUE(check_key(key).has_value());
}

TEST(Keys, OfResultsNameTheRecipeAndTheRun) {
    SeededRandom random(1);
    const auto token = random_token(random);
    EXPECT_EQ(estimation_key(sha256, token), "estimations/" + sha256 + "-" + token + ".safetensors");
    EXPECT_EQ(visualization_key(sha256, token), "visualizations/" + sha256 + "-" + token + ".mp4");
    EXPECT_TRUE(check_key(estimation_key(sha256, token)).has_value());
    EXPECT_TRUE(check_key(visualization_key(sha256, token)).has_value());
}

TEST(Keys, ThatCouldLeadElsewhereAreRefused) {
    for (const std::string key :
         {"", "videos", "videos/", "/videos/a", "videos//a", "videos/../a", "videos/..", "videos/.a",
          "videos/a/b", "../videos/a", "./videos/a", "other/a", "videos/A", "videos/a b", "videos/a%2fb",
          "videos/a\\b", "videos/-a", "videos/\xC3\xA9", "videos\\a"}) {
        const auto checked = check_key(key);
        ASSERT_TRUE(checked.has_error()) << key;
        EXPECT_EQ(checked.error().code, Code::invalid_argument);
    }
    EXPECT_TRUE(check_key(std::string("videos/a\0b", 10)).has_error());
    EXPECT_TRUE(check_key("videos/" + std::string(255, 'a')).has_value());
    EXPECT_TRUE(check_key("videos/" + std::string(256, 'a')).has_error());
}

}  // namespace
}  // namespace posed::storage
