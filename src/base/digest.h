#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

namespace posed {

/// SHA-256 of bytes as they arrive. A value of one thread.
class Sha256 {
  public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void update(std::span<const std::byte> bytes);

    /// The digest as 64 lower-case hexadecimal digits. Ends the computation.
    [[nodiscard]] std::string finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_of(std::span<const std::byte> bytes);

/// Reads the whole source once, in constant memory.
[[nodiscard]] Result<std::string> sha256_of(ByteSource& source);

/// HMAC with SHA-256 (RFC 2104), as bytes.
[[nodiscard]] std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key, std::string_view text);

/// Finds bytes that a transfer changed, and nothing that anybody forged.
[[nodiscard]] std::array<std::byte, 16> md5_of(std::span<const std::byte> bytes);

/// Two lower-case digits a byte.
[[nodiscard]] std::string hexadecimal(std::span<const std::byte> bytes);

}  // namespace posed
