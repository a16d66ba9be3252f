// The service from its start to its end, as a person at a terminal or a service manager has it.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "api/raw_client.h"
#include "tests/service/backing.h"
#include "tests/service/watched_service.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;
using api::tests::get;
using testing::HasSubstr;

class StartAndStop : public testing::Test {
  protected:
    TemporaryFolder folder;
    std::filesystem::path data = folder.path() / "data";
};

TEST_F(StartAndStop, ServesAndIsGoneWithinTenSecondsOfASignal) {
    for (const int number : {SIGTERM, SIGINT}) {
        WatchedService service(data);
        ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
        EXPECT_EQ(get(service.port(), "/health/shallow/").status, 200);
        EXPECT_EQ(get(service.port(), "/docs/").status, 200);
        const auto processes = service.processes();
        EXPECT_EQ(processes.size(), 3U);

        service.supervisor().signal(number);
        EXPECT_TRUE(eventually([&] { return !is_running(service.supervisor().id()); }, 10s));
        EXPECT_TRUE(none_is_running(processes));
        const auto ended = service.supervisor().wait();
        EXPECT_EQ(ended.exit_code, 0) << ended.errors;
        EXPECT_THAT(ended.output, HasSubstr("/docs"));
        EXPECT_THAT(ended.output, HasSubstr(data.string()));
        EXPECT_EQ(ended.errors.find(R"("level":"error")"), std::string::npos) << ended.errors;
        EXPECT_TRUE(std::filesystem::is_empty(data / "scratch"));
    }
}

TEST_F(StartAndStop, OpensABrowserOnADesktop) {
    const auto opener = folder.path() / "xdg-open", opened = folder.path() / "opened";
    std::ofstream(opener) << "#!/bin/sh\necho \"$1\" >'" << opened.string() << "'\n";
    std::filesystem::permissions(opener, std::filesystem::perms::owner_all);
    // `script` gives it a terminal.
    Process terminal({"script", "--quiet", "--flush", "--return", "--command",
                      posed_program() + " run --port 0 --data-dir " + data.string(), "/dev/null"},
                     {.set = {"DISPLAY=:99", "PATH=" + folder.path().string() + ":/usr/bin:/bin"}});
    ASSERT_TRUE(terminal.wait_until_printed("Ctrl-C stops it")) << terminal.printed();
    std::string address;
    EXPECT_TRUE(eventually([&] { return static_cast<bool>(std::ifstream(opened) >> address); }));
    EXPECT_THAT(terminal.printed(), HasSubstr("Posed is ready at " + address + " "));
    pid_t service = 0;
    ASSERT_TRUE(std::ifstream(data / "posed.lock") >> service);
    ::kill(service, SIGINT);
    EXPECT_EQ(terminal.wait().exit_code, 0);
}

TEST_F(StartAndStop, ASecondCtrlCKillsAtOnce) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    const auto processes = service.processes();
    ::kill(service.process("server"), SIGSTOP);  // so that it cannot stop by itself
    service.supervisor().signal(SIGINT);
    ASSERT_TRUE(eventually([&] { return service.times_said(R"("message":"has stopped")") == 2; }));
    service.supervisor().signal(SIGINT);
    EXPECT_TRUE(eventually([&] { return none_is_running(processes); }, 1s));
    EXPECT_EQ(service.supervisor().wait().exit_code, 128 + SIGINT);
}

/// Modules whose engine loads for ever: it is a pipe that nobody opens at the other end.
std::string endless_modules(const std::filesystem::path& folder) {
    std::filesystem::create_directory(folder);
    std::filesystem::create_symlink(POSED_DECODER, folder / "posed-decoder");
    EXPECT_EQ(::mkfifo((folder / "blazepose.so").c_str(), S_IRUSR | S_IWUSR), 0);
    return "POSED_MODULE_DIR=" + folder.string();
}

TEST_F(StartAndStop, AWorkerThatIsStillLoadingLeavesAtASignal) {
    ASSERT_EQ(run({posed_program(), "migrate", "up", "--data-dir", data}).exit_code, 0);
    Process worker({posed_program(), "work", "--queue", "inference", "--data-dir", data},
                   {.set = {endless_modules(folder.path() / "modules")}});
    ASSERT_TRUE(worker.wait_until_said("loading the estimators"));
    worker.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !is_running(worker.id()); }, 2s));
    EXPECT_EQ(worker.wait().exit_code, 0);
}

TEST_F(StartAndStop, AServiceWhoseWorkerIsStillLoadingStopsAtOnce) {
    WatchedService service(data, {endless_modules(folder.path() / "modules")});
    ASSERT_TRUE(service.supervisor().wait_until_said("loading the estimators"));
    ASSERT_TRUE(service.supervisor().wait_until_said(R"("message":"listening")"));
    const auto worker = service.process("inference worker");
    service.supervisor().signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !is_running(worker); }, 2s));
    const auto ended = service.supervisor().wait();
    EXPECT_EQ(ended.exit_code, 0) << ended.errors;
    EXPECT_EQ(ended.errors.find("did not stop in time"), std::string::npos) << ended.errors;
    EXPECT_TRUE(std::filesystem::is_empty(data / "scratch"));
}

TEST_F(StartAndStop, OneFolderHasOneService) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    const auto second = run({posed_program(), "run", "--port", "0", "--data-dir", data});
    EXPECT_EQ(second.exit_code, 78);
    EXPECT_THAT(second.errors, HasSubstr("process " + std::to_string(service.supervisor().id())));
    EXPECT_THAT(second.errors, HasSubstr(data.string()));
    EXPECT_EQ(get(service.port(), "/health/shallow/").status, 200);
}

