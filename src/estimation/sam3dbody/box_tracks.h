#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/pose.h"

namespace posed::estimation::sam3dbody {

/// Who is who in the boxes that a detector finds in each frame by itself. A box goes on with the track of
/// the last second whose box it overlaps most, by at least 0.3 (intersection over union); all others begin
/// new tracks, the largest confidence times area first, while fewer than ten people are followed in the
/// frame. Frames come in order; one thread.
class BoxTracks {
  public:
    static constexpr std::size_t most_people = 10;

    /// The people with their `track_id`, in its order; those beyond `most_people` are left out.
    [[nodiscard]] std::vector<PersonFrame> follow(std::vector<PersonFrame> people,
                                                  std::chrono::microseconds time);

  private:
    struct Track {
        std::int32_t id = 0;
        std::array<float, 4> box{};
        std::chrono::microseconds time{0};
    };

    std::vector<Track> tracks_;
    std::int32_t next_ = 0;
};

}  // namespace posed::estimation::sam3dbody
