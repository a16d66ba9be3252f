// Real programs: shells that read from their lifeline (descriptor 3) and report on descriptor 4.

#include "commands/supervisor.h"

#include <fstream>
#include <functional>
#include <iterator>

#include <gmock/gmock.h>
#include <poll.h>

#include "tests/support/shared_data.h"

namespace posed::commands {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Program shell(std::string name, const std::string& script, StopTurn turn = StopTurn::first) {
    return {.name = std::move(name), .arguments = {"/bin/sh", "-c", script}, .turn = turn};
}

/// False for a process that is gone, or dead and not yet taken note of.
bool is_running(const std::string& id) {
    std::ifstream status("/proc/" + id + "/stat");
    std::string number, name, state;
    return (status >> number >> name >> state) && state != "Z";
}

/// Keeps the lines of restarts, and calls back after each.
class RestartLog final : public Log {
  public:
    explicit RestartLog(std::function<void()> on_restart = [] {}) : on_restart_(std::move(on_restart)) {}

    void write(Level level, std::string_view message, Fields fields) override {
        if (level == Level::info)
            return;
        messages.emplace_back(message);
        for (const auto& field : fields) {
            if (field.name == "how")
                endings.emplace_back(std::get<std::string_view>(field.value));
            if (field.name == "pause_seconds")
                pauses.push_back(std::get<double>(field.value));
        }
        on_restart_();
    }

    std::vector<std::string> messages;
    std::vector<std::string> endings;
    std::vector<double> pauses;

  private:
    std::function<void()> on_restart_;
};

class SupervisorTest : public testing::Test {
  protected:
    /// Runs until every program has reported, or a stop was requested otherwise.
    Result<> run(const std::vector<Program>& programs, Log& log, const SupervisorTimes& times = {}) {
        Supervisor supervisor(
            programs, environment, log,
            {.on_ready =
                 [&](const Program& program, const std::string& report) {
                     reports.push_back(program.name + ": " + report);
                     if (reports.size() == programs.size())
                         stop.request_stop();
                 },
             .on_end = [&](const Program& program,
                           const std::string& report) { endings.push_back(program.name + ": " + report); }},
            times);
        return supervisor.run(stop.get_token());
    }

    /// A program that writes its name down when it is asked to stop.
    [[nodiscard]] Program polite(const std::string& name, StopTurn turn = StopTurn::first) const {
        return shell(name, "echo ready >&4; read line <&3; echo " + name + " >> " + file.string(), turn);
    }

    [[nodiscard]] std::vector<std::string> written() const {
        std::ifstream stream(file);
        return {std::istream_iterator<std::string>(stream), {}};
    }

    tests::TemporaryFolder folder;
    std::filesystem::path file = folder.path() / "written";
    Variables environment{{"PATH", "/usr/bin:/bin"}};
    std::stop_source stop;
    std::vector<std::string> reports;
    std::vector<std::string> endings;
};

TEST_F(SupervisorTest, StopsByTheEndOfThePipeWorkersFirst) {
    RestartLog log;
    EXPECT_TRUE(run({polite("server", StopTurn::last), polite("worker")}, log).has_value());
    EXPECT_THAT(written(), ElementsAre("worker", "server"));
    EXPECT_THAT(log.messages, testing::IsEmpty());
}

TEST_F(SupervisorTest, StartsAgainWithPausesThatDouble) {
    RestartLog log([&] {
        if (log.pauses.size() == 5)
            stop.request_stop();
    });
    const SupervisorTimes times{.first_pause = 10ms, .longest_pause = 50ms};
    EXPECT_TRUE(run({shell("mortal", "exit 3")}, log, times).has_value());
    EXPECT_THAT(log.pauses, ElementsAre(0.01, 0.02, 0.04, 0.05, 0.05));
    EXPECT_EQ(log.endings.front(), "ended with exit code 3");
}

TEST_F(SupervisorTest, BeginsWithTheShortPauseAgainAfterASteadyRun) {
    RestartLog log([&] {
        if (log.pauses.size() == 3)
            stop.request_stop();
    });
    const SupervisorTimes times{.first_pause = 10ms, .longest_pause = 50ms, .steady = 0ms};
    EXPECT_TRUE(run({shell("mortal", "kill -9 $$")}, log, times).has_value());
    EXPECT_THAT(log.pauses, ElementsAre(0.01, 0.01, 0.01));
    EXPECT_THAT(log.endings.front(), HasSubstr("signal 9"));
}

TEST_F(SupervisorTest, TellsOfTheEndOfWhoHadReportedAndOfNobodyElse) {
    RestartLog log([&] {
        if (log.pauses.size() == 2)
            stop.request_stop();
    });
    const auto second_time = "test -e " + file.string() + " || { touch " + file.string() + "; exit 3; }; ";
    EXPECT_TRUE(
        run({shell("worker", second_time + "echo second >&4; kill -9 $$"), shell("other", "read line <&3")},
            log, {.first_pause = 1ms})
            .has_value());
    EXPECT_THAT(endings, ElementsAre("worker: second"));
}

TEST_F(SupervisorTest, EndsEverythingWhenAProgramIsMisconfigured) {
    RestartLog log;
    const auto ended = run({polite("server", StopTurn::last), shell("worker", "exit 78")}, log);
    ASSERT_TRUE(ended.has_error());
    EXPECT_EQ(ended.error().code, Code::invalid_argument);
    EXPECT_THAT(ended.error().message, HasSubstr("worker"));
}

TEST_F(SupervisorTest, KillsWithItsGroupWhatDoesNotStop) {
    RestartLog log;
    const auto stubborn = shell("stubborn", "trap '' TERM INT; tail -f /dev/null & echo $! > " +
                                                file.string() + "; echo ready >&4; wait; tail -f /dev/null");
    EXPECT_TRUE(run({stubborn}, log, {.first_turn = 10ms, .stopping = 20ms}).has_value());
    ASSERT_THAT(log.messages, ElementsAre("killed a process that did not stop in time"));
    // Hangs if the grandchild stays.
    while (is_running(written().at(0)))
        ::poll(nullptr, 0, 10);
}

TEST_F(SupervisorTest, HandsTheEnvironmentOverAsItIsAtEachStart) {
    RestartLog log([&] { environment["ATTEMPT"] = "second"; });
    environment["ATTEMPT"] = "first";
    const auto program =
        shell("mortal", "test $ATTEMPT = second || exit 1; echo $ATTEMPT >&4; read line <&3");
    EXPECT_TRUE(run({program}, log, {.first_pause = 1ms}).has_value());
    EXPECT_THAT(reports, ElementsAre("mortal: second"));
}

TEST_F(SupervisorTest, SaysThatAProgramIsMissingAndTriesAgain) {
    RestartLog log([&] {
        if (log.messages.size() == 2)
            stop.request_stop();
    });
    const Program missing{.name = "missing", .arguments = {"/nowhere/program"}};
    EXPECT_TRUE(run({missing}, log, {.longest_pause = 1ms}).has_value());
    EXPECT_THAT(log.messages, ElementsAre("a process cannot be started", "a process cannot be started"));
}

}  // namespace
}  // namespace posed::commands
