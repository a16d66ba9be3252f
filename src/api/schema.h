#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include "api/json_output.h"

/// What a message may hold, described once: the struct's members (Boost.Describe) and, below the struct, a
/// function `rules_of` with what a type cannot say. Checks of requests and the OpenAPI document come from it.
///
///     struct ListVideos {
///         int skip = 0;
///         int limit = 50;
///     };
///     BOOST_DESCRIBE_STRUCT(ListVideos, (), (skip, limit))
///     inline Rules rules_of(const ListVideos*) {
///         return {rule("skip", "How many to leave out").optional().at_least(0),
///                 rule("limit", "How many at most").optional().at_least(1).at_most(100)};
///     }
///
/// An optional member takes its default from the struct. A member of type std::optional may be null.
namespace posed::api {

enum class Kind : std::uint8_t { any, boolean, integer, number, text, list, object };

struct Field;

/// The shape of a JSON value.
struct Schema {
    /// Not inline, because a Field is known only below.
    Schema();
    explicit Schema(Kind of_kind, std::string of_name = {}, std::string of_format = {});

    Kind kind = Kind::any;
    bool nullable = false;
    std::string name;                ///< of a described struct or enum: its place in the OpenAPI document
    std::string format;              ///< as OpenAPI names it: date-time, int64 ...
    std::vector<std::string> words;  ///< the only texts there are; empty: any
    std::optional<double> minimum;
    std::optional<double> above;  ///< exclusive minimum
    std::optional<double> maximum;
    std::optional<std::size_t> length_min;  ///< characters of a text
    std::optional<std::size_t> length_max;
    std::vector<Schema> items;  ///< of a list: one
    std::vector<Field> fields;  ///< of an object, which has no others
};

struct Field {
    std::string name = {};
    std::string description = {};
    bool required = true;
    std::string default_json = {};  ///< when it is not required
    Schema schema = {};
};

/// What a member's type does not say.
class Rule {
  public:
    Rule(std::string name, std::string description)
        : name_(std::move(name)), description_(std::move(description)) {}

    Rule&& optional() && { return required_ = false, std::move(*this); }
    Rule&& at_least(double minimum) && { return bounds_.minimum = minimum, std::move(*this); }
    Rule&& above(double minimum) && { return bounds_.above = minimum, std::move(*this); }
    Rule&& at_most(double maximum) && { return bounds_.maximum = maximum, std::move(*this); }
    Rule&& length_at_least(std::size_t characters) && {
        return bounds_.length_min = characters, std::move(*this);
    }
    Rule&& length_at_most(std::size_t characters) && {
        return bounds_.length_max = characters, std::move(*this);
    }
    Rule&& format(std::string name) && { return bounds_.format = std::move(name), std::move(*this); }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    void apply_to(Field& field) const;

  private:
    std::string name_;
    std::string description_;
    bool required_ = true;
    Schema bounds_;
};

using Rules = std::vector<Rule>;

[[nodiscard]] inline Rule rule(std::string name, std::string description) {
    return {std::move(name), std::move(description)};
}

/// Applies each rule to its field. Throws std::logic_error for a rule without field: a misspelt name.
void apply_rules(const Rules& rules, std::vector<Field>& fields);

/// "SubmitEstimation" of posed::api::SubmitEstimation.
[[nodiscard]] std::string type_name(const std::type_info& type);

template <class T>
[[nodiscard]] Schema schema_of();

namespace detail {

template <class T>
Schema schema_of_integer() {
    Schema schema(Kind::integer, "", sizeof(T) > 4 ? "int64" : "int32");
    if constexpr (sizeof(T) < 8 || std::is_unsigned_v<T>)
        schema.minimum = static_cast<double>(std::numeric_limits<T>::min());
    if constexpr (sizeof(T) < 8)
        schema.maximum = static_cast<double>(std::numeric_limits<T>::max());
    return schema;
}

template <class T>
Schema schema_of_enum() {
    Schema schema(Kind::text, type_name(typeid(T)));
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto enumerator) { schema.words.emplace_back(enumerator.name); });
    return schema;
}

template <class T>
Schema schema_of_struct() {
    Schema schema(Kind::object, type_name(typeid(T)));
    const T defaults{};
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        const auto& value = defaults.*member.pointer;
        Field field{.name = member.name, .schema = schema_of<std::remove_cvref_t<decltype(value)>>()};
        append_json(field.default_json, value);
        schema.fields.push_back(std::move(field));
    });
    if constexpr (requires { rules_of(static_cast<const T*>(nullptr)); })
        apply_rules(rules_of(static_cast<const T*>(nullptr)), schema.fields);
    return schema;
}

}  // namespace detail

template <class T>
Schema schema_of() {
    if constexpr (std::is_same_v<T, bool>) {
        return Schema(Kind::boolean);
    } else if constexpr (std::is_integral_v<T>) {
        return detail::schema_of_integer<T>();
    } else if constexpr (std::is_floating_point_v<T>) {
        return Schema(Kind::number, "", "double");
    } else if constexpr (std::is_same_v<T, std::string>) {
        return Schema(Kind::text);
    } else if constexpr (std::is_same_v<T, Timestamp>) {
        return Schema(Kind::text, "", "date-time");
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        return Schema(Kind::any);
    } else if constexpr (is_optional<T>) {
        auto schema = schema_of<typename T::value_type>();
        schema.nullable = true;
        return schema;
    } else if constexpr (is_vector<T>) {
        Schema schema(Kind::list);
        schema.items.push_back(schema_of<typename T::value_type>());
        return schema;
    } else if constexpr (std::is_enum_v<T>) {
        return detail::schema_of_enum<T>();
    } else {
        return detail::schema_of_struct<T>();
    }
}

}  // namespace posed::api
