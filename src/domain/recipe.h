#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "domain/camera.h"
#include "domain/geometry.h"
#include "domain/video.h"

namespace posed {

/// A file of weights and the SHA-256 of its bytes.
struct WeightsDigest {
    std::string name;
    std::string sha256;

    friend bool operator==(const WeightsDigest&, const WeightsDigest&) = default;
};

/// Where to look for people when nobody is being followed.
enum class PersonSearch {
    whole_frame,  ///< the detector sees the whole frame only, as the original does
    tiles         ///< if it finds nobody there, overlapping tiles are searched too, at a bounded rate
};

/// Whose poses are wanted.
enum class People {
    one,  ///< nobody else while that person is there
    all
};

/// Everything that changes the result of an estimation, and nothing else.
struct Recipe {
    std::string video_sha256;
    Selection selection;
    Size frame_size;  ///< the box that was asked for, fitted: the size at which the result is drawn
    std::string estimator;
    bool smoothing = true;
    PersonSearch search = PersonSearch::tiles;
    People people = People::one;
    bool mesh = false;  ///< whether the body's surface is stored
    Camera camera;
    std::optional<std::string> profile;  ///< the geometry in which the network is fed, where it has several
    std::string precision;
    std::vector<WeightsDigest> weights;
    int engine_revision = 0;

    friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// The recipe as JSON with a fixed order of keys: equal recipes give equal text. What could not be chosen
/// once (people, mesh, profile) stands there only where it is not as it was then: older programs read no
/// archive with a key that they do not know.
[[nodiscard]] boost::json::value to_json(const Recipe& recipe);

/// The recipe a header holds. Nothing when a key is missing, unknown or of another type.
[[nodiscard]] std::optional<Recipe> recipe_from_json(const boost::json::value& value);

/// SHA-256 of that text: the recipe's identity.
[[nodiscard]] std::string hash_of(const Recipe& recipe);

/// One digest for all that is loaded with an estimator: names and digests of its weights, and the precision
/// and profile they are computed with.
[[nodiscard]] std::string digest_of(const std::vector<WeightsDigest>& weights, const std::string& precision,
                                    const std::optional<std::string>& profile = {});

}  // namespace posed
