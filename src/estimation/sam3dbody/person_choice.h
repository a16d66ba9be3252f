#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "domain/pose.h"

namespace posed::estimation::sam3dbody {

/// Intersection over union from which on boxes in frames close to each other hold the same person.
inline constexpr float least_overlap = 0.3F;

/// Confidence times area of the box: who comes first where not everybody can.
[[nodiscard]] float weight_of(const PersonFrame& person) noexcept;

/// Which of the people in each frame is the one that is estimated. At the start, and when that person was
/// gone for a second: the one with the largest confidence times area of the box. Else the same track, or a
/// new track whose box overlaps the last one: trackers lose people for a moment and find them again. Frames
/// come in order; one thread.
class PersonChoice {
  public:
    /// The index of the person, or nothing while everybody in the frame is somebody else.
    [[nodiscard]] std::optional<std::size_t> choose(std::span<const PersonFrame> people,
                                                    std::chrono::microseconds time);

    /// Counts the people chosen so far, from 0: the same number means the same person.
    [[nodiscard]] std::int32_t track_id() const noexcept { return track_id_; }

  private:
    [[nodiscard]] bool is_the_same(const PersonFrame& person) const noexcept;

    std::optional<PersonFrame> last_;  ///< as last seen
    std::chrono::microseconds last_time_{0};
    std::int32_t track_id_ = -1;
};

}  // namespace posed::estimation::sam3dbody
