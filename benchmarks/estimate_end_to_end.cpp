// `estimate` end to end against the work it consists of: estimate_end_to_end VIDEO ESTIMATOR [ROUNDS]
//
// In turn, round after round: decoding alone (one thread), estimating alone (one thread, frames already
// decoded), the whole story on two threads, and two such pairs of parts side by side, each on its own thread
// and its own half of the video. Printed are medians, and two ratios of the story's wall time: to half the
// processor seconds of the parts, where 1 would be two processors that never wait; and to the two halves side
// by side, which have nothing to wait for, so that this ratio holds on a machine whose two processors are not
// two all the time.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/byte_source.h"
#include "base/config.h"
#include "estimation/load_estimator.h"
#include "media/decoder.h"
#include "media/opener.h"
#include "media/probe.h"
#include "pipeline/estimate_video.h"

namespace {

using namespace posed;

constexpr int processors = 2;
constexpr std::size_t frames_at_once =
    48;  // what is decoded before it is estimated, so that memory stays bounded

double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Parts {
    double decode = 0;
    double estimate = 0;
};

/// Processor seconds of decoding and of estimating, one after the other.
Parts measure_parts(ByteSource& video, estimation::Estimator& estimator, const Selection& selection = {}) {
    const auto decoder =
        media::open_decoder(video, {.selection = selection, .limits = {}}, silent_log()).value();
    const auto displayed = decoder->video().displayed;
    const auto session =
        estimator.open_session({.displayed = displayed, .camera = default_camera(displayed)}).value();
    Parts parts;
    std::vector<media::DecodedFrame> frames;
    do {
        frames.clear();
        const double begin = processor_seconds();
        while (frames.size() < frames_at_once) {
            auto frame = decoder->next().value();
            if (!frame)
                break;
            frames.push_back(*std::move(frame));
        }
        const double decoded = processor_seconds();
        for (const auto& frame : frames) {
            const auto crops = session->prepare(frame.frame.view, frame.time).value();
            auto inferences = crops.empty() ? std::vector<estimation::Inference>{}
                                            : estimator.run(crops, estimation::all_threads).value();
            (void)session->finish(std::move(inferences)).value();
        }
        parts.decode += decoded - begin;
        parts.estimate += processor_seconds() - decoded;
    } while (frames.size() == frames_at_once);
    return parts;
}

/// Wall seconds of the parts of the video's halves, side by side.
double measure_halves(ByteSource& video, estimation::Estimator& estimator) {
    const auto length = media::probe(video, {}, silent_log()).value().duration.value();
    const auto begin = std::chrono::steady_clock::now();
    {
        const std::jthread first(
            [&] { (void)measure_parts(video, estimator, {.duration = length / 2, .rate = {}}); });
        (void)measure_parts(video, estimator, {.start = length / 2, .duration = {}, .rate = {}});
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double measure_story(ByteSource& video, estimation::Estimator& estimator,
                     const std::filesystem::path& target) {
    pipeline::EstimateOptions options;
    options.decoder_threads = processors;
    const auto report = pipeline::estimate_video(
        video, media::in_process(), estimator, options, target,
        {.stop = {}, .report = [](const auto&) { return Result<>(); }, .log = silent_log()});
    return report.value().timings.wall.count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: estimate_end_to_end VIDEO ESTIMATOR [ROUNDS]\n";
        return 2;
    }
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
    const auto video = open_file(argv[1]).value();
    const auto config = read_config(surroundings_of_this_process());
    const auto one_thread = estimation::load_estimator(argv[2], config, {}, silent_log()).value();
    const auto all_threads =
        estimation::load_estimator(argv[2], config, {.of_a_video = processors, .of_a_batch = processors},
                                   silent_log())
            .value();
    const auto target =
        std::filesystem::temp_directory_path() / fmt::format("estimate_end_to_end.{}", ::getpid());

    std::vector<double> decode, estimate, wall, halves, ratio, ratio_to_halves;
    for (int round = 0; round <= rounds; ++round) {
        const auto parts = measure_parts(*video, *one_thread);
        const double story = measure_story(*video, *all_threads, target);
        const double side_by_side = measure_halves(*video, *one_thread);
        if (round == 0)
            continue;
        halves.push_back(side_by_side);
        ratio_to_halves.push_back(story / side_by_side);
        decode.push_back(parts.decode);
        estimate.push_back(parts.estimate);
        wall.push_back(story);
        ratio.push_back(story / ((parts.decode + parts.estimate) / processors));
    }
    std::filesystem::remove(target);
    std::cout
        << "| decode alone, processor s | estimate alone, processor s | end to end, wall s | over half the "
           "sum | two halves side by side, wall s | over that |\n"
           "|---|---|---|---|---|---|\n"
        << fmt::format("| {:.2f} | {:.2f} | {:.2f} | {:.3f} | {:.2f} | {:.3f} |\n", median(decode),
                       median(estimate), median(wall), median(ratio), median(halves),
                       median(ratio_to_halves));
    return 0;
}
