#include "api/openapi.h"

#include <algorithm>
#include <map>

#include <boost/json.hpp>

#include "api/problem.h"

namespace posed::api {
namespace {

namespace json = boost::json;

const char* type_of(Kind kind) {
    switch (kind) {
        case Kind::any:
            return "";
        case Kind::boolean:
            return "boolean";
        case Kind::integer:
            return "integer";
        case Kind::number:
            return "number";
        case Kind::text:
            return "string";
        case Kind::list:
            return "array";
        case Kind::object:
            return "object";
    }
    return "";
}

/// 25 rather than 2.5E1 where the bound is whole.
json::value number_value(double number) {
    const auto whole = static_cast<std::int64_t>(number);
    return static_cast<double>(whole) == number ? json::value(whole) : json::value(number);
}

/// "get_videos_by_video_id" of GET /videos/{video_id}/.
std::string operation_id(const Route& route) {
    std::string id;
    for (const char letter : std::string(name_of(route.method)))
        id += static_cast<char>(letter - 'A' + 'a');
    for (const char letter : route.pattern) {
        if (letter == '/' || letter == '.')
            id += '_';
        else if (letter == '{')
            id += "by_";
        else if (letter != '}')
            id += letter;
    }
    while (id.ends_with('_'))
        id.pop_back();
    return id;
}

std::string method_key(Method method) {
    std::string key = name_of(method);
    std::ranges::transform(key, key.begin(),
                           [](char letter) { return static_cast<char>(letter - 'A' + 'a'); });
    return key;
}

class Generator {
  public:
    json::value document(const std::vector<Route>& routes, const ApiDescription& about) {
        json::object paths;
        for (const auto& route : routes) {
            auto& path = paths[route.pattern];
            if (path.is_null())
                path = json::object();
            path.as_object()[method_key(route.method)] = operation(route);
        }
        json::object bearer{{"type", "http"}, {"scheme", "bearer"}};
        return {
            {"openapi", "3.1.0"},
            {"info",
             {{"title", about.title}, {"version", about.version}, {"description", about.description}}},
            {"paths", std::move(paths)},
            {"components", {{"schemas", schemas_}, {"securitySchemes", {{"bearer", std::move(bearer)}}}}}};
    }

  private:
    json::object operation(const Route& route) {
        const auto& documentation = route.documentation;
        json::object operation{{"operationId", operation_id(route)},
                               {"summary", documentation.summary},
                               {"tags", json::array{documentation.tag}},
                               {"parameters", parameters(route)},
                               {"responses", responses(route)}};
        if (!documentation.description.empty())
            operation["description"] = documentation.description;
        if (route.input.body)
            operation["requestBody"] = {
                {"required", true},
                {"content", {{"application/json", {{"schema", schema(*route.input.body)}}}}}};
        if (route.input.form)
            operation["requestBody"] = upload_body(*route.input.form);
        if (documentation.access == Access::token)
            operation["security"] = json::array{json::object(), {{"bearer", json::array()}}};
        return operation;
    }

    json::array parameters(const Route& route) {
        json::array list;
        for (const auto& field : route.input.path.fields)
            list.push_back(parameter(field, "path", true));
        for (const auto& field : route.input.query.fields)
            list.push_back(parameter(field, "query", field.required));
        if (route.input.form) {
            list.push_back({{"name", "filename"},
                            {"in", "query"},
                            {"description", "The file's name, where the body is the file itself"},
                            {"schema", {{"type", "string"}}}});
            for (const auto& field : route.input.form->fields)
                list.push_back(parameter(field, "query", false));
        }
        return list;
    }

    json::object parameter(const Field& field, const char* place, bool required) {
        return {{"name", field.name},
                {"in", place},
                {"required", required},
                {"description", field.description},
                {"schema", field_schema(field)}};
    }

