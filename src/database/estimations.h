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

class Estimations {
  public:
    explicit Estimations(Transaction& transaction) noexcept : transaction_(transaction) {}

    /// Inserts by `recipe_hash`; id and time of creation are given here. A new row takes its object off the
    /// list of removals. Errors: not_found when the video is gone; invalid_argument for text that is not
    /// UTF-8 or holds NUL; conflict when the object's removal is no longer announced or has begun: the object
    /// is lost.
    [[nodiscard]] Result<Inserted<EstimationRecord>> insert(const EstimationRecord& estimation);

    [[nodiscard]] std::optional<EstimationRecord> find(std::int64_t id);
    [[nodiscard]] std::optional<EstimationRecord> find_by_recipe(std::string_view recipe_hash);
    [[nodiscard]] Result<Page<EstimationRecord>> list(const ListQuery& query,
                                                      std::optional<std::int64_t> video_id = {});

    /// Oldest first.
    [[nodiscard]] std::vector<std::int64_t> created_before(Microseconds time, std::int64_t limit);

    /// With its visualizations. Errors: not_found.
    [[nodiscard]] Result<RemovedRows> remove(std::int64_t id);

  private:
    Transaction& transaction_;
};

}  // namespace posed::database
