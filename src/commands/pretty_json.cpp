#include "commands/pretty_json.h"

#include <algorithm>
#include <ostream>
#include <string>

#include <boost/json.hpp>

namespace posed::commands {
namespace json = boost::json;
namespace {

bool flat(const json::value& value) {
    const auto scalar = [](const json::value& element) {
        return !element.is_object() && !element.is_array();
    };
    if (const auto* array = value.if_array())
        return std::ranges::all_of(*array, scalar);
    if (const auto* object = value.if_object())
        return std::ranges::all_of(*object, [&](const auto& member) { return scalar(member.value()); });
    return true;
}

void print(std::ostream& out, const json::value& value, const std::string& indent, bool outermost) {
    if (!outermost && flat(value)) {
        out << json::serialize(value);
        return;
    }
    const auto deeper = indent + "  ";
    const bool object = value.is_object();
    out << (object ? '{' : '[');
    const char* separator = "\n";
    const auto begin_element = [&] {
        out << separator << deeper;
        separator = ",\n";
    };
    if (object) {
        for (const auto& [key, element] : value.get_object()) {
            begin_element();
            out << json::serialize(key) << ": ";
            print(out, element, deeper, false);
        }
    } else {
        for (const auto& element : value.get_array()) {
            begin_element();
            print(out, element, deeper, false);
        }
    }
    out << '\n' << indent << (object ? '}' : ']');
}

}  // namespace

void print_pretty(std::ostream& out, const json::value& value) {
    print(out, value, "", value.is_object() || value.is_array());
    out << '\n';
}

}  // namespace posed::commands
