#include "tasks/task.h"

#include <algorithm>
#include <array>
#include <utility>

namespace posed::tasks {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 6> names = {{{State::pending, "PENDING"},
                                                                      {State::started, "STARTED"},
                                                                      {State::retry, "RETRY"},
                                                                      {State::success, "SUCCESS"},
                                                                      {State::failure, "FAILURE"},
                                                                      {State::revoked, "REVOKED"}}};

}  // namespace

std::string_view name_of(State state) noexcept {
    return names[static_cast<std::size_t>(state)].second;
}

std::optional<State> state_named(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(names, name, [](const auto& entry) { return entry.second; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

bool is_final(State state) noexcept {
    return state == State::success || state == State::failure || state == State::revoked;
}

}  // namespace posed::tasks
