#include "base/digest.h"

#include <array>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace posed {

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("libcrypto offers no SHA-256");
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::finish() {
    std::array<std::byte, 32> digest{};
    EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    return hexadecimal(digest);
}

std::string sha256_of(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Result<std::string> sha256_of(ByteSource& source) {
    Sha256 hash;
    std::vector<std::byte> buffer(1 << 20);
    for (std::uint64_t offset = 0; offset < source.size();) {
        const auto got = TRY(source.read_at(offset, buffer));
        if (got == 0)
            return fail(Code::input_output, "the input became shorter while it was read");
        hash.update(std::span(buffer).first(got));
        offset += got;
    }
    return hash.finish();
}

std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key, std::string_view text) {
    std::array<std::byte, 32> code{};
    if (::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(),
               reinterpret_cast<unsigned char*>(code.data()), nullptr) == nullptr)
        throw std::runtime_error("libcrypto offers no HMAC with SHA-256");
    return code;
}

std::array<std::byte, 16> md5_of(std::span<const std::byte> bytes) {
    std::array<std::byte, 16> digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                   EVP_md5(), nullptr) != 1)
        throw std::runtime_error("libcrypto offers no MD5");
    return digest;
}

std::string hexadecimal(std::span<const std::byte> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        text += digits[static_cast<unsigned>(byte) >> 4];
        text += digits[static_cast<unsigned>(byte) & 15];
    }
    return text;
}

}  // namespace posed
