#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include "base/escaped_text.h"
#include "base/json_text.h"

/// Described structs as JSON text, without a tree in between.
namespace posed::api {

/// A moment in UTC, written as in RFC 3339 with microseconds.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-01-31T12:00:00.000001Z".
[[nodiscard]] std::string rfc3339(Timestamp time);

template <class T>
using Members =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
void append_json(std::string& json, const T& value);

namespace detail {

template <class T>
void append_list(std::string& json, const std::vector<T>& list) {
    json += '[';
    for (const auto& item : list) {
        append_json(json, static_cast<const T&>(item));
        json += ',';
    }
    if (list.empty())
        json += ']';
    else
        json.back() = ']';
}

template <class T>
void append_struct(std::string& json, const T& value) {
    char separator = '{';
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        json += separator;
        append_json_string(json, member.name);
        json += ':';
        append_json(json, value.*member.pointer);
        separator = ',';
    });
    json += separator == '{' ? "{}" : "}";
}

}  // namespace detail

template <class T>
void append_json(std::string& json, const T& value) {
    if constexpr (std::is_same_v<T, bool>)
        json += value ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<T>)
        append_number(json, value);
    else if constexpr (std::is_convertible_v<T, std::string_view>)
        append_json_string(json, value);
    else if constexpr (std::is_same_v<T, Timestamp>)
        append_json_string(json, rfc3339(value));
    else if constexpr (std::is_same_v<T, boost::json::value>)
        json += json_line(value);
    else if constexpr (is_optional<T>)
        value ? append_json(json, *value) : static_cast<void>(json += "null");
    else if constexpr (is_vector<T>)
        detail::append_list(json, value);
    else if constexpr (std::is_enum_v<T>)
        append_json_string(json, boost::describe::enum_to_string(value, ""));
    else
        detail::append_struct(json, value);
}

template <class T>
[[nodiscard]] std::string to_json(const T& value) {
    std::string json;
    append_json(json, value);
    return json;
}

}  // namespace posed::api
