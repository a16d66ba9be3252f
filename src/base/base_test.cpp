#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "base/digest.h"
#include "base/escaped_text.h"
#include "base/json_text.h"
#include "base/result.h"

namespace posed {
namespace {

Result<int> half_of(int number) {
    if (number % 2 != 0)
        return fail(Code::invalid_argument, "odd");
    return number / 2;
}

Result<int> quarter_of(int number) {
    return TRY(half_of(TRY(half_of(number))));
}

TEST(Result, TryYieldsTheValueOrLeavesWithTheError) {
    EXPECT_EQ(quarter_of(8).value(), 2);
    EXPECT_EQ(quarter_of(6).error().code, Code::invalid_argument);
    EXPECT_THROW((void)quarter_of(6).value(), std::runtime_error);
}

TEST(Result, DiskFullIsToldApartFromOtherSystemErrors) {
    EXPECT_EQ(system_error(ENOSPC, "x").code, Code::storage_full);
    EXPECT_EQ(system_error(ENOENT, "x").code, Code::not_found);
    EXPECT_EQ(system_error(EIO, "x").code, Code::input_output);
}

TEST(Digest, MatchesTheStandardsExample) {
    // FIPS 180-2, appendix B.1.
    EXPECT_EQ(sha256_of(std::as_bytes(std::span("abc", 3))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, OfAKeyAndAText) {
    // RFC 4231, 4.3.
    EXPECT_EQ(hexadecimal(hmac_sha256(std::as_bytes(std::span("Jefe", 4)), "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, ForEntityTags) {
    // RFC 1321, A.5.
    EXPECT_EQ(hexadecimal(md5_of(std::as_bytes(std::span("abc", 3)))), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(PercentEncoded, EscapesWhatIsNotPlain) {
    EXPECT_EQ(percent_encoded("a-b_c.~9"), "a-b_c.~9");
    EXPECT_EQ(percent_encoded("T\xc3\xa4nzer & 1.mp4"), "T%C3%A4nzer%20%26%201.mp4");
}

TEST(ByteSource, FileAndViewReadTheSame) {
    const auto path = std::filesystem::path(testing::TempDir()) / "byte_source_test";
    std::ofstream(path) << "0123456789";
    const auto file = open_file(path).value();
    const auto view = view_bytes(std::as_bytes(std::span("0123456789", 10)));
    for (auto* source : {file.get(), view.get()}) {
        std::array<char, 4> buffer{};
        EXPECT_EQ(source->size(), 10U);
        EXPECT_EQ(source->read_at(3, std::as_writable_bytes(std::span(buffer))).value(), 4U);
        EXPECT_EQ(std::string(buffer.data(), 4), "3456");
        EXPECT_EQ(source->read_at(8, std::as_writable_bytes(std::span(buffer))).value(), 2U);
        EXPECT_EQ(source->read_at(10, std::as_writable_bytes(std::span(buffer))).value(), 0U);
        EXPECT_EQ(read_exactly(*source, 8, std::as_writable_bytes(std::span(buffer)), Code::corrupt_archive)
                      .error()
                      .code,
                  Code::corrupt_archive);
    }
}

TEST(ByteSource, MissingFilesAndFoldersAreErrors) {
    EXPECT_EQ(open_file("/nowhere/at/all").error().code, Code::not_found);
    EXPECT_EQ(open_file("/tmp").error().code, Code::invalid_argument);
}

TEST(JsonText, KeepsFlatValuesOnOneLineWritesNumbersPlainlyAndParsesBack) {
    const auto value =
        boost::json::parse(R"({"a":{"b":1,"c":[1.5,2E1]},"d":[{"e":null},"f\n"],"g":{"h":25E0},"i":{}})");
    EXPECT_EQ(boost::json::parse(indented_json(value)), boost::json::parse(json_line(value)));
    EXPECT_EQ(json_line(value), R"({"a":{"b":1,"c":[1.5,20]},"d":[{"e":null},"f\n"],"g":{"h":25},"i":{}})");
    EXPECT_EQ(indented_json(value),
              "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": [1.5, 20]\n  },\n  \"d\": [\n    {\"e\": null},\n    "
              "\"f\\n\"\n  ],\n"
              "  \"g\": {\"h\": 25},\n  \"i\": {}\n}\n");
    EXPECT_EQ(json_line(std::nan("")), "null");
}

}  // namespace
}  // namespace posed
