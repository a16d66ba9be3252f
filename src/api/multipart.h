#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// multipart/form-data (RFC 7578), read as it arrives.
namespace posed::api {

/// The boundary that a Content-Type of multipart/form-data names. Nothing for other types, or a boundary that
/// RFC 2046 does not allow.
[[nodiscard]] std::optional<std::string> multipart_boundary(std::string_view content_type);

struct PartHead {
    std::string name;
    std::optional<std::string> filename = {};  ///< as sent, hence hostile; absent for an ordinary field

    friend bool operator==(const PartHead&, const PartHead&) = default;
};

/// What the parser finds, in order. An error stops it.
class PartHandler {
  public:
    virtual ~PartHandler() = default;
    [[nodiscard]] virtual Result<> begin_part(PartHead head) = 0;
    [[nodiscard]] virtual Result<> add_to_part(std::string_view bytes) = 0;
    [[nodiscard]] virtual Result<> end_part() = 0;
};

/// Takes the body in pieces of any size and holds no more than a part's head. Errors: malformed, and those of
/// the handler. After an error it must not be used.
class MultipartParser {
  public:
    MultipartParser(std::string_view boundary, PartHandler& handler);

    [[nodiscard]] Result<> feed(std::string_view bytes);

    /// To be called at the body's end: was the final boundary there?
    [[nodiscard]] Result<> finish() const;

  private:
    enum class State : std::uint8_t { preamble, after_delimiter, head, data, epilogue };

    [[nodiscard]] Result<std::string_view> skip_to_delimiter(std::string_view bytes);
    [[nodiscard]] Result<std::string_view> continue_delimiter(std::string_view bytes);
    [[nodiscard]] Result<std::string_view> end_delimiter(std::string_view bytes);
    [[nodiscard]] Result<std::string_view> collect_head(std::string_view bytes);
    [[nodiscard]] Result<> emit(std::string_view bytes);
    [[nodiscard]] Result<> pass_delimiter();

    PartHandler& handler_;
    std::string delimiter_;  ///< with the line end before it and the two dashes
    State state_ = State::preamble;
    /// Bytes of the delimiter that the last piece ended with. The first one may stand without a line end.
    std::size_t matched_ = 2;
    std::string line_;  ///< what follows a delimiter, or a head, until it is whole
    std::size_t parts_ = 0;
};

}  // namespace posed::api
