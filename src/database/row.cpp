#include "database/row.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace posed::database {
namespace {

template <class T>
const T& content_as(const Value& value, std::string_view column) {
    if (const auto* content = std::get_if<T>(&value.content()))
        return *content;
    throw std::logic_error("column " + std::string(column) + " is NULL or of another type");
}

}  // namespace

const Value& Row::at(std::string_view column) const {
    const auto found = std::ranges::find(*columns_, column);
    if (found == columns_->end())
        throw std::logic_error("the answer has no column " + std::string(column));
    return values_[static_cast<std::size_t>(found - columns_->begin())];
}

void Row::read(std::string_view column, std::int64_t& result) const {
    result = content_as<std::int64_t>(at(column), column);
}

void Row::read(std::string_view column, int& result) const {
    const auto number = content_as<std::int64_t>(at(column), column);
    if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
        throw std::logic_error("column " + std::string(column) + " does not fit an int");
    result = static_cast<int>(number);
}

void Row::read(std::string_view column, bool& result) const {
    result = content_as<std::int64_t>(at(column), column) != 0;
}

void Row::read(std::string_view column, double& result) const {
    // SQLite keeps whole numbers as integers, and RETURNING shows them so.
    const auto& value = at(column);
    if (const auto* whole = std::get_if<std::int64_t>(&value.content()))
        result = static_cast<double>(*whole);
    else
        result = content_as<double>(value, column);
}

void Row::read(std::string_view column, std::string& result) const {
    result = content_as<std::string>(at(column), column);
}

void Row::read(std::string_view column, std::chrono::microseconds& result) const {
    result = std::chrono::microseconds(content_as<std::int64_t>(at(column), column));
}

}  // namespace posed::database
