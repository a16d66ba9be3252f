#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include "base/descriptor.h"
#include "base/result.h"
#include "media/sandbox/channel.h"

namespace posed::media::sandbox {

/// Where a child finds what it is given: everything else is closed, its environment is empty.
inline constexpr int child_socket = 3;
inline constexpr int child_memory = 4;

/// A process of ours. Its owner's end is its end: the destructor kills and reaps it.
class Process {
  public:
    Process() = default;  ///< none
    explicit Process(pid_t id) noexcept : id_(id) {}
    Process(Process&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Process& operator=(Process&& other) noexcept {
        std::swap(id_, other.id_);
        return *this;
    }
    ~Process() { static_cast<void>(end()); }

    [[nodiscard]] pid_t id() const noexcept { return id_; }

    /// Kills it if it still runs, and says how it ended: "was killed by signal 11 (Segmentation fault)".
    [[nodiscard]] std::string end();

  private:
    pid_t id_ = 0;
};

/// The parent's hold on a decoding child: the channel to it and the memory for frames.
struct Child {
    Channel channel;
    Descriptor memory;
    Process process;
};

/// Starts `program` with an empty environment and two descriptors. The kernel kills the child when the thread
/// that called this ends. Errors: those of the system.
[[nodiscard]] Result<Child> start_child(const std::filesystem::path& program);

}  // namespace posed::media::sandbox