TEST_F(StartAndStop, ATakenPortEndsTheService) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    const auto port = std::to_string(service.port());
    const auto second = run({posed_program(), "run", "--port", port, "--data-dir", folder.path() / "other"});
    EXPECT_EQ(second.exit_code, 78);
    EXPECT_THAT(second.errors, HasSubstr(port));
    EXPECT_EQ(second.output, "");
}

TEST_F(StartAndStop, EveryMistakeInTheSettingsIsNamed) {
    for (const auto* command : {"run", "serve"}) {
        const auto ended = run({posed_program(), command, "--port", "99999", "--data-dir", data},
                               {.set = {"POSED_QUEUE_LIMIT=none", "POSED_PROT=8000"}});
        EXPECT_EQ(ended.exit_code, 78);
        EXPECT_THAT(ended.errors, HasSubstr("POSED_PORT=99999 (flag)"));
        EXPECT_THAT(ended.errors, HasSubstr("POSED_QUEUE_LIMIT=none"));
        EXPECT_THAT(ended.errors, HasSubstr("POSED_PROT"));
    }
}

TEST_F(StartAndStop, AnAddressForOthersNeedsAToken) {
    const auto ended = run({posed_program(), "run", "--host", "0.0.0.0", "--data-dir", data});
    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_THAT(ended.errors, HasSubstr("POSED_API_TOKEN"));
}

TEST_F(StartAndStop, AMissingEngineEndsTheService) {
    WatchedService service(data, {"POSED_BLAZEPOSE_DIR=/nowhere"});
    const auto ended = service.supervisor().wait();
    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_THAT(ended.errors, HasSubstr("@mediapipe/pose"));
    EXPECT_THAT(ended.errors, HasSubstr("inference worker"));
}

TEST_F(StartAndStop, AFolderThatCannotBeIsNamed) {
    std::ofstream(folder.path() / "file") << "in the way";
    for (const auto& path : {folder.path() / "file", folder.path() / "file" / "data"}) {
        const auto ended = run({posed_program(), "run", "--port", "0", "--data-dir", path});
        EXPECT_NE(ended.exit_code, 0);
        EXPECT_THAT(ended.errors, HasSubstr(path.string()));
    }
}

TEST_F(StartAndStop, ADatabaseThatIsNoneIsNamed) {
    std::filesystem::create_directories(data);
    std::ofstream(data / "posed.db") << std::string(8192, 'x');
    const auto ended = run({posed_program(), "run", "--port", "0", "--data-dir", data});
    EXPECT_NE(ended.exit_code, 0);
    EXPECT_THAT(ended.errors, HasSubstr("posed.db"));
}

TEST_F(StartAndStop, ServersAndWorkersNeverMigrate) {
    std::filesystem::create_directories(data);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"serve", "--port", "0"}, {"work", "--queue", "default"}}) {
        std::vector<std::string> arguments{posed_program()};
        arguments.insert(arguments.end(), command.begin(), command.end());
        arguments.insert(arguments.end(), {"--data-dir", data});
        const auto ended = run(arguments);
        EXPECT_EQ(ended.exit_code, 78);
        EXPECT_THAT(ended.errors, HasSubstr("posed migrate up"));
    }
}

TEST_F(StartAndStop, ADatabaseOfANewerProgramIsRefused) {
    ASSERT_EQ(run({posed_program(), "migrate", "up", "--data-dir", data}).exit_code, 0);
    {
        const auto database = open_records(data);
        auto transaction = database->write();
        for (const int number : {98, 99})
            transaction.execute("INSERT INTO migrations VALUES (:number, 'later', 'digest', 0)",
                                {{"number", number}});
        transaction.commit();
    }
    const auto ended = run({posed_program(), "run", "--port", "0", "--data-dir", data});
    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_THAT(ended.errors, HasSubstr("newer program"));
}

TEST_F(StartAndStop, MigratesUpAndDownAndSaysWhere) {
    const auto migrate = [&](const std::string& what) {
        return run({posed_program(), "migrate", what, "--data-dir", data});
    };
    EXPECT_THAT(migrate("up").output, HasSubstr("applied"));
    EXPECT_EQ(migrate("up").output, "nothing to do\n");
    EXPECT_THAT(migrate("status").output, HasSubstr("applied 20"));
    EXPECT_EQ(migrate("down").exit_code, 0);
    EXPECT_THAT(migrate("status").output, HasSubstr("missing"));
}

TEST_F(StartAndStop, PrintsItsInterfaceAndLeavesNothingBehind) {
    const auto ended = run({posed_program(), "openapi"}, {.set = {"TMPDIR=" + folder.path().string()}});
    EXPECT_EQ(ended.exit_code, 0) << ended.errors;
    EXPECT_THAT(ended.output, HasSubstr("\"/videos/ingest/\""));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(StartAndStop, ShowsSettingsWithTheirSourcesAndNoSecrets) {
    const auto ended = run({posed_program(), "config", "--port", "8001"},
                           {.set = {"POSED_API_TOKEN=0123456789abcdef", "POSED_QUEUE_LIMIT=7"}});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.output, HasSubstr("POSED_PORT=8001  # flag\n"));
    EXPECT_THAT(ended.output, HasSubstr("POSED_QUEUE_LIMIT=7  # environment\n"));
    EXPECT_EQ(ended.output.find("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace posed::tests
