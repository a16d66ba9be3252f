// The whole program with a real Redis between server and workers.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include <gmock/gmock.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/private_redis.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::vector<std::string> settings(const PrivateRedis& redis) {
    return {"POSED_REDIS_URL=" + redis.url()};
}

/// Of a task that an idle worker has carried out while its client waited.
struct Times {
    double to_lease = 0;   ///< from the submit's record, in seconds
    double to_answer = 0;  ///< from the result's record to the answer, and from the request to the record
};

Times times_of(const ServiceClient& client, const EstimationWanted& wanted) {
    const auto begin = std::chrono::steady_clock::now();
    const auto task = json_of(client.submit(wanted, "Prefer: wait=60\r\n"));
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(text(task, "status"), "SUCCESS");
    return {.to_lease = seconds_between(task, "created_at", "started_at"),
            .to_answer = all.count() - seconds_between(task, "created_at", "finished_at")};
}

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

TEST(RedisService, ASubmitWakesAnIdleWorker) {
    POSED_NEEDS_SERVERS();
    PrivateRedis redis;
    const RunningService service({.settings = settings(redis)});
    const ServiceClient client(service.port());
    EXPECT_EQ(text(json_of(client.get("/health/deep/")), "redis"), "ok");
    const auto video = client.uploaded(synthetic_clip());
    std::vector<double> to_lease, to_answer;
    for (int i = 0; i < 15; ++i) {
        const auto times =
            times_of(client, {.video = video, .start_seconds = 0.05 * i, .duration_seconds = 0.25});
        to_lease.push_back(times.to_lease);
        to_answer.push_back(times.to_answer);
    }
    std::cout << "medians: from submit to lease " << 1000 * median_of(to_lease)
              << " ms, from result to answer " << 1000 * median_of(to_answer) << " ms; longest "
              << 1000 * std::ranges::max(to_lease) << " and " << 1000 * std::ranges::max(to_answer)
              << " ms\n";
    // Without an announcement a worker would look after 5 s, the server after half a second on average.
    EXPECT_LT(median_of(to_lease), 0.050);
    EXPECT_LT(median_of(to_answer), 0.250);
    redis.kill();  // the service's end waits for all that this process has started
}

TEST(RedisService, GoesOnWithoutRedisAndWithItAgain) {
    POSED_NEEDS_SERVERS();
    PrivateRedis redis;
    const RunningService service({.settings = settings(redis)});
    const ServiceClient client(service.port());
    const auto video = client.uploaded(synthetic_clip());
    redis.kill();
    const auto health = client.get("/health/deep/");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(text(json_of(health), "status"), "degraded");
    EXPECT_EQ(text(json_of(health), "broker/status"), "degraded");
    EXPECT_EQ(health.body.find(std::to_string(redis.port())), std::string::npos) << "addresses are the log's";
    EXPECT_LT(times_of(client, {.video = video, .duration_seconds = 0.25}).to_lease, 30);
    redis.start();
    EXPECT_TRUE(eventually([&] { return text(json_of(client.get("/health/deep/")), "status") == "ok"; }));
    const auto again = times_of(client, {.video = video, .start_seconds = 0.5, .duration_seconds = 0.25});
    EXPECT_LT(again.to_lease, 30);
    EXPECT_TRUE(eventually([&] { return service.times_said("redis does its part again") >= 2; }));
    EXPECT_EQ(service.said().find("has ended and will be started again"), std::string::npos);
    redis.kill();  // the service's end waits for all that this process has started
}

TEST(RedisService, SaysThatAUrlIsWrong) {
    const TemporaryFolder folder;
    const auto ended = run({posed_program(), "run", "--port", "0", "--data-dir", folder.path() / "data"},
                           {.set = {"POSED_REDIS_URL=redis://ann:secret@host/7"}});
    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_THAT(ended.errors, HasSubstr("POSED_REDIS_URL"));
    EXPECT_THAT(ended.errors, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace posed::tests
