#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace posed::media::sandbox {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POSED_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSED_IS_SANITIZED true
#endif
#endif
#ifndef POSED_IS_SANITIZED
#define POSED_IS_SANITIZED false
#endif
inline constexpr bool is_sanitized = POSED_IS_SANITIZED;

/// Descriptors that the child may open besides those it is given: none, but a sanitizer probes memory through
/// pipes, two descriptors for each thread at a time.
inline constexpr int further_descriptors = is_sanitized ? 128 : 0;

/// Shuts the calling process in, for good: whatever it is made to do from now on, it computes, uses the
/// descriptors it has, and starts threads. Called by the child before it looks at a byte of the file, while
/// it has one thread.
///
/// Required, else an error: `no_new_privileges`, `limits` (no new descriptors, no file growth, no core,
/// memory and processor time bounded) and `system_calls` (an allow-list without open, socket, exec or fork;
/// others fail with EPERM). Added where the kernel allows: `user` (nobody, when started by root),
/// `namespaces` (no network interfaces, no shared IPC) and `landlock` (no path at all). The process also dies
/// with the thread that started it.
///
/// Returns the layers that hold. Errors: internal, naming the layer that is missing.
[[nodiscard]] Result<std::vector<std::string>> confine(pid_t parent);

// The layers one by one, in this order; false where the kernel does not allow an optional one.

[[nodiscard]] bool leave_namespaces() noexcept;
[[nodiscard]] bool become_nobody() noexcept;
[[nodiscard]] bool forbid_paths() noexcept;
[[nodiscard]] Result<> set_limits();
[[nodiscard]] Result<> allow_few_system_calls();

}  // namespace posed::media::sandbox
