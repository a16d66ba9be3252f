#include "estimation/blazepose/runtime.h"

#include <algorithm>
#include <numeric>

#include <pthreadpool.h>
#include <xnnpack.h>

#include "estimation/blazepose/subgraph.h"
#include "estimation/blazepose/thread_pool.h"

namespace posed::estimation::blazepose {
namespace {

// XNNPACK's kernels read, and then ignore, up to so many values behind the end of a tensor.
constexpr std::size_t slack = XNN_EXTRA_BYTES / sizeof(float);

struct ThreadPoolDeleter {
    void operator()(pthreadpool_t pool) const noexcept { pthreadpool_destroy(pool); }
};
using ThreadPool = std::unique_ptr<pthreadpool, ThreadPoolDeleter>;

struct RuntimeDeleter {
    void operator()(xnn_runtime_t runtime) const noexcept { xnn_delete_runtime(runtime); }
};
using RuntimeHandle = std::unique_ptr<xnn_runtime, RuntimeDeleter>;

class XnnpackRuntime final : public Runtime {
  public:
    XnnpackRuntime(ThreadPool threads, RuntimeHandle handle, std::size_t input_count,
                   std::vector<std::vector<OutputPart>> outputs)
        : threads_(std::move(threads)),
          handle_(std::move(handle)),
          input_count_(input_count),
          input_(input_count + slack),
          outputs_(std::move(outputs)) {}

    Result<std::vector<Tensor>> run(std::span<const float> input, Threads threads) override {
        if (input.size() != input_count_)
            return fail(Code::internal, "a network's input has " + std::to_string(input.size()) +
                                            " values instead of " + std::to_string(input_count_));
        std::ranges::copy(input, input_.begin());
        auto outputs = empty_outputs();
        TRY(set_up(outputs));
        share_out(threads_.get(), threads);
        TRY(checked(xnn_invoke_runtime(handle_.get()), "running a network"));
        return outputs;
    }

  private:
    std::vector<Tensor> empty_outputs() const {
        std::vector<Tensor> outputs(outputs_.size());
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            std::size_t count = 0;
            for (const auto& part : outputs_[i])
                count += part.count;
            outputs[i].reserve(count + slack);
            outputs[i].resize(count);
        }
        return outputs;
    }

    /// The operators write straight into the outputs, each part behind the one before.
    Result<void> set_up(std::vector<Tensor>& outputs) {
        externals_.assign(1, {0, input_.data()});
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            float* place = outputs[i].data();
            for (const auto& part : outputs_[i]) {
                externals_.push_back({static_cast<std::uint32_t>(externals_.size()), place});
                place += part.count;
            }
        }
        return checked(xnn_setup_runtime(handle_.get(), externals_.size(), externals_.data()),
                       "setting up a network");
    }

    ThreadPool threads_;  // outlives the runtime that uses it
    RuntimeHandle handle_;
    std::size_t input_count_;
    std::vector<float> input_;
    std::vector<std::vector<OutputPart>> outputs_;
    std::vector<xnn_external_value> externals_;
};

}  // namespace

Result<std::unique_ptr<Runtime>> Runtime::open(const Model& model, const Schedule& schedule, int threads) {
    TRY(checked(xnn_initialize(nullptr), "its start"));
    const auto subgraph = TRY(build_subgraph(model, schedule));
    ThreadPool pool(threads > 1 ? pthreadpool_create(static_cast<std::size_t>(threads)) : nullptr);
    if (threads > 1 && !pool)
        return fail(Code::internal, "no " + std::to_string(threads) + " threads can be started");
    xnn_runtime_t handle = nullptr;
    // Workers that spin for the next call would take the processor from the decoder.
    TRY(checked(xnn_create_runtime_v2(subgraph.get(), pool.get(), XNN_FLAG_YIELD_WORKERS, &handle),
                "making a runtime"));
    const auto& shape = model.values[model.input].shape;
    const auto input_count = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies());
    return std::make_unique<XnnpackRuntime>(std::move(pool), RuntimeHandle(handle), input_count,
                                            schedule.outputs);
}

}  // namespace posed::estimation::blazepose
