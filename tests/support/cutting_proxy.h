#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/descriptor.h"

namespace posed::tests {

/// Stands between a client and a server on the loopback, passes everything on, and can lose an answer or
/// all that is said: for clients that have to live with not knowing.
class CuttingProxy {
  public:
    explicit CuttingProxy(std::uint16_t server_port);
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;
    ~CuttingProxy();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// What the server sends next with this text in it gets lost, and the connection breaks.
    void lose_answer_with(const std::string& text);

    /// Until it is taken back nothing comes through, in neither direction, and nobody is told.
    void cut(bool off) { cut_ = off; }

    [[nodiscard]] int lost() const noexcept { return lost_; }

  private:
    void serve(const std::stop_token& stop);
    void connect_through(int client, const std::stop_token& stop);
    [[nodiscard]] bool is_to_be_lost(const std::string& answer);

    std::uint16_t server_port_;
    Descriptor listener_;
    std::uint16_t port_;
    std::mutex mutex_;
    std::string wanted_;
    std::atomic<int> lost_ = 0;
    std::atomic<bool> cut_ = false;
    std::jthread thread_;
};

}  // namespace posed::tests
