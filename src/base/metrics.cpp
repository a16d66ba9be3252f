#include "base/metrics.h"

#include <algorithm>
#include <iterator>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/process_usage.h"

namespace posed {
namespace {

prometheus::MetricFamily family_of(const char* name, const char* help, prometheus::MetricType type,
                                   double value) {
    prometheus::ClientMetric metric;
    if (type == prometheus::MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
    return {name, help, type, {metric}};
}

/// Under the names that Prometheus's own client libraries use.
std::vector<prometheus::MetricFamily> families_of(const ProcessUsage& usage) {
    using prometheus::MetricType;
    return {family_of("process_cpu_seconds_total", "User and system processor time spent in seconds.",
                      MetricType::Counter, usage.processor_seconds),
            family_of("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
                      usage.resident_bytes),
            family_of("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
                      usage.virtual_bytes),
            family_of("process_threads", "Number of threads.", MetricType::Gauge, usage.threads),
            family_of("process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
                      usage.open_descriptors),
            family_of("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
                      usage.descriptors_max),
            family_of("process_start_time_seconds", "Start time since 1970-01-01 in seconds.",
                      MetricType::Gauge, usage.start_seconds)};
}

}  // namespace

void Counter::add(double amount) noexcept {
    counter_->Increment(amount);
}

double Counter::value() const noexcept {
    return counter_->Value();
}

void Gauge::set(double value) noexcept {
    gauge_->Set(value);
}

void Gauge::add(double amount) noexcept {
    gauge_->Increment(amount);
}

double Gauge::value() const noexcept {
    return gauge_->Value();
}

void Histogram::observe(double value) {
    histogram_->Observe(value);
}

const std::vector<double>& duration_buckets() {
    static const std::vector<double> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                            1,     2.5,    5,     10,   30,    60,   300, 900,  3600};
    return bounds;
}

struct Metrics::State {
    prometheus::Registry registry;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const char* name, const char* help, const Labels& labels) {
    return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels));
}

Gauge Metrics::gauge(const char* name, const char* help, const Labels& labels) {
    return Gauge(prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels));
}

Histogram Metrics::histogram(const char* name, const char* help, const Labels& labels,
                             const std::vector<double>& bucket_bounds) {
    return Histogram(prometheus::BuildHistogram()
                         .Name(name)
                         .Help(help)
                         .Register(state_->registry)
                         .Add(labels, bucket_bounds));
}

std::string Metrics::text() const {
    auto families = state_->registry.Collect();
    std::ranges::move(families_of(usage_of_this_process()), std::back_inserter(families));
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace posed
