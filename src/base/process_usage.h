#pragma once

namespace posed {

/// What the system says of this process. Zero where it says nothing.
struct ProcessUsage {
    double processor_seconds = 0;  ///< user and system, all threads
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double threads = 0;
    double open_descriptors = 0;
    double descriptors_max = 0;
    double start_seconds = 0;  ///< since 1970-01-01
};

/// Reads /proc; some tens of microseconds.
[[nodiscard]] ProcessUsage usage_of_this_process();

}  // namespace posed
