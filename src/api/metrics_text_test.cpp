#include "api/metrics_text.h"

#include <gtest/gtest.h>

namespace posed::api {
namespace {

TEST(MetricsText, TellsEachFamilyOnceAndWhichWorkerASampleIsOf) {
    const std::string own =
        "# HELP posed_requests_total Requests.\n# TYPE posed_requests_total counter\nposed_requests_total 3\n"
        "# HELP process_threads Threads.\n# TYPE process_threads gauge\nprocess_threads 5\n";
    const std::string worker =
        "# HELP process_threads Threads.\n# TYPE process_threads gauge\nprocess_threads 7\n"
        "# HELP posed_task_runs_total Runs.\n# TYPE posed_task_runs_total counter\n"
        "posed_task_runs_total{kind=\"estimate\"} 2\n";
    EXPECT_EQ(merged_metrics(own, {{.worker = "a", .text = worker}}),
              "# HELP posed_requests_total Requests.\n# TYPE posed_requests_total counter\n"
              "posed_requests_total 3\n"
              "# HELP posed_task_runs_total Runs.\n# TYPE posed_task_runs_total counter\n"
              "posed_task_runs_total{worker=\"a\",kind=\"estimate\"} 2\n"
              "# HELP process_threads Threads.\n# TYPE process_threads gauge\n"
              "process_threads 5\nprocess_threads{worker=\"a\"} 7\n");
}

TEST(MetricsText, IsTheProcessesOwnWithoutWorkers) {
    const std::string own = "# HELP a A.\n# TYPE a gauge\na 1\n";
    EXPECT_EQ(merged_metrics(own, {}), own);
}

TEST(MetricsText, SkipsWhatIsNoMetric) {
    EXPECT_EQ(merged_metrics("", {{.worker = "a", .text = "cut off"}}), "");
}

}  // namespace
}  // namespace posed::api
