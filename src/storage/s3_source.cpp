#include "storage/s3_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace posed::storage {
namespace {

struct Block {
    std::uint64_t begin = 0;
    std::vector<std::byte> bytes;
    std::uint64_t used = 0;  ///< when, counted in uses

    [[nodiscard]] std::uint64_t end() const noexcept { return begin + bytes.size(); }
};

class Source final : public ByteSource {
  public:
    Source(S3Client& client, std::string key, std::string tag, std::uint64_t size)
        : client_(client), key_(std::move(key)), tag_(std::move(tag)), size_(size) {}

    std::uint64_t size() const noexcept override { return size_; }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (offset >= size_)
            return std::size_t{0};
        buffer =
            buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset)));
        if (buffer.size() > S3ReadAhead::small_read)
            TRY(fetch(offset, buffer));
        else
            TRY(read_from_blocks(offset, buffer));
        return buffer.size();
    }

  private:
    Result<> read_from_blocks(std::uint64_t offset, std::span<std::byte> buffer) {
        const std::lock_guard lock(mutex_);
        while (!buffer.empty()) {
            const auto& block = TRY(block_at(offset)).get();
            const auto skipped = static_cast<std::size_t>(offset - block.begin);
            const auto count = std::min(buffer.size(), block.bytes.size() - skipped);
            std::memcpy(buffer.data(), block.bytes.data() + skipped, count);
            buffer = buffer.subspan(count);
            offset += count;
        }
        return {};
    }

    Result<std::reference_wrapper<const Block>> block_at(std::uint64_t offset) {
        auto* const found = std::ranges::find_if(
            blocks_, [=](const Block& block) { return block.begin <= offset && offset < block.end(); });
        Block& block = found != blocks_.end() ? *found : *std::ranges::min_element(blocks_, {}, &Block::used);
        if (found == blocks_.end())
            TRY(fill(block, offset));
        block.used = ++uses_;
        return std::cref(block);
    }

    /// A block that goes on where another ends is twice as long.
    Result<> fill(Block& block, std::uint64_t offset) {
        const auto* const before = std::ranges::find(blocks_, offset, &Block::end);
        const auto wanted = before != blocks_.end() && offset > 0
                                ? std::min(2 * before->bytes.size(), S3ReadAhead::block_max)
                                : S3ReadAhead::small_read;
        std::vector<std::byte> bytes(
            static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_ - offset)));
        TRY(fetch(offset, bytes));
        block.begin = offset;
        block.bytes = std::move(bytes);
        return {};
    }

    Result<> fetch(std::uint64_t offset, std::span<std::byte> place) {
        const auto last = offset + place.size() - 1;
        const auto range = fmt::format("{}-{}", offset, last);
        const auto check = [&](const S3Answer& answer) -> Result<> {
            if (answer.field("content-range") != fmt::format("bytes {}/{}", range, size_) ||
                answer.placed != place.size())
                return fail(Code::input_output,
                            fmt::format("asked for bytes {}/{}, got '{}' with {} bytes", range, size_,
                                        answer.field("content-range"), answer.placed));
            if (answer.tag() != tag_)
                return fail(Code::input_output, "the ETag is not the one the object was opened with");
            return {};
        };
        TRY(client_.send({.method = "GET",
                          .key = key_,
                          .fields = {{"range", "bytes=" + range}, {"if-match", '"' + tag_ + '"'}},
                          .place = place,
                          .check = check}));
        return {};
    }

    S3Client& client_;
    std::string key_;
    std::string tag_;
    std::uint64_t size_;
    std::mutex mutex_;
    std::array<Block, S3ReadAhead::blocks> blocks_;
    std::uint64_t uses_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> read_s3_object(S3Client& client, std::string key, std::string tag,
                                           std::uint64_t size) {
    return std::make_unique<Source>(client, std::move(key), std::move(tag), size);
}

}  // namespace posed::storage
