#include "database/migrations.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "base/digest.h"

namespace posed::database {
namespace {

constexpr auto create_table_of_migrations =
    "CREATE TABLE IF NOT EXISTS migrations ("
    " number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)";

struct AppliedMigration {
    int number = 0;
    std::string name;
    std::string digest;
    std::chrono::microseconds at{0};
};

std::string digest_of(const Migration& migration) {
    return sha256_of(std::as_bytes(std::span(migration.up)));
}

std::vector<AppliedMigration> applied_migrations(Transaction& transaction) {
    std::vector<AppliedMigration> applied;
    if (!transaction.has_table("migrations"))
        return applied;
    for (const auto& row :
         transaction.query("SELECT number, name, digest, applied_at FROM migrations ORDER BY number"))
        applied.push_back({row.get<int>("number"), row.get<std::string>("name"),
                           row.get<std::string>("digest"), row.get<std::chrono::microseconds>("applied_at")});
    return applied;
}

/// What both know must be the same, and the database may be one step ahead.
Result<> check_history(const std::vector<AppliedMigration>& applied, std::span<const Migration> migrations) {
    for (std::size_t i = 0; i < std::min(applied.size(), migrations.size()); ++i)
        if (applied[i].number != migrations[i].number || applied[i].digest != digest_of(migrations[i]))
            return fail(Code::conflict,
                        "migration " + std::to_string(applied[i].number) + " (" + applied[i].name +
                            ") of the database is not the one of this program",
                        "use the program that the database belongs to");
    if (applied.size() > migrations.size() + 1)
        return fail(Code::conflict,
                    "the database has schema " + std::to_string(applied.size()) +
                        ", this program knows those up to " + std::to_string(migrations.size() + 1),
                    "use a newer program, or run `posed migrate down` with the newer one");
    return {};
}

/// SOCI looks for parameters and quotation marks in comments too.
std::string without_comments(std::string_view script) {
    std::string text;
    while (!script.empty()) {
        const auto line = script.substr(0, std::min(script.find('\n'), script.size() - 1) + 1);
        const auto comment = line.find("--");
        text += line.substr(0, comment);
        if (comment != std::string_view::npos)
            text += '\n';
        script.remove_prefix(line.size());
    }
    return text;
}

/// Statements end with a semicolon at the end of a line.
std::vector<std::string> statements_of(std::string_view with_comments) {
    const auto text = without_comments(with_comments);
    std::string_view script = text;
    std::vector<std::string> statements;
    while (!script.empty()) {
        const auto end = script.find(";\n");
        if (end == std::string_view::npos)
            break;
        statements.emplace_back(script.substr(0, end));
        script.remove_prefix(end + 2);
    }
    return statements;
}

void run_script(Transaction& transaction, std::string_view script) {
    for (const auto& statement : statements_of(script))
        transaction.execute(statement);
}

/// The condition under which a statement would lose data: `SELECT count(*)` of the rows that hold some; empty
/// when it can lose none.
std::string count_of_losses(const std::string& statement) {
    std::istringstream stream(statement);
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    if (words.size() >= 3 && words[0] == "DROP" && words[1] == "TABLE")
        return "SELECT count(*) AS n FROM " + words[2];
    if (words.size() >= 6 && words[0] == "ALTER" && words[3] == "DROP" && words[4] == "COLUMN")
        return "SELECT count(*) AS n FROM " + words[2] + " WHERE " + words[5] + " IS NOT NULL";
    return {};
}

Result<> refuse_losses(Transaction& transaction, std::string_view script) {
    for (const auto& statement : statements_of(script)) {
        const auto losses = count_of_losses(statement);
        if (losses.empty())
            continue;
        const auto rows = transaction.query(losses).front().get<std::int64_t>("n");
        if (rows > 0)
            return fail(Code::conflict, "`" + statement + "` would lose " + std::to_string(rows) + " rows",
                        "back the database up, and add --discard");
    }
    return {};
}

}  // namespace

std::vector<MigrationState> migration_status(Database& database, std::span<const Migration> migrations) {
    auto transaction = database.read();
    const auto applied = applied_migrations(transaction);
    std::vector<MigrationState> states;
    for (const auto& [number, name, digest, at] : applied)
        states.push_back({number, name, at, states.size() < migrations.size()});
    for (const auto& migration : migrations.subspan(std::min(applied.size(), migrations.size())))
        states.push_back({migration.number, std::string(migration.name), std::nullopt, true});
    return states;
}

Result<> check_schema(Database& database, std::span<const Migration> migrations) {
    auto transaction = database.read();
    const auto applied = applied_migrations(transaction);
    if (applied.size() < migrations.size())
        return fail(Code::conflict,
                    "the database has schema " + std::to_string(applied.size()) + ", this program needs " +
                        std::to_string(migrations.size()),
                    "run `posed migrate up`");
    return check_history(applied, migrations);
}

Result<int> migrate_up(Database& database, std::span<const Migration> migrations) {
    auto transaction = database.write();
    transaction.lock_schema();
    transaction.execute(create_table_of_migrations);
    const auto applied = applied_migrations(transaction);
    TRY(check_history(applied, migrations));
    const auto missing = migrations.subspan(std::min(applied.size(), migrations.size()));
    for (const auto& migration : missing) {
        run_script(transaction, migration.up);
        transaction.execute("INSERT INTO migrations VALUES (:number, :name, :digest, :applied_at)",
                            {{"number", migration.number},
                             {"name", migration.name},
                             {"digest", digest_of(migration)},
                             {"applied_at", transaction.now()}});
    }
    transaction.commit();
    return static_cast<int>(missing.size());
}

Result<> migrate_down(Database& database, DataLoss loss, std::span<const Migration> migrations) {
    auto transaction = database.write();
    transaction.lock_schema();
    const auto applied = applied_migrations(transaction);
    if (applied.empty())
        return fail(Code::not_found, "no migration is applied");
    TRY(check_history(applied, migrations));
    if (applied.size() > migrations.size())
        return fail(Code::conflict,
                    "this program does not know migration " + std::to_string(applied.size()) + " (" +
                        applied.back().name + ")",
                    "take it back with the program that brought it");
    const auto& newest = migrations[applied.size() - 1];
    if (loss == DataLoss::refuse)
        TRY(refuse_losses(transaction, newest.down));
    run_script(transaction, newest.down);
    transaction.execute("DELETE FROM migrations WHERE number = :number", {{"number", newest.number}});
    transaction.commit();
    return {};
}

}  // namespace posed::database
