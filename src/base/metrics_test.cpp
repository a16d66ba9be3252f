#include "base/metrics.h"

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace posed {
namespace {

using testing::HasSubstr;

/// The value of the sample that is written as `sample`, with its labels.
double value_of(const std::string& text, const std::string& sample) {
    const auto place = ("\n" + text).find("\n" + sample + " ");
    EXPECT_NE(place, std::string::npos) << sample << " is missing in\n" << text;
    double value = -1;
    if (place != std::string::npos)
        std::istringstream(text.substr(place + sample.size())) >> value;
    return value;
}

TEST(Metrics, AreFoundAgainByNameAndLabels) {
    Metrics metrics;
    metrics.counter("posed_requests_total", "Requests.", {{"method", "GET"}}).add();
    metrics.counter("posed_requests_total", "Requests.", {{"method", "PUT"}}).add(5);
    auto again = metrics.counter("posed_requests_total", "Requests.", {{"method", "GET"}});
    again.add(2);
    EXPECT_EQ(again.value(), 3);
    const auto text = metrics.text();
    EXPECT_THAT(text,
                HasSubstr("# HELP posed_requests_total Requests.\n# TYPE posed_requests_total counter\n"));
    EXPECT_EQ(value_of(text, R"(posed_requests_total{method="GET"})"), 3);
    EXPECT_EQ(value_of(text, R"(posed_requests_total{method="PUT"})"), 5);
}

TEST(Metrics, GaugesGoBothWays) {
    Metrics metrics;
    auto gauge = metrics.gauge("posed_queue_depth", "Waiting tasks.", {{"queue", "a\"b\n"}});
    gauge.set(10);
    gauge.add(-3);
    EXPECT_EQ(gauge.value(), 7);
    EXPECT_EQ(value_of(metrics.text(), R"(posed_queue_depth{queue="a\"b\n"})"), 7);
}

TEST(Metrics, HistogramsCountUpToEachBound) {
    Metrics metrics;
    auto histogram = metrics.histogram("posed_seconds", "Durations.", {}, {1, 10});
    for (const double value : {0.5, 5.0, 6.0, 50.0})
        histogram.observe(value);
    const auto text = metrics.text();
    EXPECT_EQ(value_of(text, R"(posed_seconds_bucket{le="1"})"), 1);
    EXPECT_EQ(value_of(text, R"(posed_seconds_bucket{le="10"})"), 3);
    EXPECT_EQ(value_of(text, R"(posed_seconds_bucket{le="+Inf"})"), 4);
    EXPECT_EQ(value_of(text, "posed_seconds_sum"), 61.5);
    EXPECT_EQ(value_of(text, "posed_seconds_count"), 4);
}

TEST(Metrics, NamesThatPrometheusDoesNotAllowAreABug) {
    Metrics metrics;
    EXPECT_THROW((void)metrics.counter("no spaces", ""), std::invalid_argument);
    EXPECT_THROW((void)metrics.gauge("posed_x", "", {{"no spaces", ""}}), std::invalid_argument);
}

TEST(Metrics, TellWhatTheProcessUses) {
    const Metrics metrics;
    const auto before = metrics.text();
    EXPECT_GT(value_of(before, "process_resident_memory_bytes"), 1 << 20);
    EXPECT_GT(value_of(before, "process_virtual_memory_bytes"),
              value_of(before, "process_resident_memory_bytes"));
    EXPECT_GE(value_of(before, "process_threads"), 1);
    EXPECT_GT(value_of(before, "process_cpu_seconds_total"), 0);
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_LT(value_of(before, "process_start_time_seconds"), now + 2);
    EXPECT_GT(value_of(before, "process_start_time_seconds"), now - 3600);

    const int one_more = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto after = metrics.text();
    ::close(one_more);
    EXPECT_EQ(value_of(after, "process_open_fds"), value_of(before, "process_open_fds") + 1);
    EXPECT_GT(value_of(after, "process_max_fds"), value_of(after, "process_open_fds"));
}

TEST(Metrics, ThreadsLoseNothing) {
    Metrics metrics;
    auto histogram = metrics.histogram("posed_seconds", "Durations.");
    auto gauge = metrics.gauge("posed_open", "Open.");
    constexpr int threads = 4, times = 10000;
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i)
            running.emplace_back([&] {
                auto counter = metrics.counter("posed_total", "Sum.");
                for (int k = 0; k < times; ++k) {
                    counter.add();
                    histogram.observe(0.1);
                    gauge.add(k % 2 == 0 ? 1 : -1);
                    if (k % 1000 == 0)
                        (void)metrics.text();
                }
            });
    }
    const auto text = metrics.text();
    EXPECT_EQ(value_of(text, "posed_total"), threads * times);
    EXPECT_EQ(value_of(text, "posed_seconds_count"), threads * times);
    EXPECT_EQ(value_of(text, "posed_open"), 0);
}

}  // namespace
}  // namespace posed
