#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "results/archive.h"

/// The header's metadata: our values as the strings of `__metadata__`. docs/archive.md lists the keys.
namespace posed::results {

/// What the metadata says.
struct Metadata {
    ArchiveHeader header;
    ArchiveCounts counts;

    friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// Bytes of `lost.first_reason` that are not UTF-8 become question marks.
[[nodiscard]] boost::json::object write_metadata(const Metadata& metadata);

/// Keys that we do not know are ignored. Error: corrupt_archive with the key.
[[nodiscard]] Result<Metadata> read_metadata(const boost::json::object& object);

/// Whether the header reads back as it is. Error: invalid_argument with the reason.
[[nodiscard]] Result<> check_storable(const ArchiveHeader& header);

}  // namespace posed::results
