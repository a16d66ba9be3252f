#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "database/row.h"

/// Records that outlive the process. SQL goes through transactions and is kept to what SQLite and PostgreSQL
/// both understand; where they differ, `Dialect` has the word.
namespace posed::database {

/// The database cannot answer now: it is gone, locked for too long, its disk is full, or every session is in
/// use. Nothing of the transaction stays, but for a `commit` that throws this: its outcome is unknown.
class Unavailable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A statement that a constraint of the schema refused. The message names the constraint, never the values.
class ConstraintViolation : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct DatabaseOptions {
    int sessions_max = 8;
    /// How long a caller waits at most for a session, and for a lock that somebody else holds.
    std::chrono::milliseconds wait_max{5000};
    /// How long a PostgreSQL server works on a statement at most.
    std::chrono::milliseconds statement_max{30'000};
};

enum class Access : std::uint8_t { read, write };

class Pool;

/// A unit of work on a session of its own: all of it or, unless it ends with `commit`, nothing. For one
/// thread; a thread has one at a time. Every call may throw Unavailable, and after any exception only the
/// destructor may follow.
class Transaction {
  public:
    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// The rows of a SELECT, or of what RETURNING names. `:name` in the statement takes the parameter of that
    /// name; each must be given, and no other. Statements stay prepared per session, so let values be
    /// parameters, never part of the text. FOR UPDATE, FOR UPDATE SKIP LOCKED and FOR KEY SHARE may be
    /// written, and mean something where writers do not go one after another. Throws ConstraintViolation.
    [[nodiscard]] Rows query(std::string_view statement, const Parameters& parameters = {});

    /// The number of rows that an INSERT, UPDATE or DELETE touched. Throws ConstraintViolation.
    std::int64_t execute(std::string_view statement, const Parameters& parameters = {});

    [[nodiscard]] bool has_table(std::string_view name);

    /// Until the end nobody else has this lock. Waits for as long as somebody has, and lets what follows take
    /// any time: a schema is changed under it.
    void lock_schema();

    /// What the database's clock says: the only time that leases and due dates are compared with.
    [[nodiscard]] std::chrono::microseconds now();

    /// Makes the work durable, and gives the session back. The last call.
    void commit();

  private:
    friend class Database;
    struct State;
    explicit Transaction(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

/// A number that changes when anybody else commits: for pollers. Has a session of its own. One thread at a
/// time.
class ChangeCounter {
  public:
    ChangeCounter(ChangeCounter&&) noexcept;
    ChangeCounter& operator=(ChangeCounter&&) = delete;
    ChangeCounter(const ChangeCounter&) = delete;
    ChangeCounter& operator=(const ChangeCounter&) = delete;
    ~ChangeCounter();

    /// Compare it with an earlier answer of the same counter. Throws Unavailable; then a new counter is
    /// needed.
    [[nodiscard]] std::int64_t data_version();

  private:
    friend class Database;
    struct State;
    explicit ChangeCounter(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

/// A pool of sessions, opened as they are needed; a broken one is replaced. Thread-safe; outlives its
/// transactions.
class Database {
  public:
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Begins a transaction that may write. On SQLite writers go one after another; on PostgreSQL those who
    /// need the same rows do, and each statement sees what was committed before it. Throws Unavailable.
    [[nodiscard]] Transaction write();

    /// Begins a transaction that only reads: one unchanging picture of the database, waiting for no writer
    /// and holding none up. Needs no `commit`. Throws Unavailable.
    [[nodiscard]] Transaction read();

    /// Throws Unavailable.
    [[nodiscard]] ChangeCounter change_counter();

  private:
    friend Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                                         const DatabaseOptions& options, const Clock& clock);
    friend Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                           const DatabaseOptions& options,
                                                           const Clock* clock);
    explicit Database(std::unique_ptr<Pool> pool) noexcept;
    [[nodiscard]] Transaction begin(Access access);
    std::unique_ptr<Pool> pool_;
};

/// Opens the SQLite file, or makes an empty one. Write-ahead log, every commit synced, foreign keys enforced.
/// Several processes may open the same file; its time is that of `clock`, which must outlive the database.
/// Errors: not_found and permission_denied for the folder or the file, invalid_argument for a name that
/// cannot be one or a network file system, unavailable when it is locked for too long, damaged or no
/// database.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                                            const DatabaseOptions& options,
                                                            const Clock& clock);

/// Connects to a PostgreSQL server: `postgresql://user:password@host:port/name`, with libpq's parameters. Its
/// time is the server's; tests that turn the time by hand give a `clock`, which must outlive the database.
/// Errors: invalid_argument for what is no such address, unavailable when the server cannot be reached or
/// does not let the user in. No message holds the password.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                              const DatabaseOptions& options,
                                                              const Clock* clock = nullptr);

/// Whether a database can keep `text`: UTF-8 without NUL. `what` names it for the caller. For whatever comes
/// from outside, before it goes into a statement. Errors: invalid_argument.
[[nodiscard]] Result<> check_text(std::string_view what, std::string_view text);

}  // namespace posed::database
