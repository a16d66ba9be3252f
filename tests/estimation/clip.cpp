#include "tests/estimation/clip.h"

#include <memory>
#include <utility>

#include "domain/camera.h"
#include "estimation/blazepose/blazepose_estimator.h"
#include "media/decoder.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

void for_each_frame(const std::filesystem::path& video,
                    const std::function<bool(const Frame& frame, Microseconds time)>& see) {
    const auto file = open_file(video).value();
    const auto decoder = media::open_decoder(*file, {}, silent_log()).value();
    while (const auto decoded = decoder->next().value()) {
        if (!see(decoded->frame, decoded->time))
            return;
    }
}

std::unique_ptr<estimation::Estimator> open_estimator(std::string_view name) {
    return estimation::blazepose::open_blazepose({.name = name, .weights = blazepose_weights(), .threads = 1})
        .value();
}

SeenFrame see_frame(estimation::Estimator& estimator, estimation::Session& session, const FrameView& frame,
                    Microseconds time) {
    const auto crops = session.prepare(frame, time).value();
    auto people = session.finish(estimator.run(crops, estimation::all_threads).value()).value();
    SeenFrame seen{.time = time, .person = {}};
    if (!people.empty())
        seen.person = std::move(people.front());
    return seen;
}

std::vector<SeenFrame> estimate_video(estimation::Estimator& estimator, const std::filesystem::path& video,
                                      PersonSearch search) {
    std::unique_ptr<estimation::Session> session;
    std::vector<SeenFrame> frames;
    for_each_frame(video, [&](const Frame& frame, Microseconds time) {
        const Size size = frame.view.displayed;
        if (!session)
            session = estimator
                          .open_session({.displayed = size,
                                         .camera = default_camera(size),
                                         .smoothing = true,
                                         .search = search})
                          .value();
        frames.push_back(see_frame(estimator, *session, frame.view, time));
        return true;
    });
    return frames;
}

}  // namespace posed::tests
