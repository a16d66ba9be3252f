#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "media/sandbox/channel.h"
#include "media/sandbox/messages.h"

namespace posed::media::sandbox {

/// The child's view of its parent: orders come from it, lines of the log go to it (from any thread). When the
/// parent is gone, no order comes any more and reading the file fails.
class Parent final : public Log {
  public:
    explicit Parent(Channel channel) noexcept : channel_(std::move(channel)) {}

    using Log::write;
    /// What decodes writes messages only, so fields do not cross.
    void write(Level level, std::string_view message, Fields fields) override;
    void tell(const FromChild& message);

    /// The next order; nothing when the parent is gone or says what it should not.
    [[nodiscard]] std::optional<ToChild> next_order();

    /// Asks for a part of the file.
    [[nodiscard]] Result<std::vector<std::byte>> read_file(std::uint64_t offset, std::uint32_t length);

  private:
    [[nodiscard]] std::optional<ToChild> receive();

    Channel channel_;
    std::mutex sending_;
    std::vector<std::byte> message_;
    std::deque<ToChild> orders_;  ///< came while an answer was awaited
};

/// The file that the parent reads for us.
class ParentsFile final : public ByteSource {
  public:
    ParentsFile(Parent& parent, std::uint64_t size) noexcept : parent_(parent), size_(size) {}

    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override;

  private:
    Parent& parent_;
    std::uint64_t size_;
};

}  // namespace posed::media::sandbox
