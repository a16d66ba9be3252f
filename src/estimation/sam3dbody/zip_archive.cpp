#include "estimation/sam3dbody/zip_archive.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace posed::estimation::sam3dbody {
namespace {

static_assert(std::endian::native == std::endian::little, "fields are read as they lie in the file");

constexpr std::uint32_t local_header_mark = 0x04034b50, directory_mark = 0x02014b50, end_mark = 0x06054b50,
                        end64_mark = 0x06064b50, locator64_mark = 0x07064b50;
constexpr std::size_t local_header_size = 30, directory_header_size = 46, end_size = 22, end64_size = 56,
                      locator64_size = 20, longest_comment = 65535;
constexpr std::uint64_t largest_directory = 64 << 20;

template <class T>
T field(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// What the first bytes of a file that is no archive tell about it.
Error not_an_archive(const std::string& name, std::span<const std::byte> head) {
    constexpr std::array<unsigned char, 4> old_pickle{0x80, 0x02, 0x8a, 0x0a};
    const auto byte_at = [&](std::size_t i) { return std::to_integer<unsigned char>(head[i]); };
    if (head.size() >= 4 && std::ranges::equal(old_pickle, head.first(4), {}, {}, [](std::byte byte) {
            return std::to_integer<unsigned char>(byte);
        }))
        return fail(Code::corrupt_model, name + " is in the format of PyTorch before 1.6, which is not read",
                    "load it with PyTorch and save it again: torch.save(torch.load(file), file)");
    bool text = !head.empty();
    for (std::size_t i = 0; i < head.size(); ++i)
        text = text && (byte_at(i) >= 0x20 || byte_at(i) == '\n' || byte_at(i) == '\r' || byte_at(i) == '\t');
    return fail(Code::corrupt_model,
                name + (head.empty() ? " is empty"
                        : text       ? " is a text, not a file of weights"
                                     : " is not a zip archive as torch.save writes it"),
                "download the file again; a page that asks to log in is not it");
}

struct Directory {
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// The numbers of an entry that a 32-bit field cannot hold stand in its extra field of kind 1, those that it
/// can are left out.
bool widen(std::span<const std::byte> extra, std::uint64_t& size, std::uint64_t& packed,
           std::uint64_t& header) {
    while (extra.size() >= 4) {
        const auto kind = field<std::uint16_t>(extra, 0);
        const std::size_t length = field<std::uint16_t>(extra, 2);
        if (extra.size() < 4 + length)
            return false;
        auto numbers = extra.subspan(4, length);
        extra = extra.subspan(4 + length);
        if (kind != 1)
            continue;
        for (auto* number : {&size, &packed, &header}) {
            if (*number != std::numeric_limits<std::uint32_t>::max())
                continue;
            if (numbers.size() < 8)
                return false;
            *number = field<std::uint64_t>(numbers, 0);
            numbers = numbers.subspan(8);
        }
    }
    return true;
}

}  // namespace

Result<ZipArchive> ZipArchive::open(std::shared_ptr<ByteSource> source, std::string name) {
    ZipArchive archive(std::move(source), std::move(name));
    TRY(archive.read_directory());
    return archive;
}

Error ZipArchive::corrupt(const std::string& what) const {
    return fail(Code::corrupt_model, name_ + ": " + what, "download the file again");
}

Result<> ZipArchive::read_directory() {
    const std::uint64_t file_size = source_->size();
    std::array<std::byte, 64> head{};
    const auto head_size = TRY(source_->read_at(0, head));
    if (head_size < 4 || field<std::uint32_t>(head, 0) != local_header_mark)
        return not_an_archive(name_, std::span(head).first(head_size));

    const auto tail_size = std::min<std::uint64_t>(file_size, end_size + locator64_size + longest_comment);
    std::vector<std::byte> tail(tail_size);
    TRY(read_exactly(*source_, file_size - tail_size, tail, Code::corrupt_model));
    std::optional<std::size_t> end;
    for (std::size_t at = tail.size() - std::min(tail.size(), end_size) + 1; at-- > 0 && !end;)
        if (at + end_size <= tail.size() && field<std::uint32_t>(tail, at) == end_mark)
            end = at;
    if (!end)
        return corrupt("the file is cut off: it begins as a zip archive and has no directory at its end (" +
                       std::to_string(file_size) + " bytes are there)");

    const auto last = std::span<const std::byte>(tail).subspan(*end);
    Directory directory{field<std::uint16_t>(last, 10), field<std::uint32_t>(last, 12),
                        field<std::uint32_t>(last, 16)};
    if (*end >= locator64_size && field<std::uint32_t>(tail, *end - locator64_size) == locator64_mark) {
        std::array<std::byte, end64_size> wide{};
        TRY(read_exactly(*source_, field<std::uint64_t>(tail, *end - locator64_size + 8), wide,
                         Code::corrupt_model));
        if (field<std::uint32_t>(wide, 0) != end64_mark)
            return corrupt("its directory is not where the end of the file says");
        directory = {field<std::uint64_t>(wide, 32), field<std::uint64_t>(wide, 40),
                     field<std::uint64_t>(wide, 48)};
    }
    if (directory.size > largest_directory || directory.size > file_size ||
        directory.offset > file_size - directory.size)
        return corrupt("its directory of " + std::to_string(directory.size) + " bytes at " +
                       std::to_string(directory.offset) + " does not fit the file");
    std::vector<std::byte> bytes(directory.size);
    TRY(read_exactly(*source_, directory.offset, bytes, Code::corrupt_model));
    return add_entries(bytes, directory.count);
}

Result<> ZipArchive::add_entries(std::span<const std::byte> directory, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
        if (directory.size() < directory_header_size || field<std::uint32_t>(directory, 0) != directory_mark)
            return corrupt("its directory ends after " + std::to_string(i) + " of " + std::to_string(count) +
                           " entries");
        const std::size_t name_length = field<std::uint16_t>(directory, 28);
        const std::size_t extra_length = field<std::uint16_t>(directory, 30);
        const std::size_t comment_length = field<std::uint16_t>(directory, 32);
        const auto whole = directory_header_size + name_length + extra_length + comment_length;
        if (directory.size() < whole)
            return corrupt("its directory is cut off");
        const std::string name(
            reinterpret_cast<const char*>(directory.subspan(directory_header_size, name_length).data()),
            name_length);
        std::uint64_t packed = field<std::uint32_t>(directory, 20),
                      size = field<std::uint32_t>(directory, 24),
                      header = field<std::uint32_t>(directory, 42);
        if (!widen(directory.subspan(directory_header_size + name_length, extra_length), size, packed,
                   header))
            return corrupt("entry " + name + " has a broken extra field");
        const auto encrypted = (field<std::uint16_t>(directory, 8) & 1U) != 0;
        const auto method = field<std::uint16_t>(directory, 10);
        if (encrypted || method != 0 || packed != size)
            return corrupt("entry " + name + " is compressed or encrypted, which PyTorch never does");
        if (header > source_->size() || size > source_->size() - header)
            return corrupt("entry " + name + " of " + std::to_string(size) +
                           " bytes reaches beyond the file's " + std::to_string(source_->size()));
        if (!entries_.emplace(name, Entry{header, size}).second)
            return corrupt("entry " + name + " is there twice");
        directory = directory.subspan(whole);
    }
    return {};
}

std::string ZipArchive::folder_of(std::string_view file) const {
    std::string folder;
    for (const auto& [name, entry] : entries_) {
        const auto slash = name.find('/');
        if (slash == std::string::npos || std::string_view(name).substr(slash + 1) != file)
            continue;
        if (!folder.empty())
            return {};
        folder = name.substr(0, slash);
    }
    return folder;
}

Result<ZipArchive::Entry> ZipArchive::find(std::string_view entry) const {
    const auto found = entries_.find(entry);
    if (found == entries_.end())
        return corrupt("it has no entry " + std::string(entry));
    return found->second;
}

Result<std::uint64_t> ZipArchive::size_of(std::string_view entry) const {
    return TRY(find(entry)).size;
}

Result<> ZipArchive::read(std::string_view name, std::uint64_t offset, std::span<std::byte> buffer) const {
    const auto entry = TRY(find(name));
    if (offset > entry.size || buffer.size() > entry.size - offset)
        return corrupt("entry " + std::string(name) + " has " + std::to_string(entry.size) +
                       " bytes, too few");
    std::array<std::byte, local_header_size> header{};
    TRY(read_exactly(*source_, entry.header, header, Code::corrupt_model));
    if (field<std::uint32_t>(header, 0) != local_header_mark)
        return corrupt("entry " + std::string(name) + " is not where the directory says");
    const auto begin = entry.header + local_header_size + field<std::uint16_t>(header, 26) +
                       field<std::uint16_t>(header, 28);
    return read_exactly(*source_, begin + offset, buffer, Code::corrupt_model);
}

}  // namespace posed::estimation::sam3dbody
