#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "pipeline/stores.h"
#include "storage/object_store.h"

namespace posed::pipeline {

/// An object on its way into the store. Its key stands on the list of removals from before the first byte
/// until the row it belongs to is inserted, so that a writer that dies leaves nothing behind for long; the
/// repositories take it off the list. One thread at a time.
class NewObject {
  public:
    /// `key` was never used before. Errors: those of `ObjectStore::put`.
    [[nodiscard]] static Result<NewObject> begin(const Stores& stores, std::string key);

    [[nodiscard]] const std::string& key() const noexcept { return key_; }

    /// Errors: those of `ObjectWriter::write`; conflict when the writer was so slow that its object is gone.
    [[nodiscard]] Result<> write(std::span<const std::byte> bytes);

    /// Makes the object last. Returns its size. Errors: as `write`.
    [[nodiscard]] Result<std::uint64_t> finish();

    /// No row will be inserted: the object may go at once.
    void let_go();

  private:
    NewObject(const Stores& stores, std::string key, std::unique_ptr<storage::ObjectWriter> writer);
    [[nodiscard]] Result<> stay_announced();

    Stores stores_;
    std::string key_;
    std::unique_ptr<storage::ObjectWriter> writer_;
    std::chrono::microseconds announced_at_;  ///< of the boot clock
};

/// Copies a file into the store under `key`. `report` hears of the bytes written so far and of all of them;
/// its error ends the copying.
[[nodiscard]] Result<NewObject> store_file(
    const Stores& stores, std::string key, const std::filesystem::path& file,
    const std::function<Result<>(std::uint64_t done, std::uint64_t total)>& report);

}  // namespace posed::pipeline
