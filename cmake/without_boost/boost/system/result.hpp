#pragma once

#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

/// The part of Boost.System's result that base/result.h is made of, for the preset sam3dbody-only, which has
/// to do without Boost. Everything else is built with Boost itself.
namespace boost {

using source_location = std::source_location;

template <class Exception>
[[noreturn]] void throw_exception(const Exception& exception, const source_location&) {
    throw exception;
}

namespace system {

template <class T, class E>
class result {
  public:
    template <class U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, result>)
        // NOLINTNEXTLINE(google-explicit-constructor): as in Boost
        result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    result(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: as in Boost

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] bool has_error() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return *checked(); }
    const T& value() const& { return *checked(); }
    T&& value() && { return std::move(*checked()); }

    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    [[nodiscard]] E error() const& { return has_error() ? *std::get_if<1>(&state_) : E(); }
    [[nodiscard]] E error() && { return has_error() ? std::move(*std::get_if<1>(&state_)) : E(); }

  private:
    T* checked() {
        if (const auto* error = std::get_if<1>(&state_))
            throw_exception_from_error(*error, source_location::current());
        return std::get_if<0>(&state_);
    }
    const T* checked() const { return const_cast<result*>(this)->checked(); }

    std::variant<T, E> state_;
};

template <class E>
class result<void, E> {
  public:
    result() = default;
    result(E error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor): as in Boost

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] bool has_error() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }

    void value() const {
        if (const auto* error = std::get_if<1>(&state_))
            throw_exception_from_error(*error, source_location::current());
    }
    [[nodiscard]] E error() const& { return has_error() ? *std::get_if<1>(&state_) : E(); }
    [[nodiscard]] E error() && { return has_error() ? std::move(*std::get_if<1>(&state_)) : E(); }

  private:
    std::variant<std::monostate, E> state_;
};

}  // namespace system
}  // namespace boost
