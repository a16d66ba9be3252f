#include <array>
#include <charconv>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>

#include "database/dialect.h"
#include "database/session.h"

namespace posed::database {
namespace {

/// What the address does not say otherwise: how long to wait for a connection, when a machine that went
/// without a word is taken for gone, and that a copy of the database that only reads will not do.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> connection_defaults{
    {{"connect_timeout", "5"},
     {"keepalives_idle", "10"},
     {"keepalives_interval", "5"},
     {"keepalives_count", "3"},
     {"tcp_user_timeout", "15000"},
     {"target_session_attrs", "read-write"},
     {"application_name", "posed"}}};

/// Somebody who stops in the middle of a transaction holds others up; after that the server ends it.
constexpr std::chrono::seconds idle_in_transaction_max{10};

/// "posed" in ASCII. Of this lock PostgreSQL knows only the number.
constexpr std::int64_t schema_lock = 0x706f736564;

// Types by their numbers in pg_type, which never change.
enum TypeNumber : unsigned { boolean = 16, int8 = 20, int2 = 21, int4 = 23, float4 = 700, float8 = 701 };

using ResultOwner = std::unique_ptr<PGresult, decltype(&PQclear)>;

PGconn* connection_of(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

soci::postgresql_statement_backend& backend_of(soci::statement& statement) {
    return static_cast<soci::postgresql_statement_backend&>(*statement.get_backend());
}

template <class Number>
Number number_in(std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Value value_at(const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column) != 0)
        return {};
    const std::string_view text(PQgetvalue(result, row, column),
                                static_cast<std::size_t>(PQgetlength(result, row, column)));
    switch (PQftype(result, column)) {
        case boolean:
            return text == "t";
        case int8:
        case int4:
        case int2:
            return number_in<std::int64_t>(text);
        case float8:
        case float4:
            return number_in<double>(text);
        default:
            return text;
    }
}

void ignore_notice(void*, const PGresult*) {}

class PostgresDialect final : public Dialect {
  public:
    PostgresDialect(std::string url, const DatabaseOptions& options, const Clock* clock)
        : url_(std::move(url)), options_(options), clock_(clock) {}

    std::unique_ptr<soci::session> connect() const override {
        auto session = std::make_unique<soci::session>(soci::postgresql, url_);
        PQsetErrorVerbosity(connection_of(*session), PQERRORS_TERSE);  // the details quote values
        PQsetNoticeReceiver(connection_of(*session), &ignore_notice, nullptr);
        const auto set = [](const char* name, std::chrono::milliseconds value) {
            return std::string("SET ") + name + " = " + std::to_string(value.count()) + ";";
        };
        *session << set("lock_timeout", options_.wait_max) +
                        set("statement_timeout", options_.statement_max) +
                        set("idle_in_transaction_session_timeout", idle_in_transaction_max);
        return session;
    }

    bool is_connected(soci::session& session) const noexcept override {
        auto* connection = connection_of(session);
        pollfd socket{.fd = PQsocket(connection), .events = POLLRDHUP, .revents = 0};
        return PQstatus(connection) == CONNECTION_OK && ::poll(&socket, 1, 0) == 0;
    }

    bool has_one_writer() const noexcept override { return false; }

    /// When a statement of SOCI's fails, it keeps what was bound, and gives it in place of the next NULL.
    bool outlives_failures() const noexcept override { return false; }

    std::string_view begin(Access access) const noexcept override {
        return access == Access::write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                       : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    }

    std::string in_own_words(std::string_view statement) const override { return std::string(statement); }

    std::size_t parameter_count(soci::statement& statement) const override {
        const auto& names = backend_of(statement).names_;
        return std::set<std::string>(names.begin(), names.end()).size();
    }

    bool only_reads(soci::statement&) const override {
        return true;  // as far as we know; the server refuses others in a transaction that only reads
    }

