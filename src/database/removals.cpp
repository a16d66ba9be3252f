#include "database/removals.h"

namespace posed::database {

void Removals::announce(std::string_view object_key, Microseconds not_before) {
    transaction_.execute("INSERT INTO removals (object_key, not_before) VALUES (:object_key, :not_before)",
                         {{"object_key", object_key}, {"not_before", not_before}});
}

bool Removals::extend(std::string_view object_key, Microseconds not_before) {
    return transaction_.execute(
               "UPDATE removals SET not_before = :not_before "
               "WHERE object_key = :object_key AND claimed_at IS NULL",
               {{"not_before", not_before}, {"object_key", object_key}}) > 0;
}

Result<> Removals::take_back(std::string_view object_key) {
    const auto taken =
        transaction_.execute("DELETE FROM removals WHERE object_key = :object_key AND claimed_at IS NULL",
                             {{"object_key", object_key}});
    if (taken == 0)
        return fail(Code::conflict,
                    "the object " + std::string(object_key) + " took too long and was removed");
    return {};
}

std::vector<std::string> Removals::claim_due(std::int64_t limit, std::chrono::microseconds claim_max) {
    const auto now = transaction_.now();
    const auto rows = transaction_.query(
        "UPDATE removals SET claimed_at = :now WHERE object_key IN ("
        " SELECT object_key FROM removals"
        " WHERE not_before <= :now AND (claimed_at IS NULL OR claimed_at <= :abandoned_at)"
        " ORDER BY not_before, object_key LIMIT :limit FOR UPDATE SKIP LOCKED) "
        "RETURNING object_key",
        {{"now", now}, {"abandoned_at", now - claim_max}, {"limit", limit}});
    std::vector<std::string> keys;
    for (const auto& row : rows)
        keys.push_back(row.get<std::string>("object_key"));
    return keys;
}

void Removals::finish(std::string_view object_key) {
    transaction_.execute("DELETE FROM removals WHERE object_key = :object_key", {{"object_key", object_key}});
}

std::optional<RemovalRecord> Removals::find(std::string_view object_key) {
    const auto rows = transaction_.query("SELECT * FROM removals WHERE object_key = :object_key",
                                         {{"object_key", object_key}});
    if (rows.empty())
        return std::nullopt;
    const auto& row = rows.front();
    return RemovalRecord{.object_key = row.get<std::string>("object_key"),
                         .not_before = row.get<Microseconds>("not_before"),
                         .claimed_at = row.get<std::optional<Microseconds>>("claimed_at")};
}

}  // namespace posed::database
