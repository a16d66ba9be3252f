#include "api/schema.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/core/demangle.hpp>

namespace posed::api {

Schema::Schema() = default;

Schema::Schema(Kind of_kind, std::string of_name, std::string of_format)
    : kind(of_kind), name(std::move(of_name)), format(std::move(of_format)) {}

void Rule::apply_to(Field& field) const {
    field.description = description_;
    field.required = required_;
    auto& schema = field.schema;
    if (bounds_.minimum)
        schema.minimum = bounds_.minimum;
    if (bounds_.above)
        schema.above = bounds_.above;
    if (bounds_.maximum)
        schema.maximum = bounds_.maximum;
    if (bounds_.length_min)
        schema.length_min = bounds_.length_min;
    if (bounds_.length_max)
        schema.length_max = bounds_.length_max;
    if (!bounds_.format.empty())
        schema.format = bounds_.format;
}

void apply_rules(const Rules& rules, std::vector<Field>& fields) {
    for (const auto& rule : rules) {
        const auto field = std::ranges::find(fields, rule.name(), &Field::name);
        if (field == fields.end())
            throw std::logic_error("a rule for '" + rule.name() + "', which is no member");
        rule.apply_to(*field);
    }
}

std::string type_name(const std::type_info& type) {
    const auto name = boost::core::demangle(type.name());
    const auto colon = name.rfind("::");
    return colon == std::string::npos ? name : name.substr(colon + 2);
}

}  // namespace posed::api
