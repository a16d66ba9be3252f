// The checks of this folder, held against small bad sources: each must be able to fail.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/functions.h"
#include "tests/tidy/includes.h"
#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace posed::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "    step();\n";
    return text;
}

std::vector<std::string> names_and_lines(std::string_view text) {
    std::vector<std::string> found;
    for (const auto& function : functions_of(parse_source("src/a.cpp", text)))
        found.push_back(function.name + " " + std::to_string(function.first_line) + "-" +
                        std::to_string(function.last_line));
    return found;
}

TEST(Source, CommentsAndLiteralsAreNoWords) {
    const auto source = parse_source("src/a.cpp",
                                     "// catch\n/* new\n delete */ auto a = \"getenv \\\" {\";\n"
                                     "auto b = R\"x(catch )\" })x\"; char c = '{'; int d = 1'000;\n"
                                     "#define CATCH catch { \\\n  new\nint e;\n");
    std::string words;
    for (const auto& token : source.tokens)
        words += token.text + "@" + std::to_string(token.line) + " ";
    EXPECT_EQ(
        words,
        "auto@3 a@3 =@3 \"\"@3 ;@3 auto@4 b@4 =@4 \"\"@4 ;@4 char@4 c@4 =@4 \"\"@4 ;@4 int@4 d@4 =@4 1'000@4 "
        ";@4 int@7 e@7 ;@7 ");
    EXPECT_THAT(source.comments, SizeIs(2));
}

TEST(Functions, AreFoundInAllTheirForms) {
    EXPECT_THAT(names_and_lines("namespace a::b {\nint plain(int x) {\n return x;\n}\n}\n"),
                ElementsAre("plain 2-4"));
    EXPECT_THAT(
        names_and_lines("struct A final : B<int> {\n  A() : a_{1}, b_(2) {\n  }\n  int a_ = 3;\n};\n"),
        ElementsAre("A 2-3"));
    EXPECT_THAT(names_and_lines("class A {\n public:\n  int get() const noexcept { return {}; }\n};\n"),
                ElementsAre("get 3-3"));
    EXPECT_THAT(names_and_lines(
                    "template <class T = int(*)()>\n  requires C<T>\nauto f(T t) -> std::vector<T> {\n}\n"),
                ElementsAre("f 2-4"));
    EXPECT_THAT(names_and_lines("const auto f = [](int x) {\n  return x;\n};\n"), ElementsAre("lambda 1-3"));
    EXPECT_THAT(names_and_lines("TEST(A, b) {\n  if (x) { y(); }\n}\n"), ElementsAre("TEST 1-3"));
    EXPECT_THAT(names_and_lines("DESCRIBE(A, (), (x))\nvoid f() {\n}\n"), ElementsAre("f 2-3"));
    EXPECT_THAT(names_and_lines("extern \"C\" {\nint f(const A& a = {}) {\n}\n}\n"), ElementsAre("f 2-3"));
    EXPECT_THAT(names_and_lines("extern \"C\" int f() {\n}\n"), ElementsAre("f 1-2"));
    EXPECT_THAT(names_and_lines("bool A::operator==(const A& b) const {\n}\n"), ElementsAre("= 1-2"));
}

TEST(Functions, AreNotConfusedWithData) {
    EXPECT_THAT(names_and_lines("constexpr int a[] = {\n1,\n2};\nstd::array b{1};\nenum class C { d, e };\n"),
                IsEmpty());
    EXPECT_THAT(names_and_lines("const std::map<int, A> table{\n{1, f()},\n};\nint g(int = {});\n"),
                IsEmpty());
}

TEST(Lengths, SeventyLinesPassAndSeventyOneDoNot) {
    EXPECT_THAT(check_lengths(parse_source("src/a.cpp", "void f() {\n" + lines(68) + "}\n")), IsEmpty());
    EXPECT_THAT(check_lengths(parse_source("src/a.cpp", "\nvoid f() {\n" + lines(69) + "}\n")),
                ElementsAre(Violation{"src/a.cpp", 2, "f has 71 lines (limit 70)"}));
    EXPECT_THAT(check_lengths(parse_source(
                    "src/a.cpp", "struct A {\nvoid f() {\nfor (;;) {\n" + lines(69) + "}\n}\n};\n")),
                SizeIs(1));
}

