#include "base/strict_json.h"

#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

namespace posed {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 16;

/// Builds the value from the parser's events. The whole text is given at once, yet strings may still come in
/// parts, because of their escapes.
class Builder {
  public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }

    bool on_object_begin(json::error_code&) {
        open_objects_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, json::error_code&) {
        open_objects_.pop_back();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t count, json::error_code&) {
        stack_.push_array(count);
        return true;
    }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        text_ += part;
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code& error) {
        text_ += part;
        if (!open_objects_.back().insert(text_).second)
            return refuse("the key '" + text_ + "' stands twice", error);
        stack_.push_key(text_);
        text_.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        text_ += part;
        return true;
    }
    bool on_string(json::string_view part, std::size_t, json::error_code&) {
        text_ += part;
        stack_.push_string(text_);
        text_.clear();
        return true;
    }

    bool on_number_part(json::string_view part, json::error_code&) {
        text_ += part;
        return true;
    }
    bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
        stack_.push_int64(value);
        text_.clear();
        return true;
    }
    bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
        stack_.push_uint64(value);
        text_.clear();
        return true;
    }
    bool on_double(double, json::string_view part, json::error_code& error) {
        text_ += part;
        double value = 0;
        if (std::from_chars(text_.data(), text_.data() + text_.size(), value).ec != std::errc{})
            return refuse("the number " + text_ + " is out of range", error);
        stack_.push_double(value);
        text_.clear();
        return true;
    }
    bool on_bool(bool value, json::error_code&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    void begin() { stack_.reset(); }
    [[nodiscard]] json::value release() { return stack_.release(); }
    [[nodiscard]] const std::string& objection() const noexcept { return objection_; }

  private:
    bool refuse(std::string objection, json::error_code& error) {
        objection_ = std::move(objection);
        error = json::make_error_code(json::error::syntax);
        return false;
    }

    json::value_stack stack_;
    std::string text_;  ///< the parts so far of a key, string or number
    std::vector<std::set<std::string, std::less<>>> open_objects_;
    std::string objection_;
};

}  // namespace

Result<json::value> parse_strictly(std::string_view text, Code corrupt) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<Builder> parser(options);
    parser.handler().begin();
    json::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size())
        error = json::make_error_code(json::error::extra_data);
    if (error) {
        const auto& objection = parser.handler().objection();
        return fail(corrupt, "its JSON is wrong at character " + std::to_string(used) + ": " +
                                 (objection.empty() ? error.message() : objection));
    }
    return parser.handler().release();
}

}  // namespace posed
