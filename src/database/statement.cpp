#include "database/statement.h"

#include <stdexcept>
#include <utility>

namespace posed::database {
namespace {

using Content = std::variant<std::string, long long, double>;

bool is_null(const Value& value) noexcept {
    return std::holds_alternative<std::monostate>(value.content());
}

Content content_of(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.content()))
        return static_cast<long long>(*number);
    if (const auto* number = std::get_if<double>(&value.content()))
        return *number;
    if (const auto* text = std::get_if<std::string>(&value.content()))
        return *text;
    return std::string();
}

/// The alternative of a place that takes such a value; NULL has none.
std::size_t alternative_for(const Value& value) noexcept {
    switch (value.content().index()) {
        case 1:
            return 1;
        case 2:
            return 2;
        default:
            return 0;
    }
}

}  // namespace

Statement::Statement(soci::session& session, const Dialect& dialect, std::string_view text,
                     const Parameters& parameters, const Statement* earlier)
    : dialect_(dialect), statement_(session) {
    add_places(parameters, earlier);
    statement_.alloc();
    statement_.prepare(dialect.in_own_words(text));
    bind_places();
    if (dialect.parameter_count(statement_) != parameters.size())
        throw std::logic_error("a statement got " + std::to_string(parameters.size()) + " parameters for " +
                               std::to_string(dialect.parameter_count(statement_)));
    only_reads_ = dialect.only_reads(statement_);
    columns_ = std::make_shared<const Row::Columns>(dialect.columns_of(statement_));
}

bool Statement::fits(const Parameters& parameters) const noexcept {
    if (parameters.size() != places_.size())
        return false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& [name, value] = parameters[i];
        if (name != places_[i].name ||
            (!is_null(value) && alternative_for(value) != places_[i].content.index()))
            return false;
    }
    return true;
}

/// A NULL keeps the type that its place had before, so that a statement is not prepared again and again.
void Statement::add_places(const Parameters& parameters, const Statement* earlier) {
    places_.reserve(parameters.size());
    for (const auto& [name, value] : parameters) {
        const auto i = places_.size();
        const bool keep = is_null(value) && earlier != nullptr && i < earlier->places_.size() &&
                          earlier->places_[i].name == name;
        places_.push_back({std::string(name), keep ? earlier->places_[i].content : content_of(value)});
    }
}

void Statement::bind_places() {
    for (auto& place : places_)
        std::visit(
            [&](auto& content) { statement_.exchange(soci::use(content, place.indicator, place.name)); },
            place.content);
    statement_.define_and_bind();
}

void Statement::fill_places(const Parameters& parameters) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& value = parameters[i].value;
        places_[i].indicator = is_null(value) ? soci::i_null : soci::i_ok;
        if (const auto* number = std::get_if<std::int64_t>(&value.content()))
            std::get<long long>(places_[i].content) = *number;
        else if (const auto* real = std::get_if<double>(&value.content()))
            std::get<double>(places_[i].content) = *real;
        else if (const auto* text = std::get_if<std::string>(&value.content()))
            std::get<std::string>(places_[i].content) = *text;
    }
}

Rows Statement::query(const Parameters& parameters) {
    fill_places(parameters);
    Rows rows;
    bool more = statement_.execute(true);
    while (more) {
        rows.emplace_back(columns_, dialect_.current_row(statement_));
        more = statement_.get_backend()->fetch(1) == soci::details::statement_backend::ef_success;
    }
    return rows;
}

std::int64_t Statement::execute(const Parameters& parameters) {
    fill_places(parameters);
    statement_.execute(true);
    return statement_.get_affected_rows();
}

}  // namespace posed::database