    json::object upload_body(const Schema& form) {
        json::object binary{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
        json::object properties{{"file", binary}};
        for (const auto& field : form.fields)
            properties[field.name] = field_schema(field);
        const json::object multipart{
            {"type", "object"}, {"required", json::array{"file"}}, {"properties", std::move(properties)}};
        return {{"required", true},
                {"content",
                 {{"multipart/form-data", {{"schema", multipart}}},
                  {"application/octet-stream", {{"schema", std::move(binary)}}}}}};
    }

    json::object responses(const Route& route) {
        json::object list;
        const auto& documentation = route.documentation;
        list[std::to_string(number_of(documentation.success))] = success(route, documentation.success);
        for (const auto status : documentation.also)
            list[std::to_string(number_of(status))] = success(route, status);
        for (const auto& [status, codes] : errors_of(route))
            list[std::to_string(number_of(status))] = {
                {"description", std::string(phrase_of(status)) + ": " + codes}, {"content", problem()}};
        list["default"] = {{"description", "Any other failure"}, {"content", problem()}};
        return list;
    }

    /// The codes of each status.
    static std::map<Status, std::string> errors_of(const Route& route) {
        std::map<Status, std::string> errors;
        const auto add = [&](Status status, const char* code) {
            auto& codes = errors[status];
            codes += (codes.empty() ? "" : ", ") + std::string(code);
        };
        for (const auto code : route.documentation.errors)
            add(status_of(code), name_of(code));
        if (std::ranges::find(route.documentation.also, Status::partial_content) !=
            route.documentation.also.end())
            add(Status::range_not_satisfiable, "range_not_satisfiable");
        const auto& input = route.input;
        if (!input.path.fields.empty() || !input.query.fields.empty() || input.body || input.form)
            add(Status::unprocessable_content, "invalid_fields");
        if (input.body)
            add(Status::unsupported_media_type, "wrong_content_type");
        if (input.body || input.form)
            add(Status::content_too_large, "body_too_large");
        return errors;
    }

    json::object success(const Route& route, Status status) {
        const auto& documentation = route.documentation;
        json::object response{{"description", phrase_of(status)}};
        const bool has_body = status != Status::no_content && status != Status::not_modified;
        if (has_body && route.output)
            response["content"] = {{documentation.media_type, {{"schema", schema(*route.output)}}}};
        else if (has_body)
            response["content"] = {{documentation.media_type, json::object()}};
        json::object headers;
        for (const auto& name : documentation.headers)
            headers[name] = {{"schema", {{"type", "string"}}}};
        if (!headers.empty())
            response["headers"] = std::move(headers);
        return response;
    }

    json::object problem() {
        return {{"application/problem+json", {{"schema", schema(schema_of<Problem>())}}}};
    }

    json::value field_schema(const Field& field) {
        auto value = schema(field.schema);
        auto& object = value.as_object();
        if (!field.description.empty())
            object["description"] = field.description;
        if (!field.required)
            object["default"] = json::parse(field.default_json);
        return value;
    }

    /// A named schema is put among the components, and referred to.
    json::value schema(const Schema& schema) {
        if (schema.name.empty())
            return described(schema);
        if (!schemas_.contains(schema.name)) {
            auto plain = schema;
            plain.nullable = false;
            auto text = described(plain);
            schemas_[schema.name] = std::move(text);
        }
        json::object reference{{"$ref", "#/components/schemas/" + schema.name}};
        if (!schema.nullable)
            return reference;
        return {{"anyOf", json::array{std::move(reference), {{"type", "null"}}}}};
    }

    json::object described(const Schema& schema) {
        json::object object;
        if (schema.kind == Kind::any)
            return object;
        if (schema.nullable)
            object["type"] = json::array{type_of(schema.kind), "null"};
        else
            object["type"] = type_of(schema.kind);
        add_bounds(object, schema);
        if (schema.kind == Kind::list)
            object["items"] = this->schema(schema.items.front());
        if (schema.kind == Kind::object)
            add_properties(object, schema);
        return object;
    }

    static void add_bounds(json::object& object, const Schema& schema) {
        if (!schema.format.empty())
            object["format"] = schema.format;
        if (!schema.words.empty())
            object["enum"] = json::array(schema.words.begin(), schema.words.end());
        if (schema.minimum)
            object["minimum"] = number_value(*schema.minimum);
        if (schema.above)
            object["exclusiveMinimum"] = number_value(*schema.above);
        if (schema.maximum)
            object["maximum"] = number_value(*schema.maximum);
        if (schema.length_min)
            object["minLength"] = *schema.length_min;
        if (schema.length_max)
            object["maxLength"] = *schema.length_max;
    }

    void add_properties(json::object& object, const Schema& schema) {
        json::object properties;
        json::array required;
        for (const auto& field : schema.fields) {
            properties[field.name] = field_schema(field);
            if (field.required)
                required.emplace_back(field.name);
        }
        object["properties"] = std::move(properties);
        object["additionalProperties"] = false;
        if (!required.empty())
            object["required"] = std::move(required);
    }

    json::object schemas_;
};

}  // namespace

json::value openapi_document(const std::vector<Route>& routes, const ApiDescription& about) {
    return Generator().document(routes, about);
}

}  // namespace posed::api
