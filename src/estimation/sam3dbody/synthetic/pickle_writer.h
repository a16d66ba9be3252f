#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "estimation/sam3dbody/pickle.h"

namespace posed::estimation::sam3dbody {

/// Appends the instructions of a pickle (protocol 2) to a text.
class PickleWriter {
  public:
    PickleWriter() : text_("\x80\x02") {}

    void raw(std::string_view instructions) { text_ += instructions; }
    void text(std::string_view value);
    void number(std::int64_t value);
    void numbers(std::span<const std::int64_t> values);  ///< a tuple

    /// A contiguous tensor over the whole of the memory `key`.
    void tensor(ElementType type, const std::string& key, std::span<const std::int64_t> shape);

    [[nodiscard]] std::string finish() && { return std::move(text_) + "."; }

  private:
    std::string text_;
};

}  // namespace posed::estimation::sam3dbody
