// What becomes of the service when its processes are killed.

#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "api/raw_client.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "database/database.h"
#include "tasks/find.h"
#include "tasks/lease.h"
#include "tasks/submit.h"
#include "tests/service/backing.h"
#include "tests/service/watched_service.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;
using api::tests::get;

class ServiceFaults : public testing::Test {
  protected:
    TemporaryFolder folder;
    std::filesystem::path data = folder.path() / "data";
};

TEST_F(ServiceFaults, NothingOutlivesAKilledSupervisorByMoreThanASecond) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    const auto processes = service.processes();
    ::kill(service.process("server"), SIGSTOP);  // what cannot listen to the pipe is killed all the same
    service.supervisor().signal(SIGKILL);
    EXPECT_TRUE(eventually([&] { return none_is_running(processes); }, 1s));

    WatchedService next(data);
    EXPECT_TRUE(next.is_ready()) << next.supervisor().said();
}

TEST_F(ServiceFaults, AKilledServerIsThereAgainAtItsPort) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    const auto port = service.port();
    ::kill(service.process("server"), SIGKILL);
    ASSERT_TRUE(eventually([&] { return service.times_said(R"("message":"listening")") == 2; }));
    EXPECT_EQ(service.port(), port);
    EXPECT_EQ(get(port, "/health/shallow/").status, 200);
}

TEST_F(ServiceFaults, KilledWorkersAreThereAgain) {
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    for (const auto* name : {"inference worker", "rendering worker"})
        ::kill(service.process(name), SIGKILL);
    EXPECT_TRUE(eventually([&] { return service.times_said(R"("message":"working")") == 4; }));
    // The folders of the killed ones went when the new ones came.
    EXPECT_TRUE(eventually([&] {
        const std::filesystem::directory_iterator scratch(data / "scratch");
        return std::distance(begin(scratch), end(scratch)) == 2;
    }));
}

TEST_F(ServiceFaults, ARunThatAKilledServiceLeftIsEndedAtTheNextStart) {
    ASSERT_EQ(run({posed_program(), "migrate", "up", "--data-dir", data}).exit_code, 0);
    const auto database = open_records(data);
    const auto id = new_uuid_v7(system_clock(), system_random());
    {
        // As a worker leaves it that is killed together with everything else.
        tasks::NewTask task;
        task.kind = "unknown to every worker";
        task.queue = "inference";
        task.parameters = "{}";
        task.recipe_hash = std::string(64, 'a');
        const Capability capability{.task_kind = task.kind, .parameter_version = 1};
        auto transaction = database->write();
        ASSERT_TRUE(tasks::submit(transaction, id, task, 10).has_value());
        ASSERT_TRUE(tasks::lease(
            transaction,
            {.queue = "inference", .owner = "killed", .token = "token", .capabilities = {&capability, 1}}));
        transaction.commit();
    }
    WatchedService service(data);
    ASSERT_TRUE(service.is_ready()) << service.supervisor().said();
    auto transaction = database->read();
    const auto task = tasks::find_task(transaction, id).value();
    EXPECT_EQ(task.state, tasks::State::retry);
    EXPECT_EQ(task.attempts, 1);
}

}  // namespace
}  // namespace posed::tests
