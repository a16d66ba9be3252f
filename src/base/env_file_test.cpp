#include "base/env_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posed {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(EnvFile, ReadsNamesValuesQuotesAndComments) {
    const auto read = parse_env_file(R"(# a comment

   # another
POSED_PORT=9000
BARE=a#b:/c,d   # a # inside is no comment
EMPTY=
EMPTY_TOO= # with a comment
SINGLE='a $b \n "c" # d'
DOUBLE="a \"b\" \\ \$c\n\td # e"  # a comment
_last1=unended)");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(*read, (Variables{{"POSED_PORT", "9000"},
                                {"BARE", "a#b:/c,d"},
                                {"EMPTY", ""},
                                {"EMPTY_TOO", ""},
                                {"SINGLE", R"(a $b \n "c" # d)"},
                                {"DOUBLE", "a \"b\" \\ $c\n\td # e"},
                                {"_last1", "unended"}}));
    EXPECT_EQ(parse_env_file("A=1\r\nB='2'\r\n").value(), (Variables{{"A", "1"}, {"B", "2"}}));
}

TEST(EnvFile, NamesTheLineOfWhatItDoesNotUnderstand) {
    struct Case {
        const char* line;
        const char* what;
    };
    for (const auto& [line, what] :
         {Case{"NAME", "no ="}, Case{"=1", "no name"}, Case{"1A=1", "no name"}, Case{"A =1", "no name"},
          Case{"export A=1", "no name"}, Case{"A= 1", "text after a value"}, Case{"A=b c", "text after"},
          Case{"A='b'c", "text after"}, Case{"A='b'#c", "text after"}, Case{"A='b", "not closed"},
          Case{R"(A="b\")", "not closed"}, Case{R"(A="\x")", "backslash"}, Case{R"(A="b\)", "backslash"},
          Case{"A=\"$B\"", "write \\$"}, Case{"A=$B", "single quotes"}, Case{"A=b\"c", "single quotes"},
          Case{"A=\x01", "control"}, Case{"A='\x1b'", "control"}, Case{"B=2", "B is set twice"}}) {
        const auto read = parse_env_file(std::string("B=1\n") + line + "\n");
        ASSERT_TRUE(read.has_error()) << line;
        EXPECT_EQ(read.error().code, Code::invalid_argument);
        EXPECT_THAT(read.error().message, StartsWith("line 2: "));
        EXPECT_THAT(read.error().message, HasSubstr(what));
    }
}

TEST(EnvFile, AnErrorShowsNoValue) {
    for (const char* line : {"TOKEN=secret value", "TOKEN='secret", R"(TOKEN="secret\q")", "TOKEN=$secret"})
        EXPECT_THAT(parse_env_file(line).error().message, Not(HasSubstr("secret"))) << line;
}

TEST(EnvFile, WrittenValuesAreReadBack) {
    for (const std::string value :
         {"", "plain", "a#b", "#a", "two words", "'", "\"", "\\", "$HOME", "a\nb\tc"})
        EXPECT_EQ(parse_env_file("A=" + env_file_value(value) + " # x").value(), (Variables{{"A", value}}))
            << env_file_value(value);
    EXPECT_EQ(env_file_value("127.0.0.1"), "127.0.0.1");
}

}  // namespace
}  // namespace posed
