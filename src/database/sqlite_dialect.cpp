#include <array>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>

#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "database/data_directory.h"
#include "database/dialect.h"
#include "database/session.h"

namespace posed::database {
namespace {

using namespace sqlite_api;  // SOCI includes sqlite3.h into this namespace

/// Of each session, for pages that it reads again: SQLite's own 2 MB hold some thousand tasks.
constexpr int cache_kilobytes = 8192;

sqlite3_stmt* handle_of(soci::statement& statement) {
    return static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_;
}

std::string text_of(sqlite3_stmt* statement, int column) {
    const auto* text = sqlite3_column_text(statement, column);
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

Value value_of(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(statement, column)};
        case SQLITE_FLOAT:
            return sqlite3_column_double(statement, column);
        case SQLITE_NULL:
            return {};
        default:
            return text_of(statement, column);
    }
}

/// Sessions are lent to one thread at a time, so no call need lock its connection; and nobody asks how much
/// memory SQLite holds, which it counts under a lock of all threads. It takes this only before its first use
/// in the process; where that has been, it is as right without, and slower.
void spare_locks() {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

class SqliteDialect final : public Dialect {
  public:
    SqliteDialect(std::filesystem::path file, std::chrono::milliseconds wait_max, const Clock& clock)
        : file_(std::move(file)), wait_max_(wait_max), clock_(clock) {}

    std::unique_ptr<soci::session> connect() const override {
        auto session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + file_.string() + "\"");
        *session << "PRAGMA busy_timeout = " + std::to_string(wait_max_.count());
        *session << "PRAGMA journal_mode = WAL";
        *session << "PRAGMA synchronous = FULL";
        *session << "PRAGMA foreign_keys = ON";
        *session << "PRAGMA cache_size = -" + std::to_string(cache_kilobytes);
        return session;
    }

    bool is_connected(soci::session&) const noexcept override { return true; }
    bool has_one_writer() const noexcept override { return true; }
    bool outlives_failures() const noexcept override { return true; }

    /// A deferred transaction that reads first and then writes fails at once when somebody else wrote in
    /// between; no timeout helps. So writers take the lock at the beginning.
    std::string_view begin(Access access) const noexcept override {
        return access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED";
    }

    /// AUTOINCREMENT gives no number twice. Rows need no locks: a transaction that writes is the only one.
    std::string in_own_words(std::string_view statement) const override {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
            {{"BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"},
             {"FOR UPDATE SKIP LOCKED", ""},
             {"FOR UPDATE", ""},
             {"FOR KEY SHARE", ""}}};
        std::string text(statement);
        for (const auto& [theirs, ours] : words)
            for (auto at = text.find(theirs); at != std::string::npos; at = text.find(theirs, at))
                text.replace(at, theirs.size(), ours);
        return text;
    }

    std::size_t parameter_count(soci::statement& statement) const override {
        return static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_of(statement)));
    }

    bool only_reads(soci::statement& statement) const override {
        return sqlite3_stmt_readonly(handle_of(statement)) != 0;
    }

    Row::Columns columns_of(soci::statement& statement) const override {
        auto* handle = handle_of(statement);
        Row::Columns columns;
        for (int column = 0; column < sqlite3_column_count(handle); ++column)
            columns.emplace_back(sqlite3_column_name(handle, column));
        return columns;
    }

    /// SOCI's own rows cut an INTEGER at 32 bits and hand every expression over as text.
    std::vector<Value> current_row(soci::statement& statement) const override {
        auto* handle = handle_of(statement);
        const auto count = sqlite3_column_count(handle);
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(count));
        for (int column = 0; column < count; ++column)
            values.push_back(value_of(handle, column));
        return values;
    }

    std::chrono::microseconds now(Session&) const override { return clock_.now(); }

    bool has_table(Session& session, std::string_view name) const override {
        return !session
                    .query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = :name",
                           {{"name", name}})
                    .empty();
    }

    std::int64_t data_version(Session& session) const override {
        return session.query("PRAGMA data_version", {}).front().get<std::int64_t>("data_version");
    }

    void lock_schema(Session&) const override {}  // whoever writes is alone

    Failure meaning_of(const soci::soci_error& error) const noexcept override {
        const auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
        switch (own == nullptr ? SQLITE_ERROR : own->result() & 0xff) {
            case SQLITE_CONSTRAINT:
                return Failure::constraint;
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
            case SQLITE_FULL:
            case SQLITE_IOERR:
            case SQLITE_CANTOPEN:
            case SQLITE_READONLY:
            case SQLITE_PERM:
            case SQLITE_CORRUPT:
            case SQLITE_NOTADB:
            case SQLITE_INTERRUPT:
            case SQLITE_NOMEM:
            case SQLITE_PROTOCOL:
                return Failure::unavailable;
            default:
                return Failure::mistake;
        }
    }

  private:
    std::filesystem::path file_;
    std::chrono::milliseconds wait_max_;
    const Clock& clock_;
};

}  // namespace

Result<> check_sqlite_file(const std::filesystem::path& file) {
    // SOCI takes the name between quotation marks, and has no way to write one inside.
    if (!file.has_filename() || file.string().find('"') != std::string::npos)
        return fail(Code::invalid_argument, "'" + file.string() + "' cannot name a database");
    const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    TRY(check_file_system(directory));
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
        return system_error(errno, directory.string());
    if (std::filesystem::is_directory(file))
        return fail(Code::invalid_argument, file.string() + " is a folder");
    if (::access(file.c_str(), R_OK | W_OK) != 0 && errno != ENOENT)
        return system_error(errno, file.string());
    return {};
}

std::unique_ptr<Dialect> sqlite_dialect(const std::filesystem::path& file, std::chrono::milliseconds wait_max,
                                        const Clock& clock) {
    static std::once_flag once;
    std::call_once(once, spare_locks);
    return std::make_unique<SqliteDialect>(file, wait_max, clock);
}

}  // namespace posed::database
