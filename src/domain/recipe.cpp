#include "domain/recipe.h"

#include <span>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "base/digest.h"

namespace posed {
namespace json = boost::json;

BOOST_DESCRIBE_STRUCT(Size, (), (width, height))
BOOST_DESCRIBE_STRUCT(Rational, (), (numerator, denominator))
BOOST_DESCRIBE_STRUCT(Camera, (), (fx, fy, cx, cy))
BOOST_DESCRIBE_STRUCT(WeightsDigest, (), (name, sha256))
BOOST_DESCRIBE_ENUM(PersonSearch, whole_frame, tiles)
BOOST_DESCRIBE_ENUM(People, one, all)
BOOST_DESCRIBE_STRUCT(Recipe, (),
                      (video_sha256, selection, frame_size, estimator, smoothing, search, people, mesh,
                       camera, profile, precision, weights, engine_revision))

namespace {

/// A selection as it stands in JSON: times as whole microseconds.
struct SelectionText {
    std::int64_t start_us = 0;
    std::optional<std::int64_t> duration_us;
    std::optional<Rational> rate;
};
BOOST_DESCRIBE_STRUCT(SelectionText, (), (start_us, duration_us, rate))

}  // namespace

void tag_invoke(const json::value_from_tag&, json::value& value, const Selection& selection) {
    SelectionText text{.start_us = selection.start.count(), .duration_us = {}, .rate = selection.rate};
    if (selection.duration)
        text.duration_us = selection.duration->count();
    value = json::value_from(text);
}

json::result<Selection> tag_invoke(const json::try_value_to_tag<Selection>&, const json::value& value) {
    auto text = json::try_value_to<SelectionText>(value);
    if (!text)
        return text.error();
    Selection selection{.start = Microseconds(text->start_us), .duration = {}, .rate = text->rate};
    if (text->duration_us)
        selection.duration = Microseconds(*text->duration_us);
    return selection;
}

json::value to_json(const Recipe& recipe) {
    auto value = json::value_from(recipe);
    auto& object = value.as_object();
    if (recipe.people == People::one)
        object.stable_erase("people");
    if (!recipe.mesh)
        object.stable_erase("mesh");
    if (!recipe.profile)
        object.stable_erase("profile");
    return value;
}

std::optional<Recipe> recipe_from_json(const json::value& value) {
    auto completed = value;
    if (auto* object = completed.if_object()) {
        object->emplace("people", "one");
        object->emplace("mesh", false);
        object->emplace("profile", nullptr);
    }
    auto recipe = json::try_value_to<Recipe>(completed);
    if (!recipe)
        return std::nullopt;
    return *std::move(recipe);
}

std::string digest_of(const std::vector<WeightsDigest>& weights, const std::string& precision,
                      const std::optional<std::string>& profile) {
    json::array parts{json::value_from(weights), json::value(precision)};
    if (profile)
        parts.emplace_back(*profile);
    const auto text = json::serialize(parts);
    return sha256_of(std::as_bytes(std::span(text)));
}

std::string hash_of(const Recipe& recipe) {
    const auto text = json::serialize(to_json(recipe));
    return sha256_of(std::as_bytes(std::span(text)));
}

}  // namespace posed
