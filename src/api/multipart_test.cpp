#include "api/multipart.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/upload.h"

namespace posed::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The parts as text: "name(filename)=data".
class Collector final : public PartHandler {
  public:
    Result<> begin_part(PartHead head) override {
        parts.push_back(head.name + (head.filename ? "(" + *head.filename + ")" : "") + "=");
        return {};
    }
    Result<> add_to_part(std::string_view bytes) override {
        parts.back() += bytes;
        return {};
    }
    Result<> end_part() override {
        parts.back() += ".";
        return {};
    }

    std::vector<std::string> parts;
};

/// What is found when the text comes in pieces of that size, or {"error"}.
std::vector<std::string> parts_of(std::string_view text, std::size_t piece, std::string_view boundary = "b") {
    Collector collector;
    MultipartParser parser(boundary, collector);
    for (std::size_t at = 0; at < text.size(); at += piece)
        if (parser.feed(text.substr(at, piece)).has_error())
            return {"error"};
    if (parser.finish().has_error())
        return {"error"};
    return collector.parts;
}

std::string part(const std::string& disposition, const std::string& data) {
    return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + data + "\r\n";
}

TEST(Multipart, FindsTheSamePartsHoweverTheyArrive) {
    const auto data = std::string("\r\n--\r\n--a\r\r\n--\0x", 16) + std::string(300, '\r') + "\n--";
    const auto text = "preamble\r\n" + part("name=\"one\"", "1") +
                      part("name=two; filename=\"f.mp4\"", data) + part("name=\"empty\"", "") +
                      "--b--\r\nepilogue";
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
        EXPECT_THAT(parts_of(text, piece), ElementsAre("one=1.", "two(f.mp4)=" + data + ".", "empty=."));
}

TEST(Multipart, ReadsNamesAsClientsWriteThem) {
    const auto name_of = [](const std::string& disposition) {
        return parts_of(part(disposition, "") + "--b--", 1000);
    };
    EXPECT_THAT(name_of(R"(name="a"; filename="x \"y\" %22z%22.mp4")"),
                ElementsAre("a(x \"y\" \"z\".mp4)=."));
    EXPECT_THAT(name_of(R"(filename=x.mp4; NAME=a)"), ElementsAre("a(x.mp4)=."));
    EXPECT_THAT(name_of("name=a; filename=\"x.mp4\"; filename*=UTF-8''t%C3%A4nzer.mp4"),
                ElementsAre("a(t\xc3\xa4nzer.mp4)=."));
    EXPECT_THAT(name_of("name=a; filename=\"x.mp4\"; filename*=latin1''%E4"), ElementsAre("a(x.mp4)=."));
    EXPECT_THAT(name_of("name=\"a;b\"; other"), ElementsAre("a;b=."));
}

TEST(Multipart, RefusesWhatIsBroken) {
    const auto good = part("name=\"a\"", "1");
    const std::vector<std::string> cases{
        "",
        "no boundary at all",
        good,
        good + "--b",
        good + "--b-",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n",
        "--b\r\n\r\ndata\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
        "--b\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n1\r\n--b--",
        "--bx\r\n" + good + "--b--",
        "--b" + std::string(1000, ' ') + "\r\n",
    };
    for (const auto& text : cases)
        for (const std::size_t piece : {1, 7, 1'000'000})
            EXPECT_THAT(parts_of(text, piece), ElementsAre("error")) << text.substr(0, 80);
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += good;
    EXPECT_THAT(parts_of(many + "--b--", 1000), ElementsAre("error"));
    EXPECT_THAT(parts_of("--b--", 1000), IsEmpty());
}

TEST(Multipart, ReadsTheBoundary) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
    for (const auto& type : {std::string("text/plain; boundary=a"), std::string("multipart/form-data"),
                             std::string("multipart/form-data; boundary="),
                             "multipart/form-data; boundary=" + std::string(71, 'x')})
        EXPECT_FALSE(multipart_boundary(type)) << type;
}

TEST(Filenames, AreMadeSafe) {
    EXPECT_EQ(safe_filename("C:\\videos\\clip.mp4"), "clip.mp4");
    EXPECT_EQ(safe_filename("../../etc/passwd"), "passwd");
    EXPECT_EQ(safe_filename(std::string_view("a\0b\r\n.mp4", 9)), "ab.mp4");
    EXPECT_EQ(safe_filename("\xff.mp4"), "_.mp4");
    for (const auto* nothing : {"", "/", "..", ".", "a/"})
        EXPECT_EQ(safe_filename(nothing), "upload") << nothing;
    std::string umlauts;
    for (int i = 0; i < 200; ++i)
        umlauts += "\xc3\xa4";
    EXPECT_EQ(safe_filename(umlauts).size(), 254U) << "no character is cut";
}

}  // namespace
}  // namespace posed::api
