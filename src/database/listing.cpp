#include "database/listing.h"

#include "database/removals.h"

namespace posed::database {

void Conditions::add(std::string_view condition, Parameter parameter) {
    conditions_.emplace_back(condition);
    parameters_.push_back(std::move(parameter));
}

std::string Conditions::clause() const {
    std::string clause;
    for (const auto& condition : conditions_)
        clause += (clause.empty() ? "WHERE (" : " AND (") + condition + ")";
    return clause;
}

std::string pattern_for(std::string_view text) {
    std::string pattern = "%";
    for (const char character : text) {
        if (character == '%' || character == '_' || character == '\\')
            pattern += '\\';
        pattern += character;
    }
    return pattern + "%";
}

Result<> add_text(Conditions& conditions, const ListQuery& query, std::string_view condition) {
    if (!query.text)
        return {};
    TRY(check_text("the text to look for", *query.text));
    conditions.add(condition, {"text", pattern_for(*query.text)});
    return {};
}

std::vector<std::int64_t> ids_created_before(Transaction& transaction, const std::string& table,
                                             std::chrono::microseconds time, std::int64_t limit) {
    std::vector<std::int64_t> ids;
    for (const auto& row : transaction.query(
             "SELECT id FROM " + table + " WHERE created_at < :time ORDER BY created_at, id LIMIT :limit",
             {{"time", time}, {"limit", limit}}))
        ids.push_back(row.get<std::int64_t>("id"));
    return ids;
}

std::vector<std::int64_t> delete_with_objects(Transaction& transaction, std::string_view statement,
                                              std::int64_t id) {
    const auto now = transaction.now();
    std::vector<std::int64_t> ids;
    for (const auto& row : transaction.query(statement, {{"id", id}})) {
        Removals(transaction).announce(row.get<std::string>("storage_key"), now);
        ids.push_back(row.get<std::int64_t>("id"));
    }
    return ids;
}

}  // namespace posed::database
