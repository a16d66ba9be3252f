// What the networks cost by themselves: their runtimes on a constant input, nothing around them; alone on the
// machine (busy:0), and beside a thread that never rests (busy:1).
//
// Compare only what one run of the program measured, interleaved:
//   estimator_benchmark --benchmark_repetitions=10 --benchmark_enable_random_interleaving=true

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "estimation/blazepose/network.h"
#include "estimation/blazepose/network_files.h"

namespace posed::estimation::blazepose {
namespace {

Result<std::unique_ptr<Network>> open(NetworkKind kind, int threads) {
    const auto file = TRY(open_network_file(POSED_BLAZEPOSE_DIRECTORY, kind));
    return Network::open(*file, kind, threads);
}

/// Threads that always have something to do, as decoders have.
class BusyThreads {
  public:
    explicit BusyThreads(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i)
            threads_.emplace_back([](const std::stop_token& stop) {
                while (!stop.stop_requested())
                    benchmark::ClobberMemory();
            });
    }

  private:
    std::vector<std::jthread> threads_;
};

void run_bare(benchmark::State& state, NetworkKind kind) {
    const auto network = open(kind, static_cast<int>(state.range(0)));
    if (!network) {
        state.SkipWithError(network.error().message.c_str());
        return;
    }
    const auto side = static_cast<std::size_t>((*network)->input_side());
    const std::vector<float> input(side * side * 3, 0.5F);
    const BusyThreads busy(state.range(1));
    for ([[maybe_unused]] auto _ : state) {
        auto outputs = (*network)->run(input);
        if (!outputs) {
            state.SkipWithError(outputs.error().message.c_str());
            break;
        }
        benchmark::DoNotOptimize(outputs->front().data());
    }
}

void threads(benchmark::internal::Benchmark* bare) {
    bare->ArgNames({"threads", "busy"})
        ->Args({1, 0})
        ->Args({2, 0})
        ->Args({1, 1})
        ->Args({2, 1})
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

BENCHMARK_CAPTURE(run_bare, detector, NetworkKind::detector)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, lite, NetworkKind::landmark_lite)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, full, NetworkKind::landmark_full)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, heavy, NetworkKind::landmark_heavy)->Apply(threads);

}  // namespace
}  // namespace posed::estimation::blazepose

BENCHMARK_MAIN();
