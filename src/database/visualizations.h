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

class Visualizations {
  public:
    explicit Visualizations(Transaction& transaction) noexcept : transaction_(transaction) {}

    /// Inserts by `recipe_hash`; id and time of creation are given here. A new row takes its object off the
    /// list of removals. Errors: not_found when the estimation is gone; invalid_argument for text that is not
    /// UTF-8 or holds NUL; conflict when the object's removal is no longer announced or has begun: the object
    /// is lost.
    [[nodiscard]] Result<Inserted<VisualizationRecord>> insert(const VisualizationRecord& visualization);

    [[nodiscard]] std::optional<VisualizationRecord> find(std::int64_t id);
    [[nodiscard]] std::optional<VisualizationRecord> find_by_recipe(std::string_view recipe_hash);
    [[nodiscard]] Result<Page<VisualizationRecord>> list(const ListQuery& query,
                                                         std::optional<std::int64_t> estimation_id = {});

    /// Oldest first.
    [[nodiscard]] std::vector<std::int64_t> created_before(Microseconds time, std::int64_t limit);

    /// Errors: not_found.
    [[nodiscard]] Result<> remove(std::int64_t id);

  private:
    Transaction& transaction_;
};

}  // namespace posed::database
