#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "database/database.h"
#include "database/removals.h"
#include "database/resources.h"
#include "database/row.h"

/// Private to this folder: how repositories add rows.
namespace posed::database {

/// A flag in a column that came later: 1, or NULL as in the rows before it.
[[nodiscard]] inline Value set_or_null(bool flag) {
    return flag ? Value(1) : Value();
}

/// `INSERT INTO table (...) VALUES (...)` of a row with all these columns.
[[nodiscard]] std::string insertion_of(std::string_view table, const Parameters& row);

/// Adds the row with `storage_key`, whose object then no longer awaits removal; or finds the one that has the
/// same value in `unique_column`. Errors: those of `Removals::take_back`.
template <class Record>
Result<Inserted<Record>> insert_or_find(Transaction& transaction, const std::string& table,
                                        const Parameter& unique, const Parameters& row,
                                        Record (*record_of)(const Row&)) {
    const std::string column(unique.name);
    std::string search = "SELECT * FROM " + table;
    search.append(" WHERE ").append(column).append(" = :").append(column);
    Rows inserted;
    while (inserted.empty()) {
        inserted = transaction.query(
            insertion_of(table, row) + " ON CONFLICT (" + column + ") DO NOTHING RETURNING *", row);
        if (!inserted.empty())
            break;
        const auto found = transaction.query(search, {unique});
        if (!found.empty())  // else it was removed in between
            return Inserted<Record>{.record = record_of(found.front()), .created = false};
    }
    TRY(Removals(transaction).take_back(inserted.front().get<std::string>("storage_key")));
    return Inserted<Record>{.record = record_of(inserted.front()), .created = true};
}

}  // namespace posed::database
