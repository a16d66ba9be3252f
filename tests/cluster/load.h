#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster/cluster.h"

namespace posed::tests {

/// A client's request for a task, all of them different recipes.
struct Wanted {
    bool estimation = true;
    EstimationWanted estimating;
    RenderingWanted rendering;
    std::string task = {};     ///< once it was accepted
    std::string program = {};  ///< of the server that accepted it

    [[nodiscard]] ServiceClient::Answer submit(const ServiceClient& client) const {
        return estimation ? client.submit(estimating) : client.submit(rendering);
    }
};

/// Thirty tasks on a new video, submitted evenly within `duration` by two clients. Each has a server of its
/// own, goes to the other when that one does not answer, and repeats what was not accepted, as clients do.
class Load {
  public:
    static constexpr int tasks = 30;

    /// Begins when the video is there and one estimation of it, so that there is something to render.
    Load(Cluster& cluster, std::chrono::milliseconds duration);

    /// One more, besides: so much work that there is time to disturb it. Returns its task.
    std::string submit_long_estimation();

    /// Returns when all were accepted; gives up after minutes. The last call before the others.
    void wait();

    [[nodiscard]] std::int64_t video() const { return video_; }
    [[nodiscard]] const std::vector<Wanted>& accepted() const { return accepted_; }

    /// So many had to be accepted.
    [[nodiscard]] std::int64_t wanted() const { return wanted_; }

    /// Submits that were not accepted at once.
    [[nodiscard]] int repeated() const { return repeated_; }

  private:
    void add(Wanted wanted);
    void submit_every_second_from(int first, std::chrono::milliseconds pause);
    void let_accept(Wanted& wanted, Machine machine);

    Cluster& cluster_;
    std::int64_t video_ = 0;
    std::int64_t base_ = 0;
    std::int64_t wanted_ = tasks;
    std::mutex mutex_;
    std::vector<Wanted> accepted_;
    std::atomic<int> repeated_ = 0;
    std::vector<std::jthread> clients_;
};

}  // namespace posed::tests
