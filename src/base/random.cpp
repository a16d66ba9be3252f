#include "base/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <system_error>

#include <sys/random.h>

namespace posed {
namespace {

class SystemRandom final : public Random {
  public:
    void fill(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
            if (got >= 0)
                bytes = bytes.subspan(static_cast<std::size_t>(got));
            else if (errno != EINTR)
                throw std::system_error(errno, std::generic_category(), "getrandom");
        }
    }
};

/// The step and the finalizer of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t step = 0x9E3779B97F4A7C15;

std::uint64_t mixed(std::uint64_t state) noexcept {
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
    return state ^ (state >> 31);
}

}  // namespace

double Random::fraction() {
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    fill(bytes);
    constexpr int digits = 53;  // of a double
    return std::ldexp(static_cast<double>(std::bit_cast<std::uint64_t>(bytes) >> (64 - digits)), -digits);
}

Random& system_random() noexcept {
    static SystemRandom random;
    return random;
}

void SeededRandom::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const auto word = std::bit_cast<std::array<std::byte, sizeof(std::uint64_t)>>(
            mixed(state_.fetch_add(step, std::memory_order_relaxed) + step));
        const auto count = std::min(bytes.size(), word.size());
        std::copy_n(word.begin(), count, bytes.begin());
        bytes = bytes.subspan(count);
    }
}

}  // namespace posed
