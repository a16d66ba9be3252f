#include "api/openapi.h"

#include <filesystem>
#include <fstream>
#include <regex>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/documentation.h"
#include "api/sample_api.h"
#include "base/json_text.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::api {
namespace {

using ::testing::HasSubstr;

boost::json::value sample_document() {
    sample::Services services;
    return openapi_document(sample::routes(services),
                            {.title = "Sample", .version = "1", .description = "For tests"});
}

TEST(OpenApi, DescribesInputsWithTheirBounds) {
    const auto document = sample_document();
    const auto& create = document.at_pointer("/components/schemas/CreateItem");
    EXPECT_EQ(json_line(create.at_pointer("/required")), R"(["id","rate"])");
    EXPECT_EQ(
        json_line(create.at_pointer("/properties/size")),
        R"({"type":"integer","format":"int32","minimum":-2147483648,"exclusiveMinimum":0,"maximum":100,)"
        R"("description":"How big","default":30})");
    EXPECT_EQ(json_line(create.at_pointer("/properties/description/type")), R"(["string","null"])");
    EXPECT_EQ(json_line(create.at_pointer("/properties/colour/$ref")), R"("#/components/schemas/Colour")");
    const auto& operation = document.at_pointer("/paths/~1items~1{item_id}~1/get");
    EXPECT_EQ(operation.at_pointer("/parameters/0/in"), "path");
    EXPECT_EQ(operation.at_pointer("/responses/404/description"), "Not Found: not_found");
    EXPECT_EQ(operation.at("operationId"), "get_items_by_item_id");
    EXPECT_TRUE(document.at_pointer("/paths/~1uploads~1/post/requestBody/content")
                    .as_object()
                    .contains("multipart/form-data"));
}

TEST(OpenApi, PassesAValidator) {
    const std::string validator =
        POSED_NODE_MODULES "/@seriousme/openapi-schema-validator/bin/validate-api-cli.js";
    POSED_NEEDS(validator);
    const posed::tests::TemporaryFolder folder;
    const auto path = (folder.path() / "openapi.json").string();
    std::ofstream(path) << indented_json(sample_document());
    const auto valid = posed::tests::run({"node", validator, path});
    EXPECT_EQ(valid.exit_code, 0) << valid.output << valid.errors;

    auto broken = sample_document();
    broken.at("info").as_object().erase("title");
    std::ofstream(path) << indented_json(broken);
    EXPECT_NE(posed::tests::run({"node", validator, path}).exit_code, 0) << "the validator validates nothing";
}

TEST(Documentation, NeedsNoOtherHost) {
    POSED_NEEDS(std::filesystem::path(POSED_WEB_FOLDER) / "swagger-ui.css");
    sample::Services services;
    auto rows = documentation_routes(POSED_WEB_FOLDER, "{}").value();
    EXPECT_EQ(documentation_routes("/nowhere", "{}").error().code, Code::not_found);
    const Router router(std::move(rows));
    const std::regex referred(R"re((?:src|href)="([^"]*)")re");
    for (const auto* page : {"docs", "redoc"}) {
        const auto html = sample::body_of(router.find(Method::get, {page}).route->handler({}).value());
        for (std::sregex_iterator match(html.begin(), html.end(), referred), end; match != end; ++match) {
            const auto path = match->str(1);
            ASSERT_EQ(path.front(), '/') << path;
            EXPECT_NE(router.find(Method::get, {page, path.substr(path.rfind('/') + 1)}).route, nullptr)
                << path;
        }
    }
    const auto redoc = router.find(Method::get, {"redoc", "redoc.standalone.js"}).route->handler({}).value();
    EXPECT_THAT(sample::body_of(redoc), Not(HasSubstr("https://cdn.")));
    const auto response =
        router.find(Method::get, {"docs", "swagger-ui-bundle.js"}).route->handler({}).value();
    EXPECT_THAT(std::string(*response.headers.find("Content-Security-Policy")),
                HasSubstr("script-src 'self';"));
    const Request again{.headers = {{"If-None-Match", std::string(*response.headers.find("ETag"))}}};
    EXPECT_EQ(router.find(Method::get, {"docs", "swagger-ui-bundle.js"}).route->handler(again)->status,
              Status::not_modified);
}

}  // namespace
}  // namespace posed::api
