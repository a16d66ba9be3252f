// What decoding in a child costs over decoding in process: the same clip by turns, wall time and processor
// time of all processes together, medians. Every sample is touched once, as an estimator would.
//
//   sandbox_benchmark CLIP DECODER_PROGRAM [ROUNDS] [THREADS]

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "media/opener.h"
#include "media/sandbox/sandbox.h"

namespace {

using namespace posed;
using Seconds = std::chrono::duration<double>;

struct Cost {
    double wall = 0;
    double processor = 0;
    std::int64_t frames = 0;
};

double processor_seconds(int whose) {
    rusage usage{};
    ::getrusage(whose, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t sum_of(const FrameView& view) {
    std::uint64_t sum = 0;
    for (const auto& plane : view.planes)
        for (int y = 0; y < plane.height; ++y)
            for (int x = 0; x < plane.width; ++x)
                sum += plane.data[plane.stride * y + x];
    return sum;
}

Cost decode(media::Opener& opener, ByteSource& source, int threads) {
    const auto begin = std::chrono::steady_clock::now();
    const double before = processor_seconds(RUSAGE_SELF) + processor_seconds(RUSAGE_CHILDREN);
    Cost cost;
    std::uint64_t sum = 0;
    {
        const auto decoder =
            opener.open_decoder(source, {.selection = {}, .limits = {}, .threads = threads}, silent_log())
                .value();
        while (const auto frame = decoder->next().value()) {
            sum += sum_of(frame->frame.view);
            ++cost.frames;
        }
    }  // the child is reaped, its time counts
    cost.processor = processor_seconds(RUSAGE_SELF) + processor_seconds(RUSAGE_CHILDREN) - before;
    cost.wall = Seconds(std::chrono::steady_clock::now() - begin).count();
    if (sum == 0)
        std::abort();
    return cost;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

struct Costs {
    std::vector<double> wall, processor;
    void add(const Cost& cost) {
        wall.push_back(cost.wall);
        processor.push_back(cost.processor);
    }
};

void print(const char* name, const Costs& costs, std::int64_t frames, const Costs& base) {
    const double wall = median(costs.wall), processor = median(costs.processor);
    fmt::print("| {} | {:.2f} | {:.2f} | {:.3f} | {:.3f} |\n", name, wall * 1e3 / static_cast<double>(frames),
               processor * 1e3 / static_cast<double>(frames), wall / median(base.wall),
               processor / median(base.processor));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: sandbox_benchmark CLIP DECODER_PROGRAM [ROUNDS] [THREADS]\n");
        return 2;
    }
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 5, threads = argc > 4 ? std::atoi(argv[4]) : 1;
    const auto source = open_file(argv[1]).value();
    const auto sandbox = media::sandbox::Sandbox::open(argv[2]).value();
    Costs inside, sandboxed;
    std::int64_t frames = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto cost = decode(media::in_process(), *source, threads);
        frames = cost.frames;
        inside.add(cost);
        sandboxed.add(decode(*sandbox, *source, threads));
    }
    fmt::print(
        "{} frames, {} threads\n\n| decoded | wall, ms/frame | processor, ms/frame | wall, ratio | "
        "processor, ratio |\n|---|---|---|---|---|\n",
        frames, threads);
    print("in process", inside, frames, inside);
    print("sandboxed", sandboxed, frames, inside);
}
