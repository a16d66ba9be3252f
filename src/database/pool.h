#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "database/database.h"
#include "database/dialect.h"
#include "database/session.h"

/// Private to this folder: the sessions of a database.
namespace posed::database {

class Pool;

/// A session taken from the pool until the end of this object. For one thread.
class Lease {
  public:
    Lease(Pool& pool, Access access) noexcept : pool_(&pool), access_(access) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          access_(other.access_),
          session_(std::move(other.session_)) {}
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    [[nodiscard]] Session& session() noexcept { return *session_; }

  private:
    friend class Pool;
    Pool* pool_;
    Access access_;
    std::unique_ptr<Session> session_;
};

/// Lends each session to one thread at a time. Where a database has one writer, those of this process take
/// turns, so that they need not poll for the lock of the file. Waits go by a clock that nobody can set.
/// Thread-safe.
class Pool {
  public:
    Pool(std::unique_ptr<Dialect> dialect, const DatabaseOptions& options)
        : dialect_(std::move(dialect)), options_(options) {}

    /// Opens a session to see whether it can be done. Errors: unavailable.
    [[nodiscard]] Result<> open_first();

    /// Throws Unavailable when none is free in time, or none can be opened.
    [[nodiscard]] Lease take(Access access);

    /// A session beside those of the pool. Errors: unavailable.
    [[nodiscard]] Result<std::unique_ptr<Session>> open_another() const { return Session::open(*dialect_); }

  private:
    friend class Lease;
    [[nodiscard]] bool may_enter_while_locked(Access access) const noexcept;
    void leave(Access access, std::unique_ptr<Session> session) noexcept;

    std::unique_ptr<Dialect> dialect_;
    DatabaseOptions options_;
    std::mutex mutex_;
    std::condition_variable readers_turn_;
    std::condition_variable writers_turn_;
    std::vector<std::unique_ptr<Session>> idle_;
    int taken_ = 0;
    bool writing_ = false;
};

}  // namespace posed::database
