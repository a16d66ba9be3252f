#include "tests/service/tidiness.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "database/database.h"
#include "tests/service/backing.h"
#include "tests/service/record_queries.h"
#include "tests/service/service_client.h"

namespace posed::tests {
namespace {

using Keys = std::set<std::string>;

constexpr const char* tasks_by_state = "SELECT state, COUNT(*) AS n FROM tasks GROUP BY state ORDER BY state";

class Records {
  public:
    explicit Records(const RunningService& service) : database_(open_records(service.data_directory())) {}

    [[nodiscard]] std::size_t count(const char* query) const { return database_->read().query(query).size(); }

    [[nodiscard]] Keys keys() const {
        Keys keys;
        for (const auto& row : database_->read().query(stored_keys))
            keys.insert(row.get<std::string>("storage_key"));
        return keys;
    }

    [[nodiscard]] std::string states() const {
        std::string text;
        for (const auto& row : database_->read().query(tasks_by_state))
            text += std::to_string(row.get<std::int64_t>("n")) + " " + row.get<std::string>("state") + ", ";
        return text;
    }

    void let_time_pass() const {
        auto transaction = database_->write();
        transaction.execute(let_writers_time_pass);
        transaction.commit();
    }

  private:
    std::unique_ptr<database::Database> database_;
};

/// Results that are being made, or were. What a worker counts lies there for as long as it lives.
std::ptrdiff_t results_in_scratch(const RunningService& service) {
    using Walk = std::filesystem::recursive_directory_iterator;
    return std::count_if(Walk(service.data_directory() / "scratch"), Walk(), [](const auto& entry) {
        return entry.is_regular_file() && !entry.path().filename().string().starts_with("metrics");
    });
}

void expect_quiet(RunningService& service, const Records& records) {
    std::size_t spares = 0;  // one of each process that decodes
    for (const auto part : {Part::server, Part::inference_worker, Part::rendering_worker})
        spares += service.processes(part).size();
    EXPECT_TRUE(eventually([&] { return records.count(open_tasks) == 0; })) << records.states();
    EXPECT_TRUE(eventually([&] { return service.processes(Part::decoder).size() <= spares; }))
        << service.processes(Part::decoder).size() << " decoders";
    EXPECT_TRUE(eventually([&] { return results_in_scratch(service) == 0; }))
        << results_in_scratch(service) << " scratch files";
}

}  // namespace

void expect_tidy(RunningService& service) {
    service.wait_until_ready();
    const Records records(service);
    expect_quiet(service, records);
    const auto abandoned = records.count(open_removals);
    records.let_time_pass();
    EXPECT_TRUE(eventually([&] { return records.count(open_removals) == 0; }))
        << records.count(open_removals) << " removals";
    EXPECT_EQ(records.count(rows_without_parent), 0U);
    EXPECT_EQ(records.count(successes_without_row), 0U);
    const auto objects = object_keys(service.data_directory());
    EXPECT_EQ(objects, records.keys());
    std::cout << "left behind: tasks: " << records.states() << "rows: " << records.keys().size()
              << ", objects: " << objects.size() << ", cleared away just now: " << abandoned << '\n';

    EXPECT_EQ(service.stop(), 0);
    EXPECT_TRUE(eventually([&] { return service.processes() == 0; })) << service.processes() << " processes";
    EXPECT_EQ(files_in(service.data_directory() / "scratch"), 0U);
}

}  // namespace posed::tests
