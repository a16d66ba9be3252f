#include "api/endpoint.h"

#include <algorithm>

#include "api/target.h"
#include "base/strict_json.h"

namespace posed::api {
namespace {

namespace json = boost::json;

bool has_body(Method method) noexcept {
    return method == Method::post || method == Method::put || method == Method::patch;
}

/// The body as an object; null after adding an error.
json::value parsed_body(const Request& request, std::vector<FieldError>& errors) {
    auto parsed = parse_strictly(request.body, Code::malformed);
    if (parsed.has_value())
        return *std::move(parsed);
    errors.push_back(
        {.in = "body", .pointer = "", .code = "malformed_json", .message = parsed.error().message});
    return nullptr;
}

json::object body_fields(const Request& request, const Schema& schema, std::vector<FieldError>& errors) {
    auto value = parsed_body(request, errors);
    if (!errors.empty())
        return {};
    check(value, schema, Place::body, errors);
    return errors.empty() ? std::move(value.as_object()) : json::object();
}

void add(json::object& fields, const json::object& more) {
    for (const auto& member : more)
        fields.insert_or_assign(member.key(), member.value());
}

}  // namespace

InputSchema divided(Schema input, Method method, const std::string& pattern) {
    const auto parameters = parameters_of(pattern);
    InputSchema schema;
    Schema rest(Kind::object, input.name);
    for (auto& field : input.fields) {
        const bool in_path = std::ranges::find(parameters, field.name) != parameters.end();
        (in_path ? schema.path : rest).fields.push_back(std::move(field));
    }
    if (!has_body(method))
        schema.query = std::move(rest);
    else if (!rest.fields.empty())
        schema.body = std::move(rest);
    return schema;
}

json::object fields_of(const NamedTexts& texts, const Schema& schema, Place place,
                       std::vector<FieldError>& errors) {
    json::object fields;
    for (const auto& field : schema.fields) {
        const bool repeats = field.schema.kind == Kind::list;
        for (const auto& [name, text] : texts) {
            if (name != field.name)
                continue;
            if (!repeats)
                fields.insert_or_assign(name, value_of_text(text, field.schema));
            else if (auto* list = fields.if_contains(name))
                list->as_array().push_back(value_of_text(text, field.schema.items.front()));
            else
                fields.emplace(name, json::array{value_of_text(text, field.schema.items.front())});
        }
    }
    check(fields, schema, place, errors);
    return fields;
}

json::object fields_of(const Request& request, const InputSchema& schema, std::vector<FieldError>& errors) {
    auto fields = fields_of(request.path_values, schema.path, Place::path, errors);
    if (const auto query = parse_query(request.query))
        add(fields, fields_of(*query, schema.query, Place::query, errors));
    else
        errors.push_back({.in = "query",
                          .pointer = "",
                          .code = "malformed_query",
                          .message = "has a broken escape, a NUL character or text that is not UTF-8"});
    std::vector<FieldError> body_errors;
    if (schema.body)
        add(fields, body_fields(request, *schema.body, body_errors));
    errors.insert(errors.end(), body_errors.begin(), body_errors.end());
    return fields;
}

}  // namespace posed::api
