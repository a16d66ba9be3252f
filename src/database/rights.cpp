#include "database/rights.h"

#include <array>
#include <span>
#include <string_view>

namespace posed::database {
namespace {

struct Right {
    std::string_view table;
    std::string_view privileges;
};

// UPDATE (id) is what it takes to lock a row; the id itself is GENERATED ALWAYS, and nobody can change it.

constexpr auto rights_of_server =
    std::to_array<Right>({{"migrations", "SELECT"},
                          {"videos", "SELECT, INSERT, UPDATE (id), DELETE"},
                          {"estimations", "SELECT, UPDATE (id), DELETE"},
                          {"visualizations", "SELECT, DELETE"},
                          {"removals", "SELECT, INSERT, UPDATE (not_before), DELETE"},
                          {"tasks", "SELECT, INSERT, UPDATE"},
                          {"task_revisions", "SELECT, INSERT, UPDATE"},
                          {"workers", "SELECT"},
                          {"worker_capabilities", "SELECT"}});

constexpr auto rights_of_janitor = std::to_array<Right>({{"migrations", "SELECT"},
                                                         {"videos", "SELECT, UPDATE (id), DELETE"},
                                                         {"estimations", "SELECT, UPDATE (id), DELETE"},
                                                         {"visualizations", "SELECT, DELETE"},
                                                         {"removals", "SELECT, INSERT, UPDATE, DELETE"},
                                                         {"tasks", "SELECT, UPDATE, DELETE"},
                                                         {"task_revisions", "SELECT, INSERT, UPDATE"},
                                                         {"workers", "SELECT, DELETE"},
                                                         {"worker_capabilities", "SELECT"}});

constexpr auto rights_of_worker =
    std::to_array<Right>({{"migrations", "SELECT"},
                          {"videos", "SELECT, UPDATE (id)"},
                          {"estimations", "SELECT, INSERT, UPDATE (id)"},
                          {"visualizations", "SELECT, INSERT"},
                          {"removals", "SELECT, INSERT, UPDATE (not_before), DELETE"},
                          {"tasks", "SELECT, UPDATE"},
                          {"task_revisions", "SELECT, INSERT, UPDATE"},
                          {"workers", "SELECT, INSERT, UPDATE, DELETE"},
                          {"worker_capabilities", "SELECT, INSERT"}});

std::span<const Right> rights_of(User user) {
    switch (user) {
        case User::server:
            return rights_of_server;
        case User::janitor:
            return rights_of_janitor;
        case User::worker:
            return rights_of_worker;
    }
    return {};
}

/// Names cannot be parameters of a statement.
std::string identifier(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

}  // namespace

Result<> grant_rights(Database& database, std::initializer_list<User> users, const std::string& role) {
    TRY(check_text("the name of the role", role));
    if (role.empty() || role.find('"') != std::string::npos)
        return fail(Code::invalid_argument, "'" + role + "' cannot be the name of a role");
    auto transaction = database.write();
    transaction.lock_schema();
    if (transaction.query("SELECT 1 AS found FROM pg_roles WHERE rolname = :role", {{"role", role}}).empty())
        return fail(Code::not_found, "the database has no role " + role,
                    "make it first: CREATE ROLE ... LOGIN PASSWORD ...");
    const auto schema = identifier(
        transaction.query("SELECT current_schema()::text AS name").front().get<std::string>("name"));
    transaction.execute("REVOKE ALL ON ALL TABLES IN SCHEMA " + schema + " FROM " + identifier(role));
    transaction.execute("GRANT USAGE ON SCHEMA " + schema + " TO " + identifier(role));
    for (const auto user : users)
        for (const auto& [table, privileges] : rights_of(user))
            transaction.execute("GRANT " + std::string(privileges) + " ON " + std::string(table) + " TO " +
                                identifier(role));
    transaction.commit();
    return {};
}

}  // namespace posed::database
