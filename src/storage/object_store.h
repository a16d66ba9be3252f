#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

/// Where videos and results are kept as bytes under keys (keys.h makes them). Rows of the database say which
/// objects there are; a store knows nothing of them. A key is written once and never again, so an object
/// never changes, and whoever reads one needs no lock.
namespace posed::storage {

/// Takes the bytes of one new object. One thread at a time. Destroyed before `finish` has succeeded, it
/// removes what it wrote; only the death of the process leaves a part behind, so callers record a key before
/// they write to it.
class ObjectWriter {
  public:
    virtual ~ObjectWriter() = default;

    /// Errors: storage_full for a full disk or a store at its limit; permission_denied, input_output. After
    /// an error nothing is left of the object, and every further call fails the same way.
    [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;

    /// Makes the object last: when it returns, a power cut takes nothing away any more. The number of bytes.
    /// The last call. Errors: as `write`.
    [[nodiscard]] virtual Result<std::uint64_t> finish() = 0;
};

struct ObjectInfo {
    std::string key;
    std::uint64_t bytes = 0;

    friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

struct StoreUsage {
    std::uint64_t used_bytes = 0;  ///< by all objects
    /// What can still be written, by the disk and by the store's own limit; nothing when the store cannot
    /// tell.
    std::optional<std::uint64_t> free_bytes = {};
};

/// How an object is to be shown to a client that fetches it by itself.
struct ClientDownload {
    std::string method = "GET";  ///< or HEAD
    std::string media_type;
    std::string disposition;  ///< a Content-Disposition
};

/// May be used by several threads and, on the same objects, by several processes. All errors may also be
/// permission_denied and input_output; a key that is none is invalid_argument.
class ObjectStore {
  public:
    virtual ~ObjectStore() = default;

    /// Begins an object. The store must outlive the writer. Errors: invalid_argument for a key that is used
    /// already, storage_full.
    [[nodiscard]] virtual Result<std::unique_ptr<ObjectWriter>> put(std::string_view key) = 0;

    /// Errors: not_found.
    [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> open(std::string_view key) = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size(std::string_view key) = 0;

    /// Removes the object for good, and what was sent of it by a writer that died: no power cut brings it
    /// back. None there is success, so it can be repeated.
    [[nodiscard]] virtual Result<> remove(std::string_view key) = 0;

    /// Every object that is finished, in no order; a store may show those that are being written, too.
    [[nodiscard]] virtual Result<> list(const std::function<void(const ObjectInfo&)>& visit) = 0;

    [[nodiscard]] virtual Result<StoreUsage> usage() = 0;

    /// Writes and reads something that is no object. An error tells why the store is unusable now.
    [[nodiscard]] virtual Result<> probe() = 0;

    /// A URL by which a client gets the object from the store itself, for a while. Nothing when it has to
    /// come by us.
    [[nodiscard]] virtual std::optional<std::string> client_url(std::string_view key,
                                                                const ClientDownload& download) = 0;
};

}  // namespace posed::storage
