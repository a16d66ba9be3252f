// How the decoding child runs when it is built with AddressSanitizer; its environment is empty, so no option
// comes from there.

#include <sanitizer/asan_interface.h>

/// A fatal signal ends the child as it ends the product's, and what looks for leaks would have to trace it.
[[gnu::visibility("default")]] const char* __asan_default_options() {
    return "handle_segv=0:detect_leaks=0";
}
