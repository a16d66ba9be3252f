#include "base/digest.h"

#include <array>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>

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
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr);
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * digest.size());
    for (const auto byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
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

}  // namespace posed
