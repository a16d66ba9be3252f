// What counting costs: a counter and a histogram as a request uses them, alone and beside another thread, and
// the text that a scrape reads.

#include <string>

#include <benchmark/benchmark.h>

#include "base/metrics.h"

namespace {

void counter_and_histogram(benchmark::State& state) {
    static posed::Metrics metrics;
    auto counter = metrics.counter("posed_requests_total", "Requests.");
    auto histogram = metrics.histogram("posed_request_duration_seconds", "Durations.");
    for (auto _ : state) {
        counter.add();
        histogram.observe(0.02);
    }
}
BENCHMARK(counter_and_histogram)->Threads(1)->Threads(2);

void text_of_500_series(benchmark::State& state) {
    posed::Metrics metrics;
    for (int i = 0; i < 500; ++i)
        metrics.counter("posed_requests_total", "Requests.", {{"route", std::to_string(i)}}).add();
    for (auto _ : state)
        benchmark::DoNotOptimize(metrics.text());
}
BENCHMARK(text_of_500_series);

}  // namespace

BENCHMARK_MAIN();
