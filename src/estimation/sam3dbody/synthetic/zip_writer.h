#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace posed::estimation::sam3dbody {

/// Writes a zip archive of uncompressed entries as PyTorch does: contents at multiples of 64 bytes. At most
/// 4 GB. Failures show when `finish` returns false.
class ZipWriter {
  public:
    explicit ZipWriter(const std::filesystem::path& path) : out_(path, std::ios::binary) {}

    void add(const std::string& name, std::span<const std::byte> content);
    [[nodiscard]] bool finish();

  private:
    struct Entry {
        std::string name;
        std::uint32_t checksum = 0;
        std::uint32_t size = 0;
        std::uint32_t offset = 0;
    };
    void put(std::uint64_t value, int bytes);

    std::ofstream out_;
    std::vector<Entry> entries_;
};

}  // namespace posed::estimation::sam3dbody
