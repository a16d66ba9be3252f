// The whole service on an S3 server.

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/bucket.h"
#include "tests/support/process.h"
#include "tests/support/s3_server.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ServiceOnS3 : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_S3();
        bucket = S3Server::shared().url() + "/" + S3Server::shared().make_bucket();
        std::ofstream(folder.path() / "secret") << S3Server::secret_key << '\n';
    }

    /// Before the service is destroyed, which would kill all that this process has started: the S3 server,
    /// too.
    void TearDown() override {
        if (service) {
            EXPECT_EQ(service->stop(), 0);
        }
    }

    void start(std::vector<std::string> settings = {}) {
        for (const auto& setting :
             {"POSED_STORE_URL=" + bucket, std::string("POSED_S3_ACCESS_KEY=") + S3Server::access_key,
              "POSED_S3_SECRET_KEY_FILE=" + (folder.path() / "secret").string()})
            settings.push_back(setting);
        service = std::make_unique<RunningService>(RunningService::Options{.settings = std::move(settings)});
        client = std::make_unique<ServiceClient>(service->port());
    }

    std::size_t objects_in_bucket() const {
        std::size_t count = 0;
        EXPECT_TRUE(open_bucket(bucket)->list([&](const storage::ObjectInfo&) { ++count; }));
        return count;
    }

    /// The visualization's id.
    std::int64_t rendered(std::int64_t estimation) const {
        const auto task = client->submitted(RenderingWanted{.estimation = estimation});
        client->wait_for(task, "SUCCESS");
        return number(client->task(task), "result/resource_id");
    }

    std::string download(const std::string& resource, std::int64_t id) const {
        return service->url() + "/" + resource + "/download/" + std::to_string(id) + "/";
    }

    TemporaryFolder folder;
    std::string bucket;
    std::unique_ptr<RunningService> service;
    std::unique_ptr<ServiceClient> client;
};

TEST_F(ServiceOnS3, TakesAClipToItsResultsAndAllAway) {
    start();
    const auto clip = bytes_of(synthetic_clip());
    const auto video = client->uploaded(synthetic_clip());
    const auto estimation = client->estimated({.video = video});
    const auto visualization = rendered(estimation);
    EXPECT_EQ(objects_in_bucket(), 3U);
    EXPECT_FALSE(std::filesystem::exists(service->data_directory() / "objects"));

    const auto part = run({"curl", "-sS", "-i", "-r", "1000-1999", download("videos", video)});
    EXPECT_THAT(part.output, HasSubstr("206 Partial Content"));
    EXPECT_THAT(part.output, testing::EndsWith("\r\n\r\n" + clip.substr(1000, 1000)));
    EXPECT_EQ(client->get("/videos/download/" + std::to_string(video) + "/").body, clip);
    const auto text =
        client->get("/estimations/download/" + std::to_string(estimation) + "/?format=csv").body;
    EXPECT_THAT(text, HasSubstr("left_knee"));
    const auto poses = folder.path() / "poses.safetensors", drawn = folder.path() / "drawn.mp4";
    ASSERT_EQ(run({"curl", "-sS", "-o", poses, download("estimations", estimation)}).exit_code, 0);
    ASSERT_EQ(run({"curl", "-sS", "-o", drawn, download("visualizations", visualization)}).exit_code, 0);
    EXPECT_EQ(run({posed_program(), "inspect", poses}).exit_code, 0);
    EXPECT_EQ(run({posed_program(), "probe", drawn}).exit_code, 0);

    EXPECT_EQ(client->remove("/videos/" + std::to_string(video) + "/").status, 204);
    EXPECT_TRUE(eventually([&] { return objects_in_bucket() == 0; }));
    EXPECT_THAT(service->said(), AllOf(HasSubstr(bucket), Not(HasSubstr(S3Server::secret_key))));
}

TEST_F(ServiceOnS3, SendsClientsToTheBucketWhenTheyCanReachIt) {
    start({"POSED_S3_PUBLIC_ENDPOINT=http://localhost:" + std::to_string(S3Server::shared().port())});
    const auto video = client->uploaded(synthetic_clip());
    const auto path = "/videos/download/" + std::to_string(video) + "/";
    const auto answer = client->get(path);
    EXPECT_EQ(answer.status, 307);
    EXPECT_THAT(answer.field("Location"), StartsWith("http://localhost:"));
    const auto followed = run({"curl", "-sSL", "-r", "0-99", service->url() + path});
    EXPECT_EQ(followed.output, bytes_of(synthetic_clip()).substr(0, 100));
    EXPECT_THAT(run({"curl", "-sSLI", service->url() + path}).output,
                AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: video/mp4")));
    EXPECT_THAT(client->get("/").field("Content-Security-Policy"),
                HasSubstr("connect-src 'self' http://localhost:"));
    const auto submitted = run({posed_program(), "submit", "--server", service->url(), "--out", folder.path(),
                                "--preset", "ultrafast", "--estimator", "blazepose-lite", synthetic_clip()});
    EXPECT_EQ(submitted.exit_code, 0) << submitted.errors;
}

TEST_F(ServiceOnS3, OutlivesAnOutageOfTheBucket) {
    start();
    const auto video = client->uploaded(synthetic_clip());
    S3Server::shared().stop_gateway();
    const auto health = client->get("/health/deep/");
    EXPECT_EQ(health.status, 503) << health.body;
    EXPECT_EQ(text(json_of(health), "storage/status"), "unavailable");
    const auto refused = client->upload(bytes_of(synthetic_clip()) + "x");
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_THAT(refused.body, Not(HasSubstr("tests-"))) << "the bucket is nobody's business";
    const auto task = client->submitted(EstimationWanted{.video = video});
    EXPECT_TRUE(eventually([&] {
        const auto error = client->task(task).at("error");
        return error.is_object() && text(error, "code") == "unavailable";
    }));
    S3Server::shared().start_gateway();
    client->wait_for(task, "SUCCESS");
    EXPECT_EQ(number(client->task(task), "attempts"), 0);
    EXPECT_TRUE(eventually([&] { return client->get("/health/deep/").status == 200; }));
}

TEST_F(ServiceOnS3, DoesNotStartWithCredentialsThatAreRefused) {
    const auto ended = run({posed_program(), "run", "--port", "0", "--data-dir", folder.path() / "data"},
                           {.set = {"POSED_STORE_URL=" + bucket, "POSED_S3_ACCESS_KEY=nobody",
                                    "POSED_S3_SECRET_KEY=hunter2hunter2"}});
    EXPECT_EQ(ended.exit_code, 78) << ended.errors;
    EXPECT_THAT(ended.errors, AllOf(HasSubstr("InvalidAccessKeyId"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace posed::tests
