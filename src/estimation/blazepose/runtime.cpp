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
    OneDnnRuntime(Program program, std::size_t input_values, std::vector<std::vector<OutputPart>> outputs,
                  std::size_t threads)
        : program_(std::move(program)),
          input_values_(input_values),
          outputs_(std::move(outputs)),
          threads_(threads) {
        std::size_t most = 0;
        for (const auto& step : program_.steps)
            most = std::max(most, step.size());
        for (std::size_t i = 0; i < most; ++i)
            streams_.emplace_back(program_.engine);
    }

    Result<std::vector<Tensor>> run(std::span<const float> input,
                                    const MayUseAllThreads& may_use_all) override {
        if (input.size() != input_values_)
            return fail(Code::internal, "a network's input has " + std::to_string(input.size()) +
                                            " values instead of " + std::to_string(input_values_));
        // It is only read.
        place(program_.input, const_cast<float*>(input.data()));
        auto outputs = empty_outputs();
        for (const auto& step : program_.steps)
            TRY(run(step, may_use_all));
        return outputs;
    }

  private:
    static void place(const std::vector<Placed>& tensor, float* begin) {
        for (const auto& part : tensor)
            part.memory.set_data_handle(begin + part.offset);
    }

    /// The operators write straight into the outputs, each part behind the one before.
    std::vector<Tensor> empty_outputs() {
        std::vector<Tensor> outputs;
        auto tensor = program_.outputs.begin();
        for (const auto& parts : outputs_) {
            std::size_t count = 0;
            for (const auto& part : parts)
                count += part.count;
            float* begin = outputs.emplace_back(count).data();
            for (const auto& part : parts) {
                place(*tensor++, begin);
                begin += part.count;
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
    const std::size_t input_values_;
    std::vector<std::vector<OutputPart>> outputs_;
    std::vector<dnnl::stream> streams_;  // one for each piece of a step: they run at the same time
    ThreadPool threads_;                 // last: its threads use what stands above
};

}  // namespace

Result<std::unique_ptr<Runtime>> Runtime::open(const Model& model, const Schedule& schedule, int threads) {
    const auto count = static_cast<std::size_t>(std::max(threads, 1));
    try {
        return std::make_unique<OneDnnRuntime>(build_program(model, schedule, count),
                                               count_of(model.values[model.input].shape), schedule.outputs,
                                               count);
    } catch (const dnnl::error& error) {
        return fail(Code::internal, std::string("oneDNN does not take the network: ") + error.what());
    }
}

}  // namespace posed::estimation::blazepose
