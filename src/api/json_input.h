#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/describe/enum_from_string.hpp>
#include <boost/json/value.hpp>

#include "api/problem.h"
#include "api/schema.h"

/// Described structs from JSON, in two steps: `check` finds everything that is wrong, and `from_json` then
/// cannot fail.
namespace posed::api {

/// Where a value stands in a request.
enum class Place { body, query, path, form };

/// Adds what is wrong with `value` to `errors`.
void check(const boost::json::value& value, const Schema& schema, Place place,
           std::vector<FieldError>& errors);

/// The text of a query, path or form as the JSON value that the schema asks for; the text itself where it
/// cannot be, which `check` then refuses. An empty text is null where that may be.
[[nodiscard]] boost::json::value value_of_text(const std::string& text, const Schema& schema);

template <class T>
[[nodiscard]] T from_json(const boost::json::value& value);

namespace detail {

template <class T>
std::vector<T> list_from_json(const boost::json::array& array) {
    std::vector<T> list;
    for (const auto& item : array)
        list.push_back(from_json<T>(item));
    return list;
}

template <class T>
T enum_from_json(const boost::json::value& value) {
    T word{};
    const auto& text = value.as_string();
    boost::describe::enum_from_string(std::string(text).c_str(), word);
    return word;
}

template <class T>
T struct_from_json(const boost::json::object& object) {
    T result{};
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(result.*member.pointer)>;
        if (const auto* value = object.if_contains(member.name))
            result.*member.pointer = from_json<Member>(*value);
    });
    return result;
}

}  // namespace detail

/// `value` has passed `check` against `schema_of<T>()`.
template <class T>
T from_json(const boost::json::value& value) {
    if constexpr (std::is_same_v<T, bool>)
        return value.as_bool();
    else if constexpr (std::is_arithmetic_v<T>)
        return value.to_number<T>();
    else if constexpr (std::is_same_v<T, std::string>)
        return T(value.as_string());
    else if constexpr (std::is_same_v<T, boost::json::value>)
        return value;
    else if constexpr (is_optional<T>)
        return value.is_null() ? T{} : T{from_json<typename T::value_type>(value)};
    else if constexpr (is_vector<T>)
        return detail::list_from_json<typename T::value_type>(value.as_array());
    else if constexpr (std::is_enum_v<T>)
        return detail::enum_from_json<T>(value);
    else
        return detail::struct_from_json<T>(value.as_object());
}

}  // namespace posed::api
