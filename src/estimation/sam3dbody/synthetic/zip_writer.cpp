#include "estimation/sam3dbody/synthetic/zip_writer.h"

#include <array>

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::uint32_t local_mark = 0x04034b50, directory_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::uint64_t alignment = 64, local_size = 30, extra_head = 4;

constexpr std::array<std::uint32_t, 256> checksum_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
        table[i] = value;
    }
    return table;
}

std::uint32_t checksum(std::span<const std::byte> content) {
    static constexpr auto table = checksum_table();
    std::uint32_t sum = ~0U;
    for (const auto byte : content)
        sum = table[(sum ^ std::to_integer<std::uint32_t>(byte)) & 0xffU] ^ (sum >> 8);
    return ~sum;
}

}  // namespace

void ZipWriter::put(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8U)
        out_.put(static_cast<char>(value));
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
    const auto offset = static_cast<std::uint64_t>(out_.tellp());
    const auto begin = offset + local_size + name.size() + extra_head;
    const auto padding = (alignment - begin % alignment) % alignment;
    const auto& entry =
        entries_.emplace_back(Entry{name, checksum(content), static_cast<std::uint32_t>(content.size()),
                                    static_cast<std::uint32_t>(offset)});
    put(local_mark, 4);
    put(0, 10);  // version, flags, method, time, date
    put(entry.checksum, 4);
    put(entry.size, 4);
    put(entry.size, 4);
    put(name.size(), 2);
    put(extra_head + padding, 2);
    out_ << name << "FB";
    put(padding, 2);
    out_ << std::string(padding, 'Z');
    out_.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}

bool ZipWriter::finish() {
    const auto directory = static_cast<std::uint64_t>(out_.tellp());
    for (const auto& entry : entries_) {
        put(directory_mark, 4);
        put(0, 12);  // versions, flags, method, time, date
        put(entry.checksum, 4);
        put(entry.size, 4);
        put(entry.size, 4);
        put(entry.name.size(), 2);
        put(0, 12);  // extra, comment, disk, attributes
        put(entry.offset, 4);
        out_ << entry.name;
    }
    const auto end = static_cast<std::uint64_t>(out_.tellp());
    put(end_mark, 4);
    put(0, 4);
    put(entries_.size(), 2);
    put(entries_.size(), 2);
    put(end - directory, 4);
    put(directory, 4);
    put(0, 2);
    out_.flush();
    return out_.good() && end <= UINT32_MAX;
}

}  // namespace posed::estimation::sam3dbody
