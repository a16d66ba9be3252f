#include "database/insertion.h"

namespace posed::database {

std::string insertion_of(std::string_view table, const Parameters& row) {
    std::string columns, values;
    for (const auto& parameter : row) {
        const auto* const comma = columns.empty() ? "" : ", ";
        columns.append(comma).append(parameter.name);
        values.append(comma).append(":").append(parameter.name);
    }
    return "INSERT INTO " + std::string(table) + " (" + columns + ") VALUES (" + values + ")";
}

}  // namespace posed::database
