#include <cstddef>
#include <cstdint>

#include <sys/syscall.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "media/sandbox/confinement.h"

namespace posed::media::sandbox {
namespace {

/// The kernel's `landlock_ruleset_attr`, whose later members older headers lack.
struct Ruleset {
    std::uint64_t paths = 0;
    std::uint64_t ports = 0;   ///< from version 4 on
    std::uint64_t scopes = 0;  ///< from version 6 on
};

constexpr std::uint64_t lowest_bits(unsigned count) {
    return (std::uint64_t{1} << count) - 1;
}

/// All rights that a version of the interface knows.
Ruleset everything_of(long version) {
    Ruleset rules;
    rules.paths = lowest_bits(version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13);
    rules.ports = version >= 4 ? lowest_bits(2) : 0;
    rules.scopes = version >= 6 ? lowest_bits(2) : 0;
    return rules;
}

}  // namespace

bool forbid_paths() noexcept {
    constexpr unsigned ask_version = 1;
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
    if (version < 1)
        return false;
    const auto rules = everything_of(version);
    const std::size_t bytes = version >= 6   ? sizeof rules
                              : version >= 4 ? offsetof(Ruleset, scopes)
                                             : offsetof(Ruleset, ports);
    // Everything is governed by it and no exception is added.
    const Descriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, bytes, 0)));
    return ruleset.is_open() && ::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) == 0;
}

}  // namespace posed::media::sandbox