    Row::Columns columns_of(soci::statement& statement) const override {
        const auto& backend = backend_of(statement);
        const ResultOwner described(
            PQdescribePrepared(backend.session_.conn_, backend.statementName_.c_str()), &PQclear);
        Row::Columns columns;
        for (int column = 0; column < PQnfields(described.get()); ++column)
            columns.emplace_back(PQfname(described.get(), column));
        return columns;
    }

    std::vector<Value> current_row(soci::statement& statement) const override {
        const auto& backend = backend_of(statement);
        const PGresult* result = backend.result_;
        const auto count = PQnfields(result);
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(count));
        for (int column = 0; column < count; ++column)
            values.push_back(value_at(result, backend.currentRow_, column));
        return values;
    }

    /// Not the time at which the transaction began: it may have waited for others since.
    std::chrono::microseconds now(Session& session) const override {
        if (clock_ != nullptr)
            return clock_->now();
        return session.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us", {})
            .front()
            .get<std::chrono::microseconds>("now_us");
    }

    bool has_table(Session& session, std::string_view name) const override {
        return session.query("SELECT to_regclass(:name) IS NOT NULL AS found", {{"name", name}})
            .front()
            .get<bool>("found");
    }

    /// Which transactions have ended, as every snapshot tells; those of other databases of the server too.
    std::int64_t data_version(Session& session) const override {
        return session.query("SELECT hashtextextended(pg_current_snapshot()::text, 0) AS version", {})
            .front()
            .get<std::int64_t>("version");
    }

    /// Statements that then wait for a table still give up in time: whoever waits for one has everybody else
    /// wait behind.
    void lock_schema(Session& session) const override {
        session.execute("SET LOCAL statement_timeout = 0", {});
        session.execute("SET LOCAL lock_timeout = 0", {});
        static_cast<void>(session.query("SELECT pg_advisory_xact_lock(:key)", {{"key", schema_lock}}));
        session.execute("SET LOCAL lock_timeout = " + std::to_string(options_.wait_max.count()), {});
    }

    Failure meaning_of(const soci::soci_error& error) const noexcept override {
        const auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        if (own == nullptr)
            return Failure::mistake;
        const auto state = own->sqlstate();
        if (state.starts_with("23"))
            return Failure::constraint;
        // Connections; resources; whoever operates the server; the system; its own faults; deadlocks; locks;
        // transactions that took too long; and what SOCI says where the server said nothing.
        for (const auto* known : {"08", "53", "57", "58", "XX", "40", "55", "25P03", "25P04", "   "})
            if (state.starts_with(known))
                return Failure::unavailable;
        // A prepared statement whose table a migration has changed since: a new session prepares it anew.
        return state == "0A000" ? Failure::unavailable : Failure::mistake;
    }

  private:
    std::string url_;
    DatabaseOptions options_;
    const Clock* clock_;
};

/// The address with our defaults for what it does not say.
std::string with_defaults(std::string url) {
    for (const auto& [name, value] : connection_defaults) {
        const auto parameter = std::string(name) + "=";
        if (url.find("?" + parameter) != std::string::npos || url.find("&" + parameter) != std::string::npos)
            continue;
        url += (url.find('?') == std::string::npos ? "?" : "&") + parameter + std::string(value);
    }
    return url;
}

}  // namespace

Result<> check_postgres_url(const std::string& url) {
    char* quoting_message = nullptr;  // it may quote the password
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(url.c_str(), &quoting_message), &PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(quoting_message, &PQfreemem);
    // SOCI reads the address first, and takes spaces for its own.
    if (!url.starts_with("postgresql://") || url.find_first_of(" \t\n\r\f\v") != std::string::npos || !parsed)
        return fail(Code::invalid_argument, "the address of the database cannot be read",
                    "write it as postgresql://user:password@host:port/name, with special characters as %XX");
    return {};
}

std::unique_ptr<Dialect> postgres_dialect(const std::string& url, const DatabaseOptions& options,
                                          const Clock* clock) {
    return std::make_unique<PostgresDialect>(with_defaults(url), options, clock);
}

}  // namespace posed::database
