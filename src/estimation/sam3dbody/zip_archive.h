#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// A zip archive whose entries are stored uncompressed, as PyTorch writes them (zip64 included). The
/// directory is read once and every place in it is checked against the file; entries are read at any offset,
/// from any thread.
class ZipArchive {
  public:
    /// `name` is how errors call the file. Errors: corrupt_model, with what the bytes seem to be instead.
    [[nodiscard]] static Result<ZipArchive> open(std::shared_ptr<ByteSource> source, std::string name);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool contains(std::string_view entry) const { return entries_.contains(entry); }

    /// The folder that holds the entry `file`, which must be the only such at that depth: "model" for
    /// "model/data.pkl". Empty when there is none.
    [[nodiscard]] std::string folder_of(std::string_view file) const;

    /// Bytes of an entry; errors: corrupt_model for one that is not there.
    [[nodiscard]] Result<std::uint64_t> size_of(std::string_view entry) const;

    /// Fills `buffer` from `offset` of the entry with that name on; errors: corrupt_model, input_output.
    [[nodiscard]] Result<> read(std::string_view name, std::uint64_t offset,
                                std::span<std::byte> buffer) const;

  private:
    struct Entry {
        std::uint64_t header = 0;  ///< where its local header begins
        std::uint64_t size = 0;
    };
    ZipArchive(std::shared_ptr<ByteSource> source, std::string name) noexcept
        : source_(std::move(source)), name_(std::move(name)) {}

    Result<> read_directory();
    Result<> add_entries(std::span<const std::byte> directory, std::uint64_t count);
    [[nodiscard]] Error corrupt(const std::string& what) const;
    [[nodiscard]] Result<Entry> find(std::string_view entry) const;

    std::shared_ptr<ByteSource> source_;
    std::string name_;
    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace posed::estimation::sam3dbody
