#include "estimation/blazepose/network.h"

#include <mutex>

#include "base/digest.h"
#include "estimation/blazepose/runtime.h"
#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {
namespace {

/// Which of the file's outputs are delivered. The segmentation mask, a landmark network's third, is not: it
/// would cost as much time as everything else in the smallest network.
std::vector<std::size_t> wanted_outputs(NetworkKind kind) {
    if (kind == NetworkKind::detector)
        return {0, 1};
    return {0, 1, 3, 4};
}

Error not_expected(const NetworkFile& expected, const std::string& but) {
    return fail(Code::corrupt_model,
                std::string(expected.name) + but + "; it is not the network of @mediapipe/pose",
                "run `make setup`, which installs the version of @mediapipe/pose that is expected");
}

/// The whole file, if it is the one that was meant.
Result<std::vector<std::byte>> read_verified(ByteSource& file, NetworkKind kind) {
    const auto& expected = file_of(kind);
    constexpr std::uint64_t size_max = 1 << 26;  // twice the largest network
    if (file.size() > size_max)
        return not_expected(expected, " has " + std::to_string(file.size()) + " bytes");
    std::vector<std::byte> bytes(file.size());
    TRY(read_exactly(file, 0, bytes, Code::corrupt_model));
    const auto digest = sha256_of(bytes);
    if (digest != expected.sha256)
        return not_expected(expected, " has the SHA-256 " + digest);
    return bytes;
}

}  // namespace

class Network::Pool {
  public:
    Pool(Model model, Schedule schedule, int threads)
        : model_(std::move(model)), schedule_(std::move(schedule)), threads_(threads) {}

    [[nodiscard]] const Shape& input_shape() const noexcept { return model_.values[model_.input].shape; }

    Result<std::unique_ptr<Runtime>> lend() {
        {
            const std::scoped_lock lock(mutex_);
            if (!free_.empty()) {
                auto runtime = std::move(free_.back());
                free_.pop_back();
                return runtime;
            }
        }
        return Runtime::open(model_, schedule_, threads_);
    }

    void take_back(std::unique_ptr<Runtime> runtime) {
        const std::scoped_lock lock(mutex_);
        free_.push_back(std::move(runtime));
    }

  private:
    const Model model_;
    const Schedule schedule_;  // points into the model
    const int threads_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Runtime>> free_;
};

Network::Network(std::unique_ptr<Pool> pool) noexcept : pool_(std::move(pool)) {}
Network::~Network() = default;

Result<std::unique_ptr<Network>> Network::open(ByteSource& file, NetworkKind kind, int threads) {
    const auto bytes = TRY(read_verified(file, kind));
    auto model = TRY(read_tflite_model(bytes));
    std::vector<std::size_t> wanted;
    for (const auto place : wanted_outputs(kind))
        wanted.push_back(model.outputs.at(place));
    auto schedule = TRY(schedule_for(model, wanted));
    auto pool = std::make_unique<Pool>(std::move(model), std::move(schedule), threads);
    pool->take_back(TRY(pool->lend()));  // made now, so that a processor without support is told at once
    return std::unique_ptr<Network>(new Network(std::move(pool)));
}

int Network::input_side() const noexcept {
    return static_cast<int>(pool_->input_shape()[1]);
}

Result<std::vector<Tensor>> Network::run(std::span<const float> input, const MayUseAllThreads& may_use_all) {
    auto runtime = TRY(pool_->lend());
    auto outputs = runtime->run(input, may_use_all);
    pool_->take_back(std::move(runtime));
    return outputs;
}

}  // namespace posed::estimation::blazepose