TEST(Lengths, ALongFileIsFound) {
    EXPECT_THAT(check_lengths(parse_source("src/a.cpp", std::string(500, '\n'))), IsEmpty());
    EXPECT_THAT(check_lengths(parse_source("src/a.cpp", std::string(501, '\n'))), SizeIs(1));
}

TEST(Words, EachForbiddenOneIsFound) {
    const auto found = [](std::string path, std::string_view text) {
        return check_words({parse_source(std::move(path), text)}, {}).size();
    };
    EXPECT_EQ(found("src/a.cpp", "void f() { try { g(); } catch (...) {} }"), 1U);
    EXPECT_EQ(found("src/a_test.cpp", "void f() { try { g(); } catch (...) {} }"), 0U);
    EXPECT_EQ(found("src/a.cpp", "auto home = std::getenv(\"HOME\");"), 1U);
    EXPECT_EQ(found("src/a.cpp", "auto* a = new int; void f() { delete a; delete[] b; }"), 3U);
    EXPECT_EQ(found("src/a.cpp", "A(const A&) = delete; void operator delete(void*);"), 0U);
    EXPECT_EQ(found("src/a.cpp", "return std::unique_ptr<A>(new A(b));"), 0U);
    EXPECT_EQ(found("src/a.cpp", "std::unique_ptr<A> a(new A(b));"), 0U);
    EXPECT_EQ(found("src/a.cpp", "return std::shared_ptr<A>(new A(b));"), 1U);
    EXPECT_EQ(found("src/a.cpp", "std::this_thread::sleep_for(1s);"), 0U);
    EXPECT_EQ(found("tests/a.cpp", "std::this_thread::sleep_for(1s);"), 1U);
}

TEST(Words, AnExceptionHoldsForItsFileAndMustBeNeeded) {
    const auto exceptions = parse_exceptions("# comment\ncatch  src/a.cpp  C calls it\n");
    const std::string_view text = "void f() { try { g(); } catch (...) {} }";
    EXPECT_THAT(check_words({parse_source("src/a.cpp", text)}, exceptions), IsEmpty());
    EXPECT_THAT(check_words({parse_source("src/b.cpp", text)}, exceptions), SizeIs(2));
}

TEST(Comments, AnOpenEndWithoutAKindIsFound) {
    const auto found = [](std::string_view text) {
        return check_comments(parse_source("src/a.cpp", text)).size();
    };
    EXPECT_EQ(found("// TODO"
                    ": later\n// FIXME"
                    "\n/* XXX"
                    " */\n// TODO"
                    "(someone): x\n"),
              4U);
    EXPECT_EQ(found("// TODO"
                    "(speed): two passes where one would do\n"),
              0U);
}

TEST(Portable, MachinesAndRegistriesAreFound) {
    EXPECT_THAT(check_portable("a.md",
                               "first\nsee /ho"
                               "me/anna/clip.mp4\n"),
                ElementsAre(Violation{"a.md", 2, "a path of somebody's machine"}));
    EXPECT_THAT(check_portable("a.json",
                               "\"resolved\": \"https://regis"
                               "try.example.org/a.tgz\""),
                SizeIs(1));
    EXPECT_THAT(check_portable("a.md", "https://example.org/home/page and /usr/share, src/work/a\n"),
                IsEmpty());
    EXPECT_THAT(check_portable("a.bin", std::string(1'000'001, 'a')), SizeIs(1));
}

constexpr const char* small_table =
    "folder base :\nfolder media : base\nfolder results : base\nfolder program : media results base\n"
    "library stdio : anyone : stdio.h\nlibrary ffmpeg : media : libavcodec/\nlibrary gtest : tests : "
    "gtest/\n";

