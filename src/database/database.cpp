#include "database/database.h"

#include <cerrno>
#include <utility>

#include <unistd.h>

#include "database/pool.h"
#include "database/session.h"

namespace posed::database {

struct Transaction::State {
    Lease lease;
    bool open = true;
};

Transaction::Transaction(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;

Transaction::~Transaction() {
    if (state_ && state_->open)
        state_->lease.session().roll_back();
}

Rows Transaction::query(std::string_view statement, const Parameters& parameters) {
    return state_->lease.session().query(statement, parameters);
}

std::int64_t Transaction::execute(std::string_view statement, const Parameters& parameters) {
    return state_->lease.session().execute(statement, parameters);
}

bool Transaction::has_table(std::string_view name) {
    return state_->lease.session().has_table(name);
}

std::chrono::microseconds Transaction::now() {
    return state_->lease.session().now();
}

void Transaction::commit() {
    state_->lease.session().commit();
    state_->open = false;
}

struct ChangeCounter::State {
    std::unique_ptr<Session> session;
};

ChangeCounter::ChangeCounter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ChangeCounter::ChangeCounter(ChangeCounter&&) noexcept = default;
ChangeCounter::~ChangeCounter() = default;

std::int64_t ChangeCounter::data_version() {
    return state_->session->query("PRAGMA data_version", {}).front().get<std::int64_t>("data_version");
}

Database::Database(std::unique_ptr<Pool> pool) noexcept : pool_(std::move(pool)) {}
Database::~Database() = default;

Transaction Database::begin(Access access) {
    auto lease = pool_->take(access);
    lease.session().begin(access);
    return Transaction(std::make_unique<Transaction::State>(std::move(lease)));
}

Transaction Database::write() {
    return begin(Access::write);
}

Transaction Database::read() {
    return begin(Access::read);
}

ChangeCounter Database::change_counter() {
    auto session = pool_->open_another();
    if (!session)
        throw Unavailable(session.error().message);
    return ChangeCounter(std::make_unique<ChangeCounter::State>(std::move(*session)));
}

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                              const DatabaseOptions& options, const Clock& clock) {
    // SOCI takes the name between quotation marks, and has no way to write one inside.
    if (file.empty() || file.string().find('"') != std::string::npos)
        return fail(Code::invalid_argument, "'" + file.string() + "' cannot name a database");
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
        return system_error(errno, folder.string());
    if (::access(file.c_str(), R_OK | W_OK) != 0 && errno != ENOENT)
        return system_error(errno, file.string());
    auto pool = std::make_unique<Pool>(sqlite_dialect(file, options.wait_max, clock), options);
    TRY(pool->open_first());
    return std::unique_ptr<Database>(new Database(std::move(pool)));
}

}  // namespace posed::database
