#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace posed {

/// What the program counts, for Prometheus. A metric is found once, by name and labels, and kept; using it
/// afterwards looks nothing up. All of it may be used by several threads; nothing outlives its `Metrics`.
class Metrics;

/// Only grows. Lock-free.
class Counter {
  public:
    void add(double amount = 1) noexcept;  ///< not negative
    [[nodiscard]] double value() const noexcept;

  private:
    friend class Metrics;
    explicit Counter(prometheus::Counter& counter) noexcept : counter_(&counter) {}
    prometheus::Counter* counter_;
};

/// Goes up and down. Lock-free.
class Gauge {
  public:
    void set(double value) noexcept;
    void add(double amount) noexcept;  ///< may be negative
    [[nodiscard]] double value() const noexcept;

  private:
    friend class Metrics;
    explicit Gauge(prometheus::Gauge& gauge) noexcept : gauge_(&gauge) {}
    prometheus::Gauge* gauge_;
};

/// How values are distributed over buckets. Holds a lock of its own for some nanoseconds.
class Histogram {
  public:
    void observe(double value);

  private:
    friend class Metrics;
    explicit Histogram(prometheus::Histogram& histogram) noexcept : histogram_(&histogram) {}
    prometheus::Histogram* histogram_;
};

/// Upper bounds of buckets: of durations in seconds, from a millisecond to an hour.
[[nodiscard]] const std::vector<double>& duration_buckets();

class Metrics {
  public:
    using Labels = std::map<std::string, std::string>;

    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// The metric of this name and these labels, made at its first call. Names follow Prometheus's habit:
    /// `posed_` in front, the unit last, `_total` for counters. `help` is one line that never changes with
    /// the name. Throws std::invalid_argument for names that Prometheus does not allow: a bug.
    [[nodiscard]] Counter counter(const char* name, const char* help, const Labels& labels = {});
    [[nodiscard]] Gauge gauge(const char* name, const char* help, const Labels& labels = {});
    [[nodiscard]] Histogram histogram(const char* name, const char* help, const Labels& labels = {},
                                      const std::vector<double>& bucket_bounds = duration_buckets());

    /// All of them in Prometheus's text format, and what the system knows of this process: memory, processor
    /// time, threads, descriptors, start.
    [[nodiscard]] std::string text() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posed
