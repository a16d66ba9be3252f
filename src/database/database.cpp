#include "database/database.h"

#include <optional>
#include <utility>

#include "database/pool.h"
#include "database/session.h"

namespace posed::database {

struct Transaction::State {
    explicit State(Lease taken) noexcept : lease(std::move(taken)) {}

    std::optional<Lease> lease;  ///< nothing after the end

    [[nodiscard]] Session& session() {
        if (!lease)
            throw std::logic_error("the transaction has been committed");
        return lease->session();
    }
};

Transaction::Transaction(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;

Transaction::~Transaction() {
    if (state_ && state_->lease)
        state_->lease->session().roll_back();
}

Rows Transaction::query(std::string_view statement, const Parameters& parameters) {
    return state_->session().query(statement, parameters);
}

std::int64_t Transaction::execute(std::string_view statement, const Parameters& parameters) {
    return state_->session().execute(statement, parameters);
}

bool Transaction::has_table(std::string_view name) {
    return state_->session().has_table(name);
}

void Transaction::lock_schema() {
    state_->session().lock_schema();
}

std::chrono::microseconds Transaction::now() {
    return state_->session().now();
}

void Transaction::commit() {
    state_->session().commit();
    state_->lease.reset();
}

struct ChangeCounter::State {
    explicit State(std::unique_ptr<Session> opened) noexcept : session(std::move(opened)) {}

    std::unique_ptr<Session> session;
};

ChangeCounter::ChangeCounter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ChangeCounter::ChangeCounter(ChangeCounter&&) noexcept = default;
ChangeCounter::~ChangeCounter() = default;

std::int64_t ChangeCounter::data_version() {
    return state_->session->data_version();
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
    TRY(check_sqlite_file(file));
    auto pool = std::make_unique<Pool>(sqlite_dialect(file, options.wait_max, clock), options);
    TRY(pool->open_first());
    return std::unique_ptr<Database>(new Database(std::move(pool)));
}

Result<std::unique_ptr<Database>> open_postgres(const std::string& url, const DatabaseOptions& options,
                                                const Clock* clock) {
    TRY(check_postgres_url(url));
    auto pool = std::make_unique<Pool>(postgres_dialect(url, options, clock), options);
    TRY(pool->open_first());
    return std::unique_ptr<Database>(new Database(std::move(pool)));
}

}  // namespace posed::database
