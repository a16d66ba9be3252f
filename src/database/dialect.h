#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <soci/soci.h>

#include "database/database.h"

/// Private to this folder: where SQLite and PostgreSQL differ.
namespace posed::database {

class Session;

/// What a failed statement means for whoever sent it.
enum class Failure : std::uint8_t { unavailable, constraint, mistake };

/// One kind of database. Stateless but for where it is; used by every thread.
class Dialect {
  public:
    virtual ~Dialect() = default;

    /// A connection with everything set that a session needs.
    [[nodiscard]] virtual std::unique_ptr<soci::session> connect() const = 0;

    /// What can be told without asking: a server that went has closed its end.
    [[nodiscard]] virtual bool is_connected(soci::session& session) const noexcept = 0;

    /// Whether writers go one after another anyway, so that those of a pool better take turns.
    [[nodiscard]] virtual bool has_one_writer() const noexcept = 0;

    /// Whether a session is good for another transaction after a statement failed in it.
    [[nodiscard]] virtual bool outlives_failures() const noexcept = 0;

    [[nodiscard]] virtual std::string_view begin(Access access) const noexcept = 0;

    /// Statements are written as PostgreSQL reads them; the same in this database's words.
    [[nodiscard]] virtual std::string in_own_words(std::string_view statement) const = 0;

    /// Of a prepared statement; a name that stands twice counts once.
    [[nodiscard]] virtual std::size_t parameter_count(soci::statement& statement) const = 0;

    [[nodiscard]] virtual bool only_reads(soci::statement& statement) const = 0;

    [[nodiscard]] virtual Row::Columns columns_of(soci::statement& statement) const = 0;

    /// The row at which an executed statement stands, each value with the type that the database gave it.
    [[nodiscard]] virtual std::vector<Value> current_row(soci::statement& statement) const = 0;

    [[nodiscard]] virtual std::chrono::microseconds now(Session& session) const = 0;

    [[nodiscard]] virtual bool has_table(Session& session, std::string_view name) const = 0;

    /// Another one whenever somebody else has committed.
    [[nodiscard]] virtual std::int64_t data_version(Session& session) const = 0;

    /// See `Transaction::lock_schema`.
    virtual void lock_schema(Session& session) const = 0;

    [[nodiscard]] virtual Failure meaning_of(const soci::soci_error& error) const noexcept = 0;
};

/// Whether a SQLite file can be opened or made here. It is not opened for that: to close any descriptor of a
/// database gives up all locks that the process has on it. Errors: see `open_sqlite`.
[[nodiscard]] Result<> check_sqlite_file(const std::filesystem::path& file);

[[nodiscard]] std::unique_ptr<Dialect> sqlite_dialect(const std::filesystem::path& file,
                                                      std::chrono::milliseconds wait_max, const Clock& clock);

/// Errors: see `open_postgres`.
[[nodiscard]] Result<> check_postgres_url(const std::string& url);

/// `clock`, if there is one, tells the time instead of the server.
[[nodiscard]] std::unique_ptr<Dialect> postgres_dialect(const std::string& url,
                                                        const DatabaseOptions& options, const Clock* clock);

}  // namespace posed::database
