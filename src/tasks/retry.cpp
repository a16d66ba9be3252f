#include "tasks/retry.h"

#include <algorithm>

namespace posed::tasks {

Verdict verdict_on(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
        case Code::not_found:
        case Code::unsupported_media:
        case Code::corrupt_media:
        case Code::no_video_stream:
        case Code::empty_window:
        case Code::limit_exceeded:
        case Code::frames_lost:
        case Code::corrupt_archive:
        case Code::wrong_video:
        case Code::malformed:
        case Code::expired:
        case Code::estimator_unavailable:
            return Verdict::permanent;
        case Code::permission_denied:
        case Code::corrupt_model:
        case Code::model_missing:
        case Code::storage_full:
        case Code::input_output:
        case Code::conflict:
        case Code::decoder_crashed:
        case Code::cancelled:
        case Code::internal:
            return Verdict::transient;
        case Code::unavailable:
            return Verdict::outage;
    }
    return Verdict::transient;
}

std::chrono::microseconds retry_delay(std::int64_t attempts, Random& random) {
    constexpr std::int64_t doublings_max = 5;  // 2 s, 4 s ... 64 s
    const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, doublings_max);
    const std::chrono::microseconds longest = std::min(first_retry_delay * (std::int64_t{1} << doublings),
                                                       std::chrono::seconds(longest_retry_delay));
    return std::chrono::duration_cast<std::chrono::microseconds>(longest * (0.5 + random.fraction() / 2));
}

}  // namespace posed::tasks
