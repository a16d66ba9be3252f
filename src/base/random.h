#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace posed {

/// Where random bytes come from. Passed to whoever needs them, so that tests know what they get; may be used
/// by several threads.
class Random {
  public:
    virtual ~Random() = default;

    virtual void fill(std::span<std::byte> bytes) = 0;

    /// A number in [0, 1), for jitter.
    [[nodiscard]] double fraction();
};

/// The kernel's bytes, fit for secrets. Throws std::system_error if it has none, which no kernel we run on
/// does.
[[nodiscard]] Random& system_random() noexcept;

/// The same bytes for the same seed, without a call to the kernel. For tests, and where bytes may be guessed.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}

    void fill(std::span<std::byte> bytes) override;

  private:
    std::atomic<std::uint64_t> state_;
};

}  // namespace posed
