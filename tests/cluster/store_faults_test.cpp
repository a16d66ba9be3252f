// The S3 server fails under a whole cluster.

#include <csignal>
#include <utility>
#include <vector>

#include "tests/cluster/consistency.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

class StoreFaults : public ClusterTest, public testing::WithParamInterface<std::pair<Fault, const char*>> {};

TEST_F(ClusterTest, TheS3ServerIsKilledAndStartedAgain) {
    Load load(cluster(), 3s);
    pause_for(1s);
    cluster().s3().stop_gateway();
    pause_for(500ms);
    cluster().s3().start_gateway();
    expect_consistent(cluster(), load, "S3 server killed, started again after 0.5 s");
}

TEST_F(ClusterTest, TheS3ServerHangs) {
    Load load(cluster(), durations().hang + 2s);
    pause_for(1s);
    cluster().s3().signal_gateway(SIGSTOP);
    pause_for(durations().hang);
    cluster().s3().signal_gateway(SIGCONT);
    expect_consistent(cluster(), load, "S3 server stopped (SIGSTOP)");
}

TEST_P(StoreFaults, AreMetByAskingAgain) {
    const auto [fault, name] = GetParam();
    const std::vector<Fault> five(5, fault);
    const auto bucket = "/" + cluster().bucket();
    Load load(cluster(), 3s);
    for (const auto* request : {"GET ", "PUT "})
        for (const auto* folder : {"/videos/", "/estimations/", "/visualizations/"})
            if (std::string(request) != "PUT " || std::string(folder) != "/videos/")
                cluster().to_store().expect(request + bucket + folder, five);
    expect_consistent(cluster(), load, std::string("S3: 25 requests: ") + name);
    EXPECT_EQ(cluster().to_store().outstanding(), 0U);
}

INSTANTIATE_TEST_SUITE_P(, StoreFaults,
                         testing::Values(std::pair(Fault::internal_error, "500"),
                                         std::pair(Fault::slow_down, "503 SlowDown"),
                                         std::pair(Fault::truncated, "truncated body"),
                                         std::pair(Fault::wrong_tag, "wrong ETag"),
                                         std::pair(Fault::lost_answer, "answer lost")));

}  // namespace
}  // namespace posed::tests
