#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/ATen.h>

#include "base/result.h"
#include "estimation/sam3dbody/body_model.h"
#include "estimation/sam3dbody/device.h"
#include "estimation/sam3dbody/observer.h"
#include "estimation/sam3dbody/pose_parameters.h"
#include "estimation/sam3dbody/profile.h"
#include "estimation/sam3dbody/ray_encoder.h"

namespace posed::estimation::sam3dbody {

/// In what the large matrix products are computed; everything that decides about places is float32 in both.
enum class Precision { float32, bfloat16, float16 };

[[nodiscard]] std::string_view name_of(Precision precision) noexcept;

struct EngineOptions {
    Profile profile = upstream_profile;
    Precision precision = Precision::float32;  ///< a card without bfloat16 takes float16 for it
    std::string device = "cpu";                ///< see `open_device`
    std::optional<std::uint64_t> memory = {};  ///< bytes it may take; nothing: what the device has free
    bool mesh = true;  ///< whether each run computes all vertices, or what the key points need
};

/// The outputs for a batch of crops: metres, x right, y down, z away from the camera, about the body's own
/// origin; pixels of the frame. Vertices only with `EngineOptions::mesh`.
struct Estimate {
    PoseParameters pose;
    at::Tensor keypoints_3d;        ///< (batch, 70, 3)
    at::Tensor keypoints_2d;        ///< (batch, 70, 2)
    at::Tensor keypoints_depth;     ///< (batch, 70)
    at::Tensor camera_numbers;      ///< (batch, 3), as regressed
    at::Tensor camera_translation;  ///< (batch, 3)
    at::Tensor joints;              ///< (batch, joints, 8), the body model's own axes, centimetres
    at::Tensor vertices;            ///< (batch, vertices, 3)
    at::Tensor vertices_2d;         ///< (batch, vertices, 2)
};

/// SAM 3D Body: crops to bodies. May be used by several threads; each call uses the threads that libtorch is
/// set to. Tensors are given and come back in the host's memory, wherever they are computed.
class Engine {
  public:
    /// `folder` holds model.ckpt and assets/mhr_model.pt as published; a config.json beside them tells the
    /// lengths of a small model that the checkpoint's shapes do not. Errors: model_missing, corrupt_model,
    /// limit_exceeded for memory.
    [[nodiscard]] static Result<std::unique_ptr<Engine>> open(const std::filesystem::path& folder,
                                                              const EngineOptions& requested);
    virtual ~Engine() = default;

    /// At most `largest_batch()` crops.
    [[nodiscard]] virtual Estimate run(const Batch& batch, const Observer* observe) const = 0;

    /// The features of the backbone alone, (batch, patches, width): what is measured by itself. They stay
    /// where they are computed.
    [[nodiscard]] virtual at::Tensor run_backbone(const at::Tensor& pixels,
                                                  const Observer* observe) const = 0;

    /// The body's surface, (batch, vertices, 3), in metres and camera axes, from the parts of poses that are
    /// stored.
    [[nodiscard]] virtual at::Tensor vertices_of(const PoseParameters& pose) const = 0;

    // The parts, which compute where the engine does.

    [[nodiscard]] virtual const PoseDecoder& pose_decoder() const noexcept = 0;
    [[nodiscard]] virtual const BodyModel& body() const noexcept = 0;

    /// Key points, unflipped centimetres to metres in camera axes, from a state of `body()`.
    [[nodiscard]] virtual at::Tensor keypoints_of(const BodyState& state) const = 0;

    [[nodiscard]] virtual const at::Tensor& faces() const noexcept = 0;  ///< (faces, 3) int64
    [[nodiscard]] virtual const ComputeDevice& device() const noexcept = 0;
    [[nodiscard]] virtual Precision precision() const noexcept = 0;

    /// How many crops memory allows in a batch, at most 64.
    [[nodiscard]] virtual int largest_batch() const noexcept = 0;

    /// Whether the weights are made up: results say so.
    [[nodiscard]] virtual bool synthetic() const noexcept = 0;
};

/// Metres in camera axes from the body model's centimetres.
[[nodiscard]] at::Tensor in_camera_axes(const at::Tensor& centimetres);

}  // namespace posed::estimation::sam3dbody
