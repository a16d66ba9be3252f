#include "base/log.h"

#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/escaped_text.h"

namespace posed {
namespace {

using namespace std::string_view_literals;
using testing::MatchesRegex;

/// What `say` writes to a log on standard error.
template <class Say>
std::string said(LogFormat format, Say say) {
    testing::internal::CaptureStderr();
    say(*log_to_standard_error(Log::Level::info, format));
    return testing::internal::GetCapturedStderr();
}

boost::json::object only_line(const std::string& text) {
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    return boost::json::parse(text).as_object();
}

TEST(Log, JsonLinesHaveTimeLevelProcessMessageAndFields) {
    const std::string id = "0193-ab";
    const auto line = only_line(said(LogFormat::json, [&](Log& log) {
        log.warning("a frame was lost",
                    {{"task_id", id}, {"frame", 12U}, {"ratio", 0.25}, {"final", true}, {"file", "a.mp4"}});
    }));
    EXPECT_THAT(line.at("time").as_string().c_str(),
                MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z"));
    EXPECT_EQ(line.at("level"), "warning");
    EXPECT_EQ(line.at("pid").as_int64(), ::getpid());
    EXPECT_EQ(line.at("message"), "a frame was lost");
    EXPECT_EQ(line.at("task_id"), "0193-ab");
    EXPECT_EQ(line.at("frame").as_int64(), 12);
    EXPECT_EQ(line.at("ratio").as_double(), 0.25);
    EXPECT_EQ(line.at("final").as_bool(), true);
    EXPECT_EQ(line.at("file"), "a.mp4");
}

TEST(Log, TextIsForPeople) {
    EXPECT_EQ(
        said(LogFormat::text,
             [](Log& log) {
                 log.info("stored", {{"bytes", 12}, {"name", "my clip"}, {"kind", "mp4"}, {"note", ""}});
             }),
        "info: stored bytes=12 name=\"my clip\" kind=mp4 note=\"\"\n");
}

TEST(Log, KeepsWhatIsBelowItsLevelToItself) {
    EXPECT_EQ(said(LogFormat::text, [](Log& log) { log.debug("detail"); }), "");
}

TEST(Log, FixedFieldsStandBeforeTheMessagesOwnAndNest) {
    EXPECT_EQ(said(LogFormat::text,
                   [](Log& log) {
                       LogWithFields api(log, {{"component", "api"}});
                       LogWithFields request(api, {{"request_id", "r1"}});
                       request.error("refused", {{"status", 413}});
                   }),
              "error: refused component=api request_id=r1 status=413\n");
}

// A file name or a header of a client stands in messages: it must not forge a line or steer a terminal.
TEST(Log, HostileTextStaysOneLine) {
    const std::string hostile("a\nlevel: \x1b[31m\x7f\xC2\x9B\xff\xC3\xA9 \"q\" \\ \0 end"sv);
    EXPECT_EQ(said(LogFormat::text, [&](Log& log) { log.info(hostile); }),
              "info: a\\nlevel: \\x1b[31m\\x7f\\x9b\\xff\xC3\xA9 \"q\" \\ \\x00 end\n");
    const auto line = only_line(said(LogFormat::json, [&](Log& log) {
        log.info(hostile, {{"file", hostile}});
    }));
    const std::string read_back("a\nlevel: \x1b[31m\x7f\xC2\x9B\\xff\xC3\xA9 \"q\" \\ \0 end"sv);
    EXPECT_EQ(line.at("message").as_string(), read_back);
    EXPECT_EQ(line.at("file").as_string(), read_back);
}

TEST(EscapedText, KeepsUnicodeAndEscapesWhatIsNone) {
    EXPECT_EQ(escaped("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
    EXPECT_EQ(escaped("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
    EXPECT_EQ(escaped("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "surrogate";
    EXPECT_EQ(escaped("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
    EXPECT_EQ(escaped("\xE2\x82"), "\\xe2\\x82") << "cut off";
    EXPECT_EQ(escaped("\xE2\x80\xA8"), "\\u2028");
}

}  // namespace
}  // namespace posed
