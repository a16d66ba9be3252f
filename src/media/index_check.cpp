#include "media/index_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posed::media {
namespace {

using namespace std::string_view_literals;

/// Boxes in which FFmpeg looks for boxes, wherever they stand.
constexpr std::array containers{"moov"sv, "trak"sv, "mdia"sv, "minf"sv, "stbl"sv,
                                "edts"sv, "moof"sv, "traf"sv, "dinf"sv, "mvex"sv,
                                "tref"sv, "udta"sv, "wave"sv, "ilst"sv, "meta"sv};

/// 24 hours of 50 frames or sound packets a second.
constexpr std::uint64_t most_implied_samples = 5'000'000;
/// FFmpeg copies the samples of a track for each of its edits.
constexpr std::uint64_t most_edited_samples = 50'000'000;

std::uint64_t big_endian(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes)
        value = value << 8 | static_cast<std::uint64_t>(byte);
    return value;
}

/// Small reads of a source by blocks.
class BlockReader {
  public:
    explicit BlockReader(ByteSource& source) : source_(source), block_(4096) {}

    /// `count` bytes at `offset`, fewer at the file's end; valid until the next call.
    Result<std::span<const std::byte>> at(std::uint64_t offset, std::size_t count) {
        if (offset < start_ || offset + count > start_ + size_) {
            size_ = TRY(source_.read_at(offset, block_));
            start_ = offset;
        }
        const auto skipped = static_cast<std::size_t>(offset - start_);
        return std::span<const std::byte>(block_).subspan(skipped, std::min(count, size_ - skipped));
    }

  private:
    ByteSource& source_;
    std::vector<std::byte> block_;
    std::uint64_t start_ = 0;
    std::size_t size_ = 0;
};

class IndexCheck {
  public:
    explicit IndexCheck(ByteSource& source) : reader_(source), file_size_(source.size()) {}

    Result<> walk(std::uint64_t start, std::uint64_t end, int depth);

  private:
    struct Box {
        std::string type;
        std::uint64_t body;
        std::uint64_t end;
    };

    Result<std::optional<Box>> box_at(std::uint64_t start, std::uint64_t end);
    Result<bool> starts_with_box(const Box& box);
    Result<> count(const Box& box);
    [[nodiscard]] Result<> refuse_above(std::uint64_t claimed, std::uint64_t most, const char* what) const;

    BlockReader reader_;
    std::uint64_t file_size_;
    std::uint64_t boxes_ = 0;
    std::uint64_t implied_ = 0;  ///< samples of fragments that have no entry of their own
    std::uint64_t edits_ = 0;    ///< of the current track
};

Result<std::optional<IndexCheck::Box>> IndexCheck::box_at(std::uint64_t start, std::uint64_t end) {
    const auto head = TRY(reader_.at(start, 16));
    if (head.size() < 8)
        return std::nullopt;
    auto length = big_endian(head.first(4));
    std::uint64_t head_length = 8;
    if (length == 1 && head.size() == 16) {
        length = big_endian(head.subspan(8, 8));
        head_length = 16;
    }
    const auto rest = end - start;
    if (length == 0 || length > rest)
        length = rest;
    if (length < head_length)
        return std::nullopt;
    const auto* type = reinterpret_cast<const char*>(head.data()) + 4;
    return Box{std::string(type, 4), start + head_length, start + length};
}

/// Whether the first four bytes of the body are a length, not zeros.
Result<bool> IndexCheck::starts_with_box(const Box& box) {
    const auto body = TRY(reader_.at(box.body, 4));
    return big_endian(body) != 0;
}

Result<> IndexCheck::refuse_above(std::uint64_t claimed, std::uint64_t most, const char* what) const {
    if (claimed <= most)
        return {};
    return fail(Code::corrupt_media, "the MP4 index claims " + std::to_string(claimed) + " " + what +
                                         ", more than the " + std::to_string(most) + " that a file of " +
                                         std::to_string(file_size_) + " bytes may have");
}

Result<> IndexCheck::count(const Box& box) {
    const auto body = TRY(reader_.at(box.body, 12));
    if (body.size() < 12)
        return {};
    const auto first = big_endian(body.subspan(4, 4)), second = big_endian(body.subspan(8, 4));
    if (box.type == "elst") {
        edits_ = first;
    } else if (box.type == "stsz") {
        TRY(refuse_above(second, file_size_, "samples"));
        if (first == 0)  // each has an entry: not sound of millions of single samples
            TRY(refuse_above(second * std::max<std::uint64_t>(edits_, 1),
                             std::max(second, most_edited_samples), "samples in all edits"));
    } else if (box.type == "trun") {
        constexpr std::uint64_t per_sample_fields = 0xF00;
        TRY(refuse_above(first, file_size_, "samples in a fragment"));
        if ((big_endian(body.subspan(1, 3)) & per_sample_fields) == 0)
            implied_ += first;
        TRY(refuse_above(implied_, std::min(file_size_, most_implied_samples), "samples without an entry"));
    }
    return {};
}

Result<> IndexCheck::walk(std::uint64_t start, std::uint64_t end, int depth) {
    constexpr std::uint64_t most_boxes = 2'000'000;
    constexpr int deepest = 12;
    while (start < end) {
        const auto box = TRY(box_at(start, end));
        if (!box)
            return {};
        TRY(refuse_above(++boxes_, most_boxes, "boxes"));
        if (box->type == "trak")
            edits_ = 0;
        const bool nests = std::find(containers.begin(), containers.end(), box->type) != containers.end();
        // `meta` has four bytes more in front, but not in QuickTime.
        const auto extra = box->type == "meta" && !TRY(starts_with_box(*box)) ? 4U : 0U;
        if (nests && depth < deepest)
            TRY(walk(box->body + extra, box->end, depth + 1));
        else
            TRY(count(*box));
        start = box->end;
    }
    return {};
}

}  // namespace

Result<> check_mp4_index(ByteSource& source) {
    return IndexCheck(source).walk(0, source.size(), 0);
}

}  // namespace posed::media
