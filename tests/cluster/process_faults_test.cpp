// Processes of a whole cluster die and hang.

#include <csignal>
#include <string>
#include <utility>

#include "tests/cluster/consistency.h"
#include "tests/support/process_tree.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

class ProcessFaults : public ClusterTest, public testing::WithParamInterface<Role> {
  protected:
    static Process& process() { return cluster().process(GetParam(), Machine::first); }
};
INSTANTIATE_TEST_SUITE_P(, ProcessFaults, testing::ValuesIn(every_role),
                         [](const auto& role) { return std::string(name_of(role.param)); });

TEST_P(ProcessFaults, Killed) {
    Load load(cluster(), 3s);
    for (int i = 0; i < 2; ++i) {
        pause_for(1s);
        process().signal(SIGKILL);
        pause_for(200ms);
        cluster().start(GetParam(), Machine::first);
    }
    expect_consistent(cluster(), load,
                      std::string(name_of(GetParam())) + " killed (SIGKILL), started again, twice");
}

TEST_P(ProcessFaults, Stopped) {
    Load load(cluster(), durations().hang + 2s);
    pause_for(1s);
    process().signal(SIGSTOP);
    pause_for(durations().hang);
    process().signal(SIGCONT);
    expect_consistent(cluster(), load, std::string(name_of(GetParam())) + " stopped (SIGSTOP)");
}

TEST_F(ClusterTest, DecodersAreKilled) {
    Load load(cluster(), 3s);
    int killed = 0;
    for (int i = 0; i < 2; ++i) {
        pause_for(700ms);
        for (const auto machine : both_machines)
            for (const auto role : every_role)
                for (const auto& found : descendants_of(cluster().process(role, machine).id()))
                    if (found.command.find("posed-decoder") != std::string::npos)
                        killed += ::kill(found.id, SIGKILL) == 0 ? 1 : 0;
    }
    EXPECT_GE(killed, 6);
    expect_consistent(cluster(), load, std::to_string(killed) + " decoders killed (SIGKILL)");
}

TEST_F(ClusterTest, AServerIsKilledInTheMiddleOfAnUpload) {
    constexpr std::size_t size = 40U << 20U, sent = 30U << 20U;
    Load load(cluster(), 2s);
    const auto parts_before = cluster().to_store().requests("uploadId=").size();
    auto begun = bytes_of(synthetic_clip());
    begun.resize(sent, 'x');
    const api::tests::RawClient client(cluster().port(Machine::first));
    client.send(
        api::tests::request("POST", "/videos/ingest/?filename=clip.mp4",
                            "Content-Type: video/mp4\r\nContent-Length: " + std::to_string(size) + "\r\n"));
    client.send(begun);
    EXPECT_TRUE(
        eventually([&] { return cluster().to_store().requests("uploadId=").size() >= parts_before + 2; }));
    cluster().process(Role::server, Machine::first).signal(SIGKILL);
    cluster().start(Role::server, Machine::first);
    expect_consistent(cluster(), load, "server killed in the middle of an upload");
}

}  // namespace
}  // namespace posed::tests
