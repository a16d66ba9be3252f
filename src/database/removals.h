#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "database/database.h"
#include "domain/records.h"

namespace posed::database {

/// The list of objects that have to go. A writer announces its object before the first byte and moves the
/// time on while it writes; if it dies, the object goes by itself. So there is no object without a row or an
/// entry here.
class Removals {
  public:
    explicit Removals(Transaction& transaction) noexcept : transaction_(transaction) {}

    /// `object_key` must never have been used before.
    void announce(std::string_view object_key, Microseconds not_before);

    /// False when the removal has begun or is done: the object is lost, stop writing it.
    [[nodiscard]] bool extend(std::string_view object_key, Microseconds not_before);

    /// The object stays, for its row is inserted by the same transaction. Errors: conflict when the removal
    /// has begun or is done.
    [[nodiscard]] Result<> take_back(std::string_view object_key);

    /// At most `limit` keys whose time has come, the longest due first. A claim that is older than
    /// `claim_max` was left by somebody who died, and is given again. Delete the objects, then `finish`.
    [[nodiscard]] std::vector<std::string> claim_due(std::int64_t limit, std::chrono::microseconds claim_max);

    /// The object is gone.
    void finish(std::string_view object_key);

    [[nodiscard]] std::optional<RemovalRecord> find(std::string_view object_key);

  private:
    Transaction& transaction_;
};

}  // namespace posed::database
