#include "api/json_input.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include <boost/json/parse.hpp>

namespace posed::api {
namespace {

namespace json = boost::json;

/// Values longer than this are not sent back.
constexpr std::size_t quoted_bytes_max = 100;

const char* word_for(Place place) noexcept {
    switch (place) {
        case Place::body:
            return "body";
        case Place::query:
            return "query";
        case Place::path:
            return "path";
        case Place::form:
            return "form";
    }
    return "";
}

const char* words_for(Kind kind) noexcept {
    switch (kind) {
        case Kind::any:
            return "a value";
        case Kind::boolean:
            return "true or false";
        case Kind::integer:
            return "an integer";
        case Kind::number:
            return "a number";
        case Kind::text:
            return "a text";
        case Kind::list:
            return "a list";
        case Kind::object:
            return "an object";
    }
    return "";
}

std::string text_of(double number) {
    std::string text;
    append_number(text, number);
    return text;
}

std::optional<json::value> quoted(const json::value& value) {
    if (value.is_structured() || json_line(value).size() > quoted_bytes_max)
        return {};
    return value;
}

std::string escaped_pointer(std::string_view name) {
    std::string pointer = "/";
    for (const char byte : name) {
        if (byte == '~')
            pointer += "~0";
        else if (byte == '/')
            pointer += "~1";
        else
            pointer += byte;
    }
    return pointer;
}

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

bool is_integral(double number) noexcept {
    constexpr double limit = 9223372036854775808.0;  // 2^63
    return std::trunc(number) == number && number >= -limit && number < limit;
}

/// Whether the value is of that kind. An integer may be written 3.0, as JSON knows only numbers.
bool is_of(const json::value& value, Kind kind) noexcept {
    switch (kind) {
        case Kind::any:
            return true;
        case Kind::boolean:
            return value.is_bool();
        case Kind::integer:
            return value.is_int64() || value.is_uint64() ||
                   (value.is_double() && std::trunc(value.get_double()) == value.get_double());
        case Kind::number:
            return value.is_number();
        case Kind::text:
            return value.is_string();
        case Kind::list:
            return value.is_array();
        case Kind::object:
            return value.is_object();
    }
    return false;
}

/// Walks a value beside its schema and collects what is wrong.
class Checker {
  public:
    Checker(Place place, std::vector<FieldError>& errors) : place_(place), errors_(errors) {}

    void check(const json::value& value, const Schema& schema, const std::string& pointer) {
        if (value.is_null() && schema.nullable)
            return;
        if (!is_of(value, schema.kind)) {
            refuse(pointer, "wrong_type", std::string("must be ") + expected(schema), quoted(value));
            return;
        }
        if (schema.kind == Kind::integer)
            check_integer(value, schema, pointer);
        else if (schema.kind == Kind::number)
            check_bounds(value, value.to_number<double>(), schema, pointer);
        else if (schema.kind == Kind::text)
            check_text(value, schema, pointer);
        else if (schema.kind == Kind::list)
            check_list(value.get_array(), schema, pointer);
        else if (schema.kind == Kind::object)
            check_object(value.get_object(), schema, pointer);
    }

  private:
    static std::string expected(const Schema& schema) {
        return std::string(words_for(schema.kind)) + (schema.nullable ? " or null" : "");
    }

    void check_integer(const json::value& value, const Schema& schema, const std::string& pointer) {
        const bool fits = value.is_int64() || (value.is_double() && is_integral(value.get_double()));
        if (!fits)
            refuse(pointer, "out_of_range", "must fit 64 bits", quoted(value));
        else
            check_bounds(value, value.to_number<double>(), schema, pointer);
    }

    void check_bounds(const json::value& value, double number, const Schema& schema,
                      const std::string& pointer) {
        std::string message;
        if (schema.minimum && number < *schema.minimum)
            message = "must be at least " + text_of(*schema.minimum);
        else if (schema.above && number <= *schema.above)
            message = "must be greater than " + text_of(*schema.above);
        else if (schema.maximum && number > *schema.maximum)
            message = "must be at most " + text_of(*schema.maximum);
        if (!message.empty())
            refuse(pointer, "out_of_range", std::move(message), quoted(value));
    }

    void check_text(const json::value& value, const Schema& schema, const std::string& pointer) {
        const std::string_view text = value.get_string();
        const auto length = characters_of(text);
        if (text.find('\0') != std::string_view::npos)
            refuse(pointer, "not_text", "must not contain a NUL character");
        else if (schema.length_min && length < *schema.length_min)
            refuse(pointer, "too_short",
                   "must have at least " + std::to_string(*schema.length_min) + " characters, not " +
                       std::to_string(length));
        else if (schema.length_max && length > *schema.length_max)
            refuse(pointer, "too_long",
                   "must have at most " + std::to_string(*schema.length_max) + " characters, not " +
                       std::to_string(length));
        else if (!schema.words.empty() && std::ranges::find(schema.words, text) == schema.words.end())
            refuse(pointer, "unknown_word", "must be one of " + listed(schema.words), quoted(value));
    }

    void check_list(const json::array& list, const Schema& schema, const std::string& pointer) {
        for (std::size_t i = 0; i < list.size(); ++i)
            check(list[i], schema.items.front(), pointer + '/' + std::to_string(i));
    }

    void check_object(const json::object& object, const Schema& schema, const std::string& pointer) {
        for (const auto& field : schema.fields) {
            const auto place = pointer + escaped_pointer(field.name);
            if (const auto* value = object.if_contains(field.name))
                check(*value, field.schema, place);
            else if (field.required)
                refuse(place, "missing", "is required");
        }
        for (const auto& member : object) {
            if (std::ranges::find(schema.fields, std::string_view(member.key()), &Field::name) ==
                schema.fields.end())
                refuse(pointer + escaped_pointer(member.key()), "unknown_field", "is not known here");
        }
    }

    static std::string listed(const std::vector<std::string>& words) {
        std::string text;
        for (const auto& word : words)
            text += (text.empty() ? "" : ", ") + word;
        return text;
    }

    void refuse(const std::string& pointer, std::string code, std::string message,
                std::optional<json::value> value = {}) {
        errors_.push_back({.in = word_for(place_),
                           .pointer = pointer,
                           .code = std::move(code),
                           .message = std::move(message),
                           .value = std::move(value)});
    }

    Place place_;
    std::vector<FieldError>& errors_;
};

template <class Number>
std::optional<Number> whole_number(const std::string& text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end)
        return {};
    return number;
}

json::value boolean_of(const json::string& text) {
    if (text == "true" || text == "1")
        return true;
    if (text == "false" || text == "0")
        return false;
    return text;
}

}  // namespace

void check(const json::value& value, const Schema& schema, Place place, std::vector<FieldError>& errors) {
    Checker(place, errors).check(value, schema, "");
}

json::value value_of_text(const std::string& text, const Schema& schema) {
    if (text.empty() && schema.nullable)
        return nullptr;
    if (schema.kind == Kind::boolean)
        return boolean_of(json::string(text));
    if (schema.kind == Kind::integer) {
        if (const auto number = whole_number<std::int64_t>(text))
            return *number;
    }
    if (schema.kind == Kind::integer || schema.kind == Kind::number) {
        if (const auto number = whole_number<double>(text); number && std::isfinite(*number))
            return *number;
    }
    return json::string(text);
}

}  // namespace posed::api
