#include "estimation/blazepose/runtime.h"

#include <algorithm>
#include <atomic>
#include <string>

#include <immintrin.h>

#include "estimation/blazepose/program.h"
#include "estimation/blazepose/single_threaded.h"
#include "estimation/blazepose/thread_pool.h"

namespace posed::estimation::blazepose {
namespace {

/// Denormal numbers are zero while this lives.
class FlushDenormals {
  public:
    FlushDenormals() noexcept : saved_(_mm_getcsr()) {
        constexpr unsigned flush_and_treat_as_zero = 0x8040;
        _mm_setcsr(saved_ | flush_and_treat_as_zero);
    }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;
    ~FlushDenormals() { _mm_setcsr(saved_); }

  private:
    unsigned saved_;
};

class OneDnnRuntime final : public Runtime {
  public:
    OneDnnRuntime(Program program, std::vector<std::vector<OutputPart>> outputs, std::size_t threads)
        : program_(std::move(program)), outputs_(std::move(outputs)), threads_(threads) {
        std::size_t most = 0;
        for (const auto& step : program_.steps)
            most = std::max(most, step.size());
        for (std::size_t i = 0; i < most; ++i)
            streams_.emplace_back(program_.input.get_engine());
    }

    Result<std::vector<Tensor>> run(std::span<const float> input,
                                    const MayUseAllThreads& may_use_all) override {
        const auto expected = program_.input.get_desc().get_size() / sizeof(float);
        if (input.size() != expected)
            return fail(Code::internal, "a network's input has " + std::to_string(input.size()) +
                                            " values instead of " + std::to_string(expected));
        // It is only read.
        program_.input.set_data_handle(const_cast<float*>(input.data()));
        auto outputs = empty_outputs();
        for (const auto& step : program_.steps)
            TRY(run(step, may_use_all));
        return outputs;
    }

  private:
    /// The operators write straight into the outputs, each part behind the one before.
    std::vector<Tensor> empty_outputs() {
        std::vector<Tensor> outputs;
        auto memory = program_.outputs.begin();
        for (const auto& parts : outputs_) {
            std::size_t count = 0;
            for (const auto& part : parts)
                count += part.count;
            float* place = outputs.emplace_back(count).data();
            for (const auto& part : parts) {
                (memory++)->set_data_handle(place);
                place += part.count;
            }
        }
        return outputs;
    }

    Result<> run(const std::vector<Piece>& step, const MayUseAllThreads& may_use_all) {
        std::atomic<dnnl_status_t> failure = dnnl_success;
        const auto run_piece = [&](std::size_t i) {
            const SingleThreaded single;
            const FlushDenormals flush;
            try {
                for (const auto& call : step[i])
                    call.primitive.execute(streams_[i], call.arguments);
            } catch (const dnnl::error& error) {
                failure = error.status;
            }
        };
        if (threads_.threads() > 1 && step.size() > 1 && may_use_all()) {
            threads_.share(step.size(), run_piece);
        } else {
            for (std::size_t i = 0; i < step.size(); ++i)
                run_piece(i);
        }
        if (failure != dnnl_success)
            return fail(Code::internal,
                        "oneDNN fails at running a network with status " + std::to_string(failure));
        return {};
    }

    Program program_;
    std::vector<std::vector<OutputPart>> outputs_;
    std::vector<dnnl::stream> streams_;  // one for each piece of a step: they run at the same time
    ThreadPool threads_;                 // last: its threads use what stands above
};

}  // namespace

Result<std::unique_ptr<Runtime>> Runtime::open(const Model& model, const Schedule& schedule, int threads) {
    const auto count = static_cast<std::size_t>(std::max(threads, 1));
    try {
        return std::make_unique<OneDnnRuntime>(build_program(model, schedule, count), schedule.outputs,
                                               count);
    } catch (const dnnl::error& error) {
        return fail(Code::internal, std::string("oneDNN does not take the network: ") + error.what());
    }
}

}  // namespace posed::estimation::blazepose
