// What the networks cost by themselves: their runtimes on a constant input, nothing around them.
//
// Compare only what one run of the program measured, interleaved:
//   estimator_benchmark --benchmark_repetitions=10 --benchmark_enable_random_interleaving=true

#include <cstddef>
#include <string>
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

void run_bare(benchmark::State& state, NetworkKind kind) {
    const auto network = open(kind, static_cast<int>(state.range(0)));
    if (!network) {
        state.SkipWithError(network.error().message.c_str());
        return;
    }
    const auto side = static_cast<std::size_t>((*network)->input_side());
    const std::vector<float> input(side * side * 3, 0.5F);
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
    bare->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK_CAPTURE(run_bare, detector, NetworkKind::detector)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, lite, NetworkKind::landmark_lite)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, full, NetworkKind::landmark_full)->Apply(threads);
BENCHMARK_CAPTURE(run_bare, heavy, NetworkKind::landmark_heavy)->Apply(threads);

}  // namespace
}  // namespace posed::estimation::blazepose

BENCHMARK_MAIN();
