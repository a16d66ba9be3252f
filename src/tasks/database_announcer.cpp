#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "tasks/announcer.h"
#include "tasks/outage.h"

namespace posed::tasks {
namespace {

constexpr std::chrono::milliseconds look_interval{50};

class DatabaseAnnouncer final : public Announcer {
  public:
    explicit DatabaseAnnouncer(database::Database& database) : database_(database) {}

    bool announce(const std::string&, std::int64_t) override {
        return true;
    }  // the commit was the announcement

    void wait(const std::string&, std::chrono::microseconds timeout, const std::stop_token& stop) override {
        const auto end = std::chrono::steady_clock::now() + timeout;
        std::unique_lock lock(mutex_);
        while (!anything_new() && !stop.stop_requested() && std::chrono::steady_clock::now() < end)
            pause_.wait_for(lock, stop, look_interval, [] { return false; });
    }

  private:
    /// Whether anybody may have committed since the last call. The first says yes.
    bool anything_new() {
        std::int64_t version = none;
        const bool answered = database_answers([&] {
            if (!counter_)
                counter_.emplace(database_.change_counter());
            version = counter_->data_version();
        });
        if (!answered)
            counter_.reset();
        return std::exchange(seen_, version) != version;
    }

    static constexpr std::int64_t none = -1;  ///< the database did not answer

    database::Database& database_;
    std::mutex mutex_;
    std::condition_variable_any pause_;
    std::optional<database::ChangeCounter> counter_;
    std::int64_t seen_ = none;
};

}  // namespace

std::unique_ptr<Announcer> announce_by_database(database::Database& database) {
    return std::make_unique<DatabaseAnnouncer>(database);
}

}  // namespace posed::tasks
