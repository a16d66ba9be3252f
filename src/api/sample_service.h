#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "api/application.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "database/database.h"
#include "database/sample_database.h"
#include "media/opener.h"
#include "pipeline/run_estimation.h"
#include "storage/object_store.h"
#include "tasks/lease.h"
#include "tests/support/shared_data.h"

/// What the tests of the resources share: a service without sockets on a real database, a real store and real
/// media, whose work is done when a test says so. In files, or with TESTS_ON=servers on PostgreSQL and S3.
namespace posed::api {

/// An answer with its body read to the end.
struct Answer {
    int status = 0;
    Headers headers = {};
    std::string body = {};

    [[nodiscard]] boost::json::value json() const;
    [[nodiscard]] std::string header(std::string_view name) const;

    /// Of a problem: its code, and the pointers of the fields that are wrong.
    [[nodiscard]] std::string code() const;
    [[nodiscard]] std::vector<std::string> wrong_fields() const;
};

class ServiceSuite : public testing::Test {
  protected:
    static void SetUpTestSuite();
    static void TearDownTestSuite();

    ServiceSuite();

    /// Builds the routes anew, for those settings that a row keeps.
    void restart();

    Answer get(const std::string& target, const Headers& headers = {});
    Answer remove(const std::string& target);
    Answer post(const std::string& target, const std::string& json, const Headers& headers = {});

    /// The answer as it is, for bodies that a test reads by itself.
    Response respond(Request request);

    /// A raw body, in pieces.
    Answer upload(const std::string& target, const std::string& body, const Headers& headers = {});
    Answer upload_form(const std::string& filename, const std::string& bytes,
                       const std::string& description = "");

    /// The id of the synthetic clip, uploaded as "Tänzer 1.mp4".
    std::int64_t ingest_clip();

    /// A body of POST /estimations/submit/ for a quarter of a second, three frames, with `more` members.
    static std::string quarter_second_of(std::int64_t video_id, const std::string& more = "");

    /// Ids of results of the clip.
    std::int64_t estimate(std::int64_t video_id);
    std::int64_t render(std::int64_t estimation_id);

    /// Workers of both queues say that they live.
    void announce_workers();

    /// Those workers carry out the next task of either queue.
    void work();

    /// A worker begins the next estimation, and does no more.
    tasks::Lease begin_run();

    tests::TemporaryFolder folder;
    ManualClock clock;
    SeededRandom random{1};
    Metrics metrics;
    ServiceConfig config;
    std::unique_ptr<database::SampleDatabase> sample_database;
    std::unique_ptr<database::Database> records;
    std::unique_ptr<storage::ObjectStore> objects;
    std::reference_wrapper<media::Opener> opener = media::in_process();  ///< of the service, not of workers
    std::unique_ptr<Service> service;
    std::function<void()> after_piece = [] {};  ///< of an upload
    std::vector<std::string> logged;            ///< errors

  private:
    class ErrorLog final : public Log {
      public:
        explicit ErrorLog(std::vector<std::string>& lines) : lines_(lines) {}
        void write(Level level, std::string_view message, Fields) override {
            if (level == Level::error)
                lines_.emplace_back(message);
        }

      private:
        std::vector<std::string>& lines_;
    };

    Answer answer_to(const Request& request);
    Answer finished(const Request& request, Response response);

    ErrorLog log_{logged};
    std::unique_ptr<Application> application_;
};

[[nodiscard]] std::string bytes_of(const std::filesystem::path& file);

/// Of a batch of Server-Sent Events.
[[nodiscard]] std::vector<Event> polled(const Response& stream);

}  // namespace posed::api
