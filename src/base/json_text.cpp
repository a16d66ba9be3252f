#include "base/json_text.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace posed {
namespace {

namespace json = boost::json;

bool is_scalar(const json::value& value) {
    return !value.is_object() && !value.is_array();
}

bool is_flat(const json::array& elements) {
    return std::ranges::all_of(elements, is_scalar);
}

bool is_flat(const json::object& members) {
    return std::ranges::all_of(members, [](const auto& member) { return is_scalar(member.value()); });
}

class Printer {
  public:
    explicit Printer(bool indented) : indented_(indented) {}

    [[nodiscard]] std::string print(const json::value& value) {
        append(value, true);
        return std::move(text_);
    }

  private:
    void append(const json::value& value, bool outermost = false) {
        if (const auto* object = value.if_object())
            append_list('{', '}', *object, outermost, [this](const json::key_value_pair& member) {
                text_ += json::serialize(json::string(member.key())) + (indented_ ? ": " : ":");
                append(member.value());
            });
        else if (const auto* array = value.if_array())
            append_list('[', ']', *array, outermost, [this](const json::value& element) { append(element); });
        else if (const auto* number = value.if_double())
            append_number(text_, *number);
        else
            text_ += json::serialize(value);
    }

    template <class Container, class Append>
    void append_list(char open, char close, const Container& elements, bool outermost, Append append_one) {
        const bool on_lines = indented_ && !elements.empty() && (outermost || !is_flat(elements));
        const char* separator = on_lines ? "," : (indented_ ? ", " : ",");
        text_ += open;
        depth_ += 1;
        for (const auto& element : elements) {
            if (&element != &*elements.begin())
                text_ += separator;
            if (on_lines)
                begin_line();
            append_one(element);
        }
        depth_ -= 1;
        if (on_lines)
            begin_line();
        text_ += close;
    }

    void begin_line() { text_ += '\n' + std::string(2 * depth_, ' '); }

    bool indented_;
    std::string text_;
    std::size_t depth_ = 0;
};

}  // namespace

std::string json_line(const json::value& value) {
    return Printer(false).print(value);
}

std::string indented_json(const json::value& value) {
    return Printer(true).print(value) + '\n';
}

}  // namespace posed