std::vector<std::string> complaints(const std::vector<Source>& sources) {
    std::vector<std::string> messages;
    for (const auto& violation : check_includes(sources, parse_layers(small_table)))
        messages.push_back(violation.path + ": " + violation.message);
    return messages;
}

TEST(Includes, TheTableIsHeld) {
    const auto header = parse_source("src/media/decoder.h", "#include <memory>\n#include <stdio.h>\n");
    EXPECT_THAT(complaints({header, parse_source("src/main.cpp", "#include \"media/decoder.h\"\n")}),
                IsEmpty());
    EXPECT_THAT(complaints({header, parse_source("src/results/a.cpp", "#include \"media/decoder.h\"\n")}),
                ElementsAre("src/results/a.cpp: results may not include media (allowed: base)"));
    EXPECT_THAT(complaints({header, parse_source("src/other/a.cpp", "#include \"media/decoder.h\"\n")}),
                ElementsAre("src/other/a.cpp: the folder other is not in the include table"));
    EXPECT_THAT(complaints({header, parse_source("src/media/a.cpp", "#include \"decoder.h\"\n")}),
                ElementsAre(HasSubstr("no file of the project")));
}

TEST(Includes, WhatIsMadeForTestsStaysThere) {
    const auto sample = parse_source("src/media/sample_clip.h", "");
    const auto support = parse_source("tests/support/folder.h", "");
    const std::string_view uses = "#include \"media/sample_clip.h\"\n#include \"tests/support/folder.h\"\n";
    EXPECT_THAT(complaints({sample, support, parse_source("src/media/a_test.cpp", uses)}), IsEmpty());
    EXPECT_THAT(complaints({sample, support, parse_source("src/media/a.cpp", uses)}), SizeIs(2));
}

TEST(Includes, ALibraryStaysInItsFolder) {
    const std::string_view uses = "#include <libavcodec/avcodec.h>\n";
    EXPECT_THAT(complaints({parse_source("src/media/a.cpp", uses)}), IsEmpty());
    EXPECT_THAT(complaints({parse_source("src/results/a.cpp", uses)}),
                ElementsAre("src/results/a.cpp: <libavcodec/avcodec.h> of ffmpeg is only for media"));
    EXPECT_THAT(complaints({parse_source("src/media/a.cpp", "#include <torch/torch.h>\n")}),
                ElementsAre(HasSubstr("of no library in the include table")));
    EXPECT_THAT(complaints({parse_source("src/media/a.cpp", "#include <gtest/gtest.h>\n")}), SizeIs(1));
    EXPECT_THAT(complaints({parse_source("src/media/a_test.cpp", "#include <gtest/gtest.h>\n")}), IsEmpty());
}

TEST(Includes, ALibraryIsNotReachedThroughAHeaderOfItsOwner) {
    const auto own = parse_source("src/media/ffmpeg.h", "#include <libavcodec/avcodec.h>\n");
    const auto open = parse_source("src/media/decoder.h", "#include \"media/ffmpeg.h\"\n");
    EXPECT_THAT(complaints({own, open, parse_source("src/media/a.cpp", "#include \"media/decoder.h\"\n")}),
                IsEmpty());
    EXPECT_THAT(
        complaints({own, open, parse_source("src/main.cpp", "#include \"media/decoder.h\"\n")}),
        ElementsAre("src/main.cpp: reaches <libavcodec/avcodec.h> of ffmpeg through src/media/ffmpeg.h; only "
                    "media may"));
}

TEST(Includes, ATableWithACycleIsRefused) {
    EXPECT_THROW((void)parse_layers("folder media : results\nfolder results : media\n"), std::runtime_error);
    EXPECT_THROW((void)parse_layers("folder media : media\n"), std::runtime_error);
    EXPECT_THROW((void)parse_layers("media : base\n"), std::runtime_error);
}

}  // namespace
}  // namespace posed::tidy
