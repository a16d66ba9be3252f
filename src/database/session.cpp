#include "database/session.h"

#include <stdexcept>
#include <utility>

namespace posed::database {
namespace {

/// Some databases cut text at NUL, some refuse broken UTF-8: who takes text from outside has to check it
/// first.
void check_texts(const Parameters& parameters) {
    for (const auto& [name, value] : parameters)
        if (const auto* text = std::get_if<std::string>(&value.content()))
            if (const auto checked = check_text(name, *text); !checked)
                throw std::logic_error(checked.error().message);
}

}  // namespace

/// SOCI's `what()` quotes the bound values; only the message proper goes on.
template <class Work>
auto Session::with_our_exceptions(Work work) {
    try {
        return work();
    } catch (const soci::soci_error& error) {
        const auto failure = dialect_.meaning_of(error);
        failed_ = true;
        usable_ = usable_ && failure != Failure::unavailable && dialect_.outlives_failures();
        switch (failure) {
            case Failure::constraint:
                throw ConstraintViolation(error.get_error_message());
            case Failure::unavailable:
                throw Unavailable(error.get_error_message());
            case Failure::mistake:
                break;
        }
        throw std::logic_error(error.get_error_message());
    }
}

Result<std::unique_ptr<Session>> Session::open(const Dialect& dialect) {
    try {
        return std::unique_ptr<Session>(new Session(dialect, dialect.connect()));
    } catch (const soci::soci_error& error) {
        return fail(Code::unavailable, error.get_error_message());
    }
}

void Session::begin(Access access) {
    access_ = access;
    failed_ = false;
    control(dialect_.begin(access));
}

/// PostgreSQL answers the COMMIT of a failed transaction by rolling it back, and calls that done.
void Session::commit() {
    if (failed_)
        throw std::logic_error("a transaction of which a statement has failed was to be committed");
    control("COMMIT");
}

void Session::roll_back() noexcept {
    try {
        control("ROLLBACK");
    } catch (const std::exception&) {
        usable_ = false;  // whoever replaces the session ends its transaction
    }
}

Rows Session::query(std::string_view statement, const Parameters& parameters) {
    return with_our_exceptions([&] { return allowed(prepared(statement, parameters)).query(parameters); });
}

std::int64_t Session::execute(std::string_view statement, const Parameters& parameters) {
    return with_our_exceptions([&] { return allowed(prepared(statement, parameters)).execute(parameters); });
}

bool Session::has_table(std::string_view name) {
    return dialect_.has_table(*this, name);
}

std::chrono::microseconds Session::now() {
    return dialect_.now(*this);
}

std::int64_t Session::data_version() {
    return dialect_.data_version(*this);
}

void Session::lock_schema() {
    dialect_.lock_schema(*this);
}

Statement& Session::prepared(std::string_view text, const Parameters& parameters) {
    check_texts(parameters);
    auto found = statements_.find(text);
    if (found == statements_.end())
        found = statements_.emplace(text, nullptr).first;
    auto& statement = found->second;
    if (!statement || !statement->fits(parameters))
        statement = std::make_unique<Statement>(*connection_, dialect_, text, parameters, statement.get());
    return *statement;
}

void Session::control(std::string_view text) {
    with_our_exceptions([&] { return prepared(text, {}).execute({}); });
}

Statement& Session::allowed(Statement& statement) const {
    if (access_ == Access::read && !statement.only_reads())
        throw std::logic_error("a transaction that only reads was asked to write");
    return statement;
}

}  // namespace posed::database
