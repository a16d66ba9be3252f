#include "commands/repetition.h"

#include <future>
#include <vector>

#include <gmock/gmock.h>

#include "database/database.h"

namespace posed::commands {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Lines final : public Log {
  public:
    void write(Level, std::string_view message, Fields) override { lines.emplace_back(message); }

    std::vector<std::string> lines;  ///< to be read when nobody writes any more
};

TEST(Repetition, GoesOnThroughAnOutageAndLogsItOnce) {
    Lines log;
    std::promise<void> done;
    int turns = 0;
    {
        const Repetition repetition(
            "janitor", 0ms,
            [&] {
                ++turns;
                if (turns == 2 || turns == 3)
                    throw database::Unavailable("gone");
                if (turns == 6)
                    done.set_value();
            },
            log);
        done.get_future().wait();
    }
    EXPECT_THAT(log.lines, ElementsAre("the database does not answer", "the database answers again"));
}

TEST(Repetition, CanBeHurried) {
    std::promise<void> first, second;
    int turns = 0;
    Repetition repetition(
        "announcing", 24h, [&] { ++turns == 1 ? first.set_value() : second.set_value(); }, silent_log());
    first.get_future().wait();
    repetition.hurry();
    EXPECT_EQ(second.get_future().wait_for(1min), std::future_status::ready);
}

TEST(Repetition, EndsWithinItsPause) {
    std::promise<void> begun;
    {
        const Repetition repetition(
            "janitor", 24h, [&] { begun.set_value(); }, silent_log());
        begun.get_future().wait();
    }
    SUCCEED() << "hangs otherwise";
}

}  // namespace
}  // namespace posed::commands
