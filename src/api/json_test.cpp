// Described structs to and from JSON, without a socket.

#include <cmath>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_api.h"

namespace posed::api {
namespace {

using sample::Api;
using sample::body_of;
using sample::respond;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Request post(std::string body) {
    return {.method = Method::post, .target = "/items/", .body = std::move(body)};
}

Request get(std::string target) {
    return {.method = Method::get, .target = std::move(target)};
}

/// "pointer code" of every error of the answer.
std::vector<std::string> errors_of(const Response& response) {
    EXPECT_EQ(response.status, Status::unprocessable_content) << body_of(response);
    std::vector<std::string> errors;
    const auto problem = boost::json::parse(body_of(response));
    for (const auto& error : problem.at("errors").as_array())
        errors.push_back(std::string(error.at("pointer").as_string()) + " " +
                         std::string(error.at("code").as_string()));
    return errors;
}

class JsonTest : public testing::Test {
  protected:
    std::vector<std::string> errors_in(std::string body) {
        return errors_of(respond(api, post(std::move(body))));
    }
    std::string answer_to(std::string body) { return body_of(respond(api, post(std::move(body)))); }

    Api api;
};

TEST_F(JsonTest, FillsInDefaultsAndAnswersWithTheView) {
    const auto response = respond(api, post(R"({"id": 5, "rate": 0.30000000000000004})"));
    EXPECT_EQ(response.status, Status::created);
    EXPECT_EQ(body_of(response),
              R"({"id":5,"rate":0.30000000000000004,"size":30,"colour":"red",)"
              R"("description":null,"tags":[],"created_at":"1970-01-01T00:00:00.000000Z"})");
    EXPECT_EQ(response.headers.find("Location"), "/items/5/");
}

TEST_F(JsonTest, NamesEverythingThatIsWrongAtOnce) {
    EXPECT_THAT(errors_in(R"({"id": 0, "size": 101, "colour": "blue", "description": "longer", "x": 1})"),
                ElementsAre("/id out_of_range", "/rate missing", "/size out_of_range", "/colour unknown_word",
                            "/description too_long", "/x unknown_field"));
    EXPECT_THAT(errors_in(R"({"id": "1", "rate": true, "size": 1.5, "colour": 1, "shown": "yes"})"),
                ElementsAre("/id wrong_type", "/rate wrong_type", "/size wrong_type", "/colour wrong_type",
                            "/shown wrong_type"));
    EXPECT_THAT(errors_in(R"({"id": null, "rate": 0, "a/b~c": 1})"),
                ElementsAre("/id wrong_type", "/rate out_of_range", "/a~1b~0c unknown_field"));
}

TEST_F(JsonTest, CountsLengthsInCharacters) {
    EXPECT_THAT(answer_to(R"({"id": 1, "rate": 1, "description": "äöüß€"})"), HasSubstr("äöüß€"));
    EXPECT_THAT(errors_in(R"({"id": 1, "rate": 1, "description": "äöüß€!"})"),
                ElementsAre("/description too_long"));
}

TEST_F(JsonTest, TakesWholeNumbersHoweverTheyAreWrittenAndRefusesWhatDoesNotFit) {
    EXPECT_THAT(answer_to(R"({"id": 3.0, "rate": 1})"), HasSubstr("\"id\":3,"));
    EXPECT_THAT(answer_to(R"({"id": 9223372036854775807, "rate": 1})"), HasSubstr("9223372036854775807"));
    for (const auto* number : {"9223372036854775808", "18446744073709551616", "1e30"}) {
        const auto answer = answer_to(R"({"rate": 1, "id": )" + std::string(number) + "}");
        EXPECT_THAT(answer, HasSubstr("must fit 64 bits"));
        EXPECT_THAT(answer, HasSubstr("\"value\":")) << number;
    }
    EXPECT_THAT(errors_in(R"({"id": 1, "rate": 1, "size": 3000000000})"), ElementsAre("/size out_of_range"));
}

TEST_F(JsonTest, RefusesWhatIsNoJson) {
    const std::string deep = std::string(100, '[') + std::string(100, ']');
    for (const std::string& body :
         {std::string(), std::string("{"), std::string(R"({"id": 1, "id": 2})"),
          std::string(R"({"id": 1} x)"), std::string("{\"id\": \xff\"}"),
          std::string("{\"description\": \"\xed\xa0\x80\"}"), std::string(R"({"description": "\ud800"})"),
          std::string(R"({"id": 1e999})"), deep})
        EXPECT_THAT(errors_in(body), ElementsAre(" malformed_json")) << body;
    for (const auto* body : {"[]", "null", "1", "\"{}\""})
        EXPECT_THAT(errors_in(body), ElementsAre(" wrong_type")) << body;
}

// A database that takes no NUL in texts would fail only after everything else was done.
TEST_F(JsonTest, RefusesNulCharacters) {
    EXPECT_THAT(errors_in(R"({"id": 1, "rate": 1, "description": "a\u0000"})"),
                ElementsAre("/description not_text"));
}

TEST_F(JsonTest, SendsBackShortValuesOnly) {
    const auto problem =
        boost::json::parse(answer_to(R"({"rate": 1, "id": ")" + std::string(5000, 'x') + "\"}"));
    EXPECT_TRUE(problem.at("errors").at(0).at("value").is_null());
    EXPECT_THAT(answer_to(R"({"rate": 1, "id": -7})"), HasSubstr("\"value\":-7"));
}

TEST_F(JsonTest, ReadsTheQueryLikeABody) {
    const auto answer = body_of(respond(api, get("/items/?skip=5&limit=1&tag=a&tag=b%20c&unknown=1")));
    EXPECT_THAT(answer, HasSubstr(R"("id":5)"));
    EXPECT_THAT(answer, HasSubstr(R"(["a","b c"])"));
    EXPECT_THAT(errors_of(respond(api, get("/items/?skip=-1&limit=101"))),
                ElementsAre("/skip out_of_range", "/limit out_of_range"));
    EXPECT_THAT(errors_of(respond(api, get("/items/?skip=1x&limit="))),
                ElementsAre("/skip wrong_type", "/limit wrong_type"));
    EXPECT_THAT(errors_of(respond(api, get("/items/?skip=%zz"))), ElementsAre(" malformed_query"));
    EXPECT_THAT(errors_of(respond(api, get("/items/?skip=%00"))), ElementsAre(" malformed_query"));
    EXPECT_THAT(body_of(respond(api, get("/items/?limit=1&limit=2"))), HasSubstr("},{"));
}

TEST_F(JsonTest, ReadsThePath) {
    EXPECT_THAT(body_of(respond(api, get("/items/7/"))), HasSubstr("\"id\":7"));
    EXPECT_THAT(errors_of(respond(api, get("/items/seven/"))), ElementsAre("/item_id wrong_type"));
    EXPECT_THAT(errors_of(respond(api, get("/items/99999999999999999999/"))),
                ElementsAre("/item_id out_of_range"));
}

TEST(Json, WritesWhatReadersAgreeOn) {
    EXPECT_EQ(to_json(std::vector<double>{0.1, 25, 1e300, HUGE_VAL}), "[0.1,25,1e+300,null]");
    EXPECT_EQ(to_json(std::string("a\"\\\n\x01")), R"("a\"\\\n\u0001")");
    EXPECT_EQ(rfc3339(Timestamp(std::chrono::microseconds(1'769'860'800'000'001))),
              "2026-01-31T12:00:00.000001Z");
    EXPECT_EQ(rfc3339(Timestamp(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(Rules, ForNoMemberAreABug) {
    std::vector<Field> fields{{.name = "a"}};
    EXPECT_THROW(apply_rules({rule("b", "")}, fields), std::logic_error);
}

}  // namespace
}  // namespace posed::api
