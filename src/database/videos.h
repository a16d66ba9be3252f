#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "database/database.h"
#include "database/resources.h"
#include "domain/records.h"

namespace posed::database {

class Videos {
  public:
    explicit Videos(Transaction& transaction) noexcept : transaction_(transaction) {}

    /// Inserts by `sha256`; id and time of creation are given here. A new row takes its object off the list
    /// of removals. Errors: invalid_argument for text that is not UTF-8 or holds NUL; conflict when the
    /// object's removal is no longer announced or has begun: the object is lost.
    [[nodiscard]] Result<Inserted<VideoRecord>> insert(const VideoRecord& video);

    [[nodiscard]] std::optional<VideoRecord> find(std::int64_t id);
    [[nodiscard]] std::optional<VideoRecord> find_by_sha256(std::string_view sha256);
    [[nodiscard]] Result<Page<VideoRecord>> list(const ListQuery& query);

    /// Oldest first.
    [[nodiscard]] std::vector<std::int64_t> created_before(Microseconds time, std::int64_t limit);

    /// With all that was derived from it. Errors: not_found.
    [[nodiscard]] Result<RemovedRows> remove(std::int64_t id);

  private:
    Transaction& transaction_;
};

}  // namespace posed::database
