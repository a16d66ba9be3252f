// Requests made from the service's own OpenAPI document, plausible and hostile in turns, against the real
// service: none may be answered with a status that the document does not name, and none with a fault of the
// server.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "api/raw_client.h"
#include "tests/service/running_service.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

namespace json = boost::json;

constexpr int requests_per_operation = 60;

/// What HTTP itself refuses on any path, told once in the document as the default answer.
const std::set<int> refusals_of_any_path{400, 413, 415};

struct Operation {
    std::string method;
    std::string path;
    json::object description;
};

class RequestGenerator {
  public:
    RequestGenerator(json::object document, unsigned seed) : document_(std::move(document)), random_(seed) {}

    [[nodiscard]] std::vector<Operation> operations() const {
        std::vector<Operation> all;
        for (const auto& path : document_.at("paths").as_object())
            for (const auto& method : path.value().as_object())
                all.push_back({method.key(), path.key(), method.value().as_object()});
        // What makes resources comes first and what deletes them last, so that the others have something to
        // find.
        std::ranges::stable_sort(all, {}, [](const Operation& one) {
            return one.method == "delete"          ? 3
                   : one.path == "/videos/ingest/" ? 0
                   : one.method == "post"          ? 1
                                                   : 2;
        });
        return all;
    }

    std::string request(const Operation& operation) {
        plausible_ = perhaps();
        auto path = operation.path;
        std::string query;
        if (const auto* parameters = operation.description.if_contains("parameters"))
            for (const auto& parameter : parameters->as_array())
                add(parameter.as_object(), path, query);
        const auto [type, body] = body_of(operation);
        std::string method = operation.method;
        std::ranges::transform(method, method.begin(),
                               [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
        return api::tests::request(method, path + query, type.empty() ? "" : "Content-Type: " + type + "\r\n",
                                   body);
    }

  private:
    using Texts = std::vector<std::string>;

    std::size_t below(std::size_t count) { return random_() % count; }
    bool perhaps() { return below(2) == 0; }
    bool hostile_once_in(std::size_t count) { return !plausible_ && below(count) == 0; }

    template <class Choices>
    auto one_of(const Choices& choices) {
        return choices[below(std::size(choices))];
    }

    void add(const json::object& parameter, std::string& path, std::string& query) {
        const std::string name(parameter.at("name").as_string());
        const auto value = escaped(text_of(value_for(parameter.at("schema"))));
        if (parameter.at("in") == "path") {
            const auto place = "{" + name + "}";
            path.replace(path.find(place), place.size(), value.empty() ? "1" : value);
        } else if (parameter.at("in") == "query" && perhaps()) {
            query += (query.empty() ? "?" : "&") + name + "=" + value;
        }
    }

    static std::string text_of(const json::value& value) {
        return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
    }

    static std::string escaped(const std::string& text) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string escaped;
        for (const char letter : text) {
            const auto byte = static_cast<unsigned char>(letter);
            if (std::isalnum(byte) != 0 || letter == '-' || letter == '.')
                escaped += letter;
            else
                escaped.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
        return escaped;
    }

    std::pair<std::string, std::string> body_of(const Operation& operation) {
        const auto* body = operation.description.if_contains("requestBody");
        if (body == nullptr)
            return {};
        const auto& content = body->as_object().at("content").as_object();
        const auto* fields = content.if_contains("application/json");
        if (fields == nullptr)
            return {"application/octet-stream",
                    one_of(Texts{"", "no video", clip().substr(0, below(5000)), clip()})};
        if (below(10) == 0)
            return {"application/json",
                    one_of(Texts{"", "{", "[]", "null", "{\"a\":\"\\ud800\"}", "\xff\xfe"})};
        return {"application/json", json::serialize(value_for(fields->as_object().at("schema")))};
    }

    json::value value_for(const json::value& described) {
        const auto schema = resolved(described.as_object());
        if (hostile_once_in(5))
            return hostile_value();
        if (const auto* words = schema.if_contains("enum"))
            return below(6) == 0 ? json::value("bogus")
                                 : words->as_array().at(below(words->as_array().size()));
        if (const auto* choices = schema.if_contains("anyOf"))
            return value_for(choices->as_array().at(below(choices->as_array().size())));
        if (schema.contains("properties"))
            return object_for(schema);
        const auto type = type_of(schema);
        if (type == "integer" || type == "number")
            return number_for(schema, type);
        if (type == "boolean")
            return !plausible_ && perhaps();
        return one_of(Texts{"", "a", "0:2", "blazepose-lite", "T\xc3\xa4nzer", std::string(600, 'x')})
            .c_str();
    }

    static std::string type_of(const json::object& schema) {
        const auto* type = schema.if_contains("type");
        if (type == nullptr)
            return "";
        return std::string(type->is_array() ? type->as_array().at(0).as_string() : type->as_string());
    }

    json::value object_for(const json::object& schema) {
        json::object object;
        for (const auto& property : schema.at("properties").as_object())
            if (!hostile_once_in(4))
                object[property.key()] = value_for(property.value());
        if (hostile_once_in(6))
            object["unknown"] = 1;
        return object;
    }

    json::value number_for(const json::object& schema, const std::string& type) {
        if (plausible_)
            return one_of(std::vector<json::value>{1, 1, 1, 2});
        std::vector<json::value> choices{0, 1, 1, 1, 2, 5, -1, 320, INT64_MAX, INT64_MIN};
        for (const auto* bound : {"minimum", "maximum", "exclusiveMinimum"})
            if (const auto* value = schema.if_contains(bound))
                choices.push_back(*value);
        if (type == "number")
            choices.insert(choices.end(), {0.5, 29.97, 1e-9, 1e300, -0.1});
        return one_of(choices);
    }

    json::value hostile_value() {
        return one_of(std::vector<json::value>{nullptr, json::array{}, json::object{}, "1", 1.5, true, "\x01",
                                               "../../etc/passwd", std::string(2, '\0').c_str(),
                                               std::string(100'000, 'y').substr(0, 3000).c_str()});
    }

    [[nodiscard]] json::object resolved(const json::object& schema) const {
        const auto* reference = schema.if_contains("$ref");
        if (reference == nullptr)
            return schema;
        const std::string name(reference->as_string().subview(std::string("#/components/schemas/").size()));
        return document_.at("components").at("schemas").at(name).as_object();
    }

    static const std::string& clip() {
        static const std::string bytes = [] {
            std::ifstream file(synthetic_clip(), std::ios::binary);
            return std::string(std::istreambuf_iterator<char>(file), {});
        }();
        return bytes;
    }

    json::object document_;
    std::minstd_rand random_;
    bool plausible_ = true;  ///< the request that is being made
};

int status_of(std::uint16_t port, const std::string& request) {
    api::tests::RawClient client(port);
    (void)client.send(request);
    const auto head = client.read_until("\r\n\r\n");  // bodies of event streams never end
    return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3));
}

TEST(GeneratedRequests, AreAnsweredWithWhatTheDocumentSays) {
    const RunningService service({.settings = {"POSED_QUEUE_LIMIT=100000"}});
    const auto port = service.port();
    RequestGenerator generator(json::parse(api::tests::get(port, "/openapi.json").body).as_object(),
                               20261124);

    std::map<int, int> counts;
    for (const auto& operation : generator.operations()) {
        const auto& responses = operation.description.at("responses").as_object();
        for (int i = 0; i < requests_per_operation; ++i) {
            const auto request = generator.request(operation);
            const auto status = status_of(port, request);
            ++counts[status];
            EXPECT_TRUE(responses.contains(std::to_string(status)) || refusals_of_any_path.contains(status))
                << operation.method << ' ' << operation.path << " was answered with " << status << " to\n"
                << request.substr(0, 600);
        }
    }
    for (const auto& [status, count] : counts)
        std::cout << status << ": " << count << " answers\n";
    EXPECT_EQ(counts.count(500), 0U);
    EXPECT_EQ(counts.count(503), 0U);
    for (const int status : {200, 201, 202, 204, 400, 404, 415, 422})
        EXPECT_GT(counts[status], 0) << status << " was never answered: the requests have become dull";
}

}  // namespace
}  // namespace posed::tests
