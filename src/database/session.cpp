#include "database/session.h"

#include <algorithm>
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
        switch (dialect_.meaning_of(error)) {
            case Failure::constraint:
                throw ConstraintViolation(error.get_error_message());
            case Failure::unavailable:
                usable_ = false;
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
    control(dialect_.begin(access));
}

void Session::commit() {
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
    const auto tables = query(connection_->get_backend()->get_table_names_query(), {});
    return std::ranges::any_of(tables,
                               [&](const Row& row) { return row.get<std::string>("TABLE_NAME") == name; });
}

std::chrono::microseconds Session::now() {
    return with_our_exceptions([&] { return dialect_.now(*connection_); });
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
