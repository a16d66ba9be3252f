#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "commands/http_client.h"
#include "commands/service_answers.h"

namespace posed::commands {

/// How to wait for a service that is away (restarting, or with a full queue), for its workers and for tasks.
struct Patience {
    std::chrono::milliseconds away_max{600'000};
    std::chrono::milliseconds first_pause{200};  ///< before the second attempt; doubles from then on
    std::chrono::milliseconds longest_pause{5'000};
    std::chrono::milliseconds workers_max{10'000};   ///< which load their networks when it has just started
    std::chrono::milliseconds between_polls{1'000};  ///< for workers; of a task without events
};

/// What the way of one clip through the service consists of, one call a step. Every call may be repeated
/// without harm, so each waits out a service that is away and goes on. Only when no client of this process
/// has ever been answered does it fail at once. One thread.
///
/// Errors of all: what the service refused, in its words; unavailable when it stays away; cancelled on
/// `stop`.
class ServiceClient {
  public:
    /// Says how far a step has come. What counts bytes are "uploading", "storing" and "downloading"; the
    /// other stages of a task count frames. A wait for something else than the task says for what.
    using Report = std::function<void(std::string_view activity, const pipeline::Progress&)>;

    /// `ever_answered` is shared by all clients of the same service.
    ServiceClient(const ServiceAddress& address, Patience patience, std::stop_token stop,
                  std::atomic<bool>& ever_answered, Report report);

    /// The longest window that may be asked for.
    [[nodiscard]] Result<double> longest_seconds();

    [[nodiscard]] Result<RemoteVideo> upload(const std::filesystem::path& clip);

    /// Submits to "/estimations/submit/" or "/visualizations/submit/". Waits a while for a worker that offers
    /// the estimator.
    [[nodiscard]] Result<RemoteTask> submit(const std::string& target, const boost::json::object& request);

    /// Waits until the task is final. The id of its result; the task's error when it has none.
    [[nodiscard]] Result<std::int64_t> result_of(RemoteTask task);

    /// The file appears under its name when it is whole.
    [[nodiscard]] Result<> download(const std::string& target, const std::filesystem::path& file);

  private:
    [[nodiscard]] Result<HttpAnswer> get(const std::string& target);
    [[nodiscard]] Result<HttpAnswer> ask(const std::function<Result<HttpAnswer>()>& attempt);
    [[nodiscard]] Result<> pause(std::chrono::milliseconds duration) const;
    void follow_events(RemoteTask& task);
    void report(const RemoteTask& task) const;

    HttpClient http_;
    Patience patience_;
    std::stop_token stop_;
    std::atomic<bool>& ever_answered_;
    Report report_;
    std::string last_event_;
};

}  // namespace posed::commands
