#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "database/database.h"
#include "database/resources.h"
#include "database/row.h"

/// Private to this folder: lists and removals as the repositories need them.
namespace posed::database {

/// The conditions of a list and their parameters.
class Conditions {
  public:
    void add(std::string_view condition, Parameter parameter);

    /// `WHERE ...`, or nothing.
    [[nodiscard]] std::string clause() const;

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }

  private:
    std::vector<std::string> conditions_;
    Parameters parameters_;
};

/// The pattern of LIKE, with `\` as its escape, for texts that hold `text`.
[[nodiscard]] std::string pattern_for(std::string_view text);

/// Checks the text of a query and adds `condition`, in which it stands as the pattern `:text`.
[[nodiscard]] Result<> add_text(Conditions& conditions, const ListQuery& query, std::string_view condition);

/// The part of a table that a query asks for.
template <class Record>
Page<Record> page_of(Transaction& transaction, const std::string& table, const Conditions& conditions,
                     const ListQuery& query, Record (*record_of)(const Row&)) {
    const auto from = " FROM " + table + " " + conditions.clause();
    auto parameters = conditions.parameters();
    Page<Record> page;
    page.total =
        transaction.query("SELECT count(*) AS total" + from, parameters).front().get<std::int64_t>("total");
    parameters.push_back({"limit", query.limit});
    parameters.push_back({"skip", query.skip});
    for (const auto& row :
         transaction.query("SELECT *" + from + " ORDER BY id LIMIT :limit OFFSET :skip", parameters))
        page.records.push_back(record_of(row));
    return page;
}

/// The first row as a record.
template <class Record>
std::optional<Record> first_of(const Rows& rows, Record (*record_of)(const Row&)) {
    if (rows.empty())
        return std::nullopt;
    return record_of(rows.front());
}

/// Ids of a table's oldest rows.
[[nodiscard]] std::vector<std::int64_t> ids_created_before(Transaction& transaction, const std::string& table,
                                                           std::chrono::microseconds time,
                                                           std::int64_t limit);

/// Runs `DELETE ... RETURNING id, storage_key` for `:id`, puts the keys on the list of removals, and gives
/// the ids back.
std::vector<std::int64_t> delete_with_objects(Transaction& transaction, std::string_view statement,
                                              std::int64_t id);

}  // namespace posed::database
