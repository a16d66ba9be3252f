#include <filesystem>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_service.h"
#include "storage/filesystem_store.h"

namespace posed::api {
namespace {

using testing::HasSubstr;
using testing::Not;

class HealthApi : public ServiceSuite {};

TEST_F(HealthApi, IsAlwaysShallowlyWell) {
    records->write().execute("DROP TABLE task_revisions");
    EXPECT_EQ(get("/health/shallow/").status, 200);
    EXPECT_EQ(get("/health/shallow/").body, R"({"status":"ok"})");
}

TEST_F(HealthApi, IsWellWithWorkersOfEitherQueue) {
    announce_workers();
    const auto answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 200);
    const auto health = answer.json();
    for (const auto* key : {"status", "minio", "postgres", "redis", "celery"})
        EXPECT_EQ(health.at(key), "ok") << key;
    for (const auto* part : {"database", "storage", "broker", "workers"}) {
        EXPECT_EQ(health.at(part).at("status"), "ok") << part;
        EXPECT_TRUE(health.at(part).at("latency_seconds").is_double()) << part;
    }
    EXPECT_EQ(health.at("version"), "1.2.3");
    EXPECT_EQ(health.at("sandbox_layers"), (boost::json::array{"none"}));
}

TEST_F(HealthApi, IsDegradedWithoutWorkers) {
    const auto answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("status"), "degraded");
    EXPECT_EQ(answer.json().at("celery"), "degraded");
    EXPECT_THAT(std::string(answer.json().at_pointer("/workers/detail").as_string()), HasSubstr("estimate"));
}

TEST_F(HealthApi, IsUnavailableWithoutStorage) {
    announce_workers();
    std::filesystem::remove_all(folder.path() / "objects");
    const auto answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json().at("status"), "unavailable");
    EXPECT_EQ(answer.json().at("minio"), "unavailable");
    EXPECT_EQ(answer.json().at("postgres"), "ok");
    EXPECT_THAT(answer.body, Not(HasSubstr(folder.path().string()))) << "paths are the log's";
    EXPECT_THAT(logged, testing::Not(testing::IsEmpty()));
}

TEST_F(HealthApi, IsUnavailableWhenTheSchemaDoesNotFit) {
    auto transaction = records->write();
    transaction.execute("DELETE FROM migrations");
    transaction.commit();
    const auto answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json().at("postgres"), "unavailable");
    EXPECT_THAT(std::string(answer.json().at_pointer("/database/detail").as_string()), HasSubstr("schema 0"));
}

TEST_F(HealthApi, IsOnlyDegradedWithoutItsBroker) {
    announce_workers();
    Result<> usable;
    service->check_broker = [&] { return usable; };
    EXPECT_EQ(get("/health/deep/").json().at("status"), "ok");
    usable = fail(Code::unavailable, "redis at 10.0.0.7:6379: Connection refused");
    auto answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("status"), "degraded");
    EXPECT_EQ(answer.json().at("redis"), "degraded");
    EXPECT_THAT(answer.body, Not(HasSubstr("10.0.0.7"))) << "addresses are the log's";
    EXPECT_THAT(logged, testing::ElementsAre(HasSubstr("10.0.0.7")));
    usable = fail(Code::conflict, "a restart loses the queues");
    answer = get("/health/deep/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at_pointer("/broker/detail"), "a restart loses the queues");
}

TEST_F(HealthApi, TellsItsLimits) {
    config.max_store_bytes = 5'000'000;
    const auto limits = get("/limits/").json();
    EXPECT_EQ(limits.at("max_upload_bytes"), 64 << 20);
    EXPECT_EQ(limits.at("max_pixels"), 35'389'440);
    EXPECT_EQ(limits.at("max_duration_seconds"), 14'400);
    EXPECT_EQ(limits.at("max_frame_rate"), 1000);
    EXPECT_EQ(limits.at("max_frames"), 1'000'000);
    EXPECT_EQ(limits.at("max_store_bytes"), 5'000'000);
    EXPECT_EQ(limits.at("queue_limit"), 100);
    EXPECT_EQ(limits.at("task_retention_seconds"), 30 * 86'400);
    EXPECT_TRUE(limits.at("result_retention_seconds").is_null());
}

TEST_F(HealthApi, TellsWhatEstimates) {
    const auto lite_of = [](const boost::json::value& estimators) {
        for (const auto& estimator : estimators.as_array())
            if (estimator.at("name") == "blazepose-lite")
                return estimator;
        return boost::json::value();
    };
    auto lite = lite_of(get("/estimators/").json());
    EXPECT_EQ(lite.at("available"), false);
    EXPECT_EQ(lite.at("is_default"), true);
    EXPECT_EQ(lite.at("unavailable_reason"), "no worker has offered it yet");
    announce_workers();
    lite = lite_of(get("/estimators/").json());
    EXPECT_EQ(lite.at("available"), true);
    EXPECT_EQ(lite.at("workers"), 1);
    EXPECT_TRUE(lite.at("unavailable_reason").is_null());
    EXPECT_EQ(lite.at("weights_digest").as_string().size(), 64U);
    clock.advance(std::chrono::minutes(5));
    lite = lite_of(get("/estimators/").json());
    EXPECT_EQ(lite.at("available"), true);
    EXPECT_EQ(lite.at("workers"), 0);
    EXPECT_THAT(std::string(lite.at("unavailable_reason").as_string()), HasSubstr("wait"));
}

TEST_F(HealthApi, TellsItsMetrics) {
    (void)ingest_clip();
    announce_workers();
    ASSERT_EQ(post("/estimations/submit/", quarter_second_of(1)).status, 202);
    const auto waiting = get("/metrics");
    EXPECT_EQ(waiting.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(waiting.body, HasSubstr("posed_queue_depth{queue=\"inference\"} 1"));
    EXPECT_THAT(waiting.body, HasSubstr("posed_workers{queue=\"default\"} 1"));
    (void)begin_run();
    const auto running = get("/metrics").body;
    EXPECT_THAT(running, HasSubstr("posed_queue_depth{queue=\"inference\"} 0"));
    EXPECT_THAT(running, HasSubstr("posed_leases{queue=\"inference\"} 1"));
    EXPECT_THAT(running, HasSubstr("posed_open_tasks{queue=\"inference\",state=\"STARTED\"} 1"));
    EXPECT_THAT(running, HasSubstr("posed_http_requests_total"));
}

}  // namespace
}  // namespace posed::api
