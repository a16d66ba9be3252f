// What cropping, decoding of landmarks and smoothing cost beyond the network: estimator_overhead VIDEO
// [ROUNDS]
//
// In turn, frame after frame, on one thread: the bare network on a constant input, and the whole estimator on
// a decoded frame in which somebody is being followed. Printed are medians of processor time, and their
// ratio.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/byte_source.h"
#include "domain/camera.h"
#include "estimation/blazepose/blazepose_estimator.h"
#include "estimation/blazepose/network.h"
#include "media/decoder.h"

namespace {

using namespace posed;
using estimation::blazepose::Network;
using estimation::blazepose::NetworkKind;

constexpr std::size_t frames_held = 40;

struct Model {
    std::string name;
    NetworkKind kind;
};

double seconds_of(const std::function<void()>& work) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin = now();
    work();
    return now() - begin;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
}

std::vector<media::DecodedFrame> first_frames(const std::filesystem::path& video) {
    const auto file = open_file(video).value();
    const auto decoder = media::open_decoder(*file, {}, silent_log()).value();
    std::vector<media::DecodedFrame> frames;
    while (frames.size() < frames_held) {
        auto frame = decoder->next().value();
        if (!frame)
            break;
        frames.push_back(*std::move(frame));
    }
    return frames;
}

void compare(const Model& model, const std::vector<media::DecodedFrame>& frames, int rounds) {
    const std::filesystem::path weights = POSED_BLAZEPOSE_DIRECTORY;
    const auto file = estimation::blazepose::open_network_file(weights, model.kind).value();
    const auto network = Network::open(*file, model.kind, 1).value();
    const std::vector<float> constant(static_cast<std::size_t>(256) * 256 * 3, 0.5F);
    const auto estimator =
        estimation::blazepose::open_blazepose({.name = model.name, .weights = weights, .threads = 1}).value();
    const Size size = frames.front().frame.view.displayed;
    const auto session = estimator->open_session({.displayed = size, .camera = default_camera(size)}).value();
    std::vector<double> bare, whole;
    std::size_t followed = 0;
    std::chrono::microseconds time{0};
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < frames.size(); ++i) {
            // There and back again, so that the motion has no jump.
            const auto& frame = frames[round % 2 == 0 ? i : frames.size() - 1 - i];
            time += std::chrono::microseconds(33'333);
            bare.push_back(seconds_of([&] { (void)network->run(constant).value(); }));
            std::size_t people = 0;
            const double seconds = seconds_of([&] {
                const auto crops = session->prepare(frame.frame.view, time).value();
                people =
                    session->finish(estimator->run(crops, estimation::all_threads).value()).value().size();
            });
            if (people > 0 && followed++ > 0)  // the first frame runs the detector, too
                whole.push_back(seconds);
        }
    }
    if (whole.empty()) {
        fmt::print("| {} | nobody is followed in this video |\n", model.name);
        return;
    }
    fmt::print("| {} | {:.2f} | {:.2f} | {:.3f} |\n", model.name, 1000 * median(bare), 1000 * median(whole),
               median(whole) / median(bare));
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: estimator_overhead VIDEO [ROUNDS]\n";
        return 2;
    }
    const auto frames = first_frames(arguments[1]);
    const int rounds = count > 2 ? std::atoi(arguments[2]) : 3;
    fmt::print("| model | bare network, ms | whole estimator, ms | ratio |\n|---|---|---|---|\n");
    for (const Model& model : {Model{"blazepose-lite", NetworkKind::landmark_lite},
                               Model{"blazepose-full", NetworkKind::landmark_full},
                               Model{"blazepose-heavy", NetworkKind::landmark_heavy}})
        compare(model, frames, rounds);
}
