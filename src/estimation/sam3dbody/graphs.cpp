#include "estimation/sam3dbody/graphs.h"

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace posed::estimation::sam3dbody {
namespace {

/// Of batches, besides the largest. Falling, so that each finds its memory in the pool.
constexpr std::array<std::int64_t, 5> usual_sizes{32, 16, 8, 4, 1};
constexpr std::int64_t numbers_per_crop = 2 + 1 + 6 + 9;

/// A batch in two tensors, so that it is brought to the card in two transfers.
struct PackedBatch {
    at::Tensor pixels;   ///< (batch, 3, height, 384)
    at::Tensor numbers;  ///< (batch, 18): centre, size, map, camera

    [[nodiscard]] PackedBatch first(std::int64_t count) const {
        return {pixels.narrow(0, 0, count), numbers.narrow(0, 0, count)};
    }
    [[nodiscard]] Batch unpacked() const {
        const auto count = numbers.size(0);
        return {pixels, numbers.narrow(1, 0, 2), numbers.select(1, 2),
                numbers.narrow(1, 3, 6).view({count, 2, 3}), numbers.narrow(1, 9, 9).view({count, 3, 3})};
    }
};

at::Tensor packed_numbers(const Batch& batch) {
    auto numbers = at::empty({batch.size.size(0), numbers_per_crop}, at::TensorOptions().pinned_memory(true));
    at::cat_out(
        numbers,
        {batch.center, batch.size.unsqueeze(1), batch.crop_from_frame.flatten(1), batch.camera.flatten(1)},
        1);
    return numbers;
}

/// An estimate's tensors in the order in which they are packed.
std::vector<at::Tensor*> parts_of(Estimate& estimate, bool mesh) {
    auto& pose = estimate.pose;
    std::vector<at::Tensor*> parts{&pose.pose_raw,
                                   &pose.global_rotation,
                                   &pose.body_pose,
                                   &pose.shape,
                                   &pose.scale,
                                   &pose.hand,
                                   &pose.model,
                                   &estimate.keypoints_3d,
                                   &estimate.keypoints_2d,
                                   &estimate.keypoints_depth,
                                   &estimate.camera_numbers,
                                   &estimate.camera_translation,
                                   &estimate.joints};
    if (mesh)
        parts.insert(parts.end(), {&estimate.vertices, &estimate.vertices_2d});
    return parts;
}

/// Side by side, (batch, numbers), so that they leave the card in one transfer.
at::Tensor packed(Estimate estimate) {
    std::vector<at::Tensor> flat;
    for (const auto* part : parts_of(estimate, estimate.vertices.defined()))
        flat.push_back(part->flatten(1));
    return at::cat(flat, 1);
}

class GraphedEngine final : public Engine {
  public:
    GraphedEngine(std::unique_ptr<Engine> on_card, const Profile& profile)
        : engine_(std::move(on_card)),
          device_(engine_->device().device),
          computing_(c10::cuda::getStreamFromPool(true, device_.index())),
          bringing_(c10::cuda::getStreamFromPool(false, device_.index())) {
        const c10::InferenceMode inference;
        const auto options = at::TensorOptions(device_).dtype(at::kFloat);
        const auto most = std::int64_t{engine_->largest_batch()};
        // Places that no crop has filled yet hold ones, which are as good as any crop.
        inputs_ = {at::ones({most, 3, profile.crop_height, seen_columns}, options),
                   at::ones({most, numbers_per_crop}, options)};
        // Weights and inputs are made on a stream for which the two others do not wait.
        c10::cuda::getCurrentCUDAStream(device_.index()).synchronize();
        record(most);
        for (const auto size : usual_sizes)
            if (size < most)
                record(size);
    }

    Estimate run(const Batch& batch, const Observer* observe) const override {
        const c10::InferenceMode inference;
        const c10::cuda::CUDAGuard on_device(device_);
        return observe != nullptr ? run_observed(batch, *observe) : replay(batch);
    }

    at::Tensor run_backbone(const at::Tensor& pixels, const Observer* observe) const override {
        const c10::cuda::CUDAGuard on_device(device_);
        return engine_->run_backbone(pixels.to(device_), observe);
    }

    at::Tensor vertices_of(const PoseParameters& pose) const override {
        const c10::InferenceMode inference;
        const c10::cuda::CUDAStreamGuard guard(bringing_);
        PoseParameters moved;
        moved.global_rotation = pose.global_rotation.to(device_);
        moved.body_pose = pose.body_pose.to(device_);
        moved.scale = pose.scale.to(device_);
        moved.hand = pose.hand.to(device_);
        moved.shape = pose.shape.to(device_);
        return engine_->vertices_of(moved).cpu();
    }

    const PoseDecoder& pose_decoder() const noexcept override { return engine_->pose_decoder(); }
    const BodyModel& body() const noexcept override { return engine_->body(); }
    at::Tensor keypoints_of(const BodyState& state) const override { return engine_->keypoints_of(state); }
    const at::Tensor& faces() const noexcept override { return engine_->faces(); }
    const ComputeDevice& device() const noexcept override { return engine_->device(); }
    Precision precision() const noexcept override { return engine_->precision(); }
    int largest_batch() const noexcept override { return engine_->largest_batch(); }
    bool synthetic() const noexcept override { return engine_->synthetic(); }

  private:
    /// Once without recording, in which libraries choose their algorithms and take what memory they keep.
    void record(std::int64_t size) {
        const c10::cuda::CUDAStreamGuard guard(computing_);
        const auto batch = inputs_.first(size).unpacked();
        auto estimate = engine_->run(batch, nullptr);
        if (!outputs_.defined())
            prepare_outputs(estimate);
        outputs_.narrow(0, 0, size).copy_(packed(std::move(estimate)));
        computing_.synchronize();
        auto& graph = graphs_[size];
        graph = std::make_unique<at::cuda::CUDAGraph>();
        graph->capture_begin(pool_);
        outputs_.narrow(0, 0, size).copy_(packed(engine_->run(batch, nullptr)));
        graph->capture_end();
    }

    void prepare_outputs(Estimate& estimate) {
        has_mesh_ = estimate.vertices.defined();
        std::int64_t numbers = 0;
        for (const auto* part : parts_of(estimate, has_mesh_)) {
            shapes_.push_back(part->sizes().slice(1).vec());
            numbers += part->numel() / part->size(0);
        }
        outputs_ = at::empty({engine_->largest_batch(), numbers}, estimate.joints.options());
    }

    /// Launch by launch, since between them the host looks on.
    [[nodiscard]] Estimate run_observed(const Batch& batch, const Observer& observe) const {
        const Observer observe_on_host = [&](const std::string& name, const at::Tensor& value) {
            observe(name, value.cpu());
        };
        const PackedBatch moved{batch.pixels.to(device_), packed_numbers(batch).to(device_)};
        auto estimate = engine_->run(moved.unpacked(), &observe_on_host);
        for (auto* part : parts_of(estimate, has_mesh_))
            *part = part->cpu();
        return estimate;
    }

    [[nodiscard]] Estimate replay(const Batch& batch) const {
        const auto count = batch.size.size(0);
        at::cuda::CUDAEvent is_brought, is_done;
        const auto brought = bring(batch, is_brought);
        auto results = at::empty({count, outputs_.size(1)}, at::TensorOptions().pinned_memory(true));
        {
            const std::lock_guard lock(mutex_);
            const c10::cuda::CUDAStreamGuard guard(computing_);
            is_brought.block(computing_);
            const auto inputs = inputs_.first(count);
            inputs.pixels.copy_(brought.pixels);
            inputs.numbers.copy_(brought.numbers);
            graphs_.lower_bound(count)->second->replay();
            results.copy_(outputs_.narrow(0, 0, count), true);
            is_done.record(computing_);
        }
        is_done.synchronize();
        return unpacked(results);
    }

    /// Starts the transfer to the card; `is_brought` follows it.
    [[nodiscard]] PackedBatch bring(const Batch& batch, at::cuda::CUDAEvent& is_brought) const {
        const c10::cuda::CUDAStreamGuard guard(bringing_);
        PackedBatch brought{batch.pixels.to(device_, at::kFloat, true),
                            packed_numbers(batch).to(device_, at::kFloat, true)};
        is_brought.record(bringing_);
        // Freed by this stream's count only after the other has read them.
        brought.pixels.record_stream(computing_);
        brought.numbers.record_stream(computing_);
        return brought;
    }

    [[nodiscard]] Estimate unpacked(const at::Tensor& results) const {
        Estimate estimate;
        const auto parts = parts_of(estimate, has_mesh_);
        std::int64_t begin = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto shape = shapes_[i];
            const auto length = c10::multiply_integers(shape);
            shape.insert(shape.begin(), results.size(0));
            *parts[i] = results.narrow(1, begin, length).view(shape);
            begin += length;
        }
        return estimate;
    }

    const std::unique_ptr<Engine> engine_;
    const at::Device device_;
    const c10::cuda::CUDAStream computing_, bringing_;
    const decltype(at::cuda::graph_pool_handle()) pool_ = at::cuda::graph_pool_handle();
    PackedBatch inputs_;                             ///< what all graphs read, of the largest batch
    at::Tensor outputs_;                             ///< what all graphs write: (largest batch, numbers)
    std::vector<std::vector<std::int64_t>> shapes_;  ///< of an estimate's parts, without the batch
    bool has_mesh_ = false;
    std::map<std::int64_t, std::unique_ptr<at::cuda::CUDAGraph>> graphs_;  ///< by size of batch
    mutable std::mutex mutex_;  ///< of inputs, graphs and outputs, while work on them is queued
};

}  // namespace

std::unique_ptr<Engine> replayed_from_graphs(std::unique_ptr<Engine> on_card, const Profile& profile) {
    return std::make_unique<GraphedEngine>(std::move(on_card), profile);
}

}  // namespace posed::estimation::sam3dbody
