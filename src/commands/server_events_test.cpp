#include "commands/server_events.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace posed::commands {
namespace {

using Events = std::vector<ServerEvent>;

Events read(std::string_view text) {
    return ServerEventReader().read(text).value();
}

TEST(ServerEvents, AreReadFromPiecesOfAnySize) {
    const std::string text =
        "\xef\xbb\xbfid: 7\nevent: task\ndata: {\"a\":1}\n\nid: 8\r\ndata:b\r\n\r\nid:9\rdata: c\r\r";
    const Events expected{{"7", "{\"a\":1}"}, {"8", "b"}, {"9", "c"}};
    for (std::size_t size = 1; size <= text.size(); ++size) {
        ServerEventReader reader;
        Events events;
        for (std::size_t at = 0; at < text.size(); at += size) {
            for (auto& event : reader.read(std::string_view(text).substr(at, size)).value())
                events.push_back(std::move(event));
        }
        EXPECT_EQ(events, expected) << size;
    }
}

TEST(ServerEvents, CommentsAndUnknownFieldsAreNone) {
    EXPECT_EQ(read(": still here\n\nretry: 5\nfoo\n\n"), Events());
}

TEST(ServerEvents, KeepTheIdUntilAnotherComes) {
    EXPECT_EQ(read("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"),
              (Events{{"7", "a"}, {"7", "b"}, {"", "c"}}));
}

TEST(ServerEvents, JoinTheirLinesOfData) {
    EXPECT_EQ(read("data: a\ndata\ndata:  b\n\n"), (Events{{"", "a\n\n b"}}));
}

TEST(ServerEvents, AreNotToldBeforeTheirEnd) {
    EXPECT_EQ(read("data: a\n"), Events());
}

TEST(ServerEvents, OfAMegabyteAndMoreAreRefused) {
    ServerEventReader reader;
    ASSERT_TRUE(reader.read("data: " + std::string(1'000'000, 'a')).has_value());
    EXPECT_EQ(reader.read(std::string(100'000, 'a')).error().code, Code::malformed);
}

}  // namespace
}  // namespace posed::commands
