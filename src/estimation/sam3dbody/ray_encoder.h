#pragma once

#include <cstdint>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/observer.h"
#include "estimation/sam3dbody/profile.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {

/// A batch of crops, each with its place in its frame; all float32.
struct Batch {
    at::Tensor pixels;           ///< (batch, 3, height, 384), R G B from 0 to 1
    at::Tensor center;           ///< (batch, 2): of the person's box, in the frame
    at::Tensor size;             ///< (batch): the width that the crop shows
    at::Tensor crop_from_frame;  ///< (batch, 2, 3)
    at::Tensor camera;           ///< (batch, 3, 3)
};

/// Tells the features of the backbone in which direction each patch is seen.
class RayEncoder {
  public:
    RayEncoder(WeightReader& reader, const Profile& profile, std::int64_t width, at::ScalarType type);
    void prepare();

    /// `features`: (batch, patches, width), as is the result.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& features, const Batch& batch,
                                        const Observer* observe) const;

  private:
    Profile profile_;
    at::Tensor stored_weight_;  ///< (width, width + 99, 1, 1)
    Linear features_;
    Linear rays_;  ///< float32
    LayerNorm norm_;
    at::ScalarType type_;
    at::Tensor columns_;  ///< of the crop, that the patches stand for
    at::Tensor rows_;
};

/// Where the patches' centres lie along an axis of `length` pixels, with the picture's ends folded in, as
/// antialiased reduction by 16 has it.
[[nodiscard]] at::Tensor reduced_places(std::int64_t length);

/// The tangents at which places of the crop are seen: (batch, places). `axis`: 0 for columns, 1 for rows.
[[nodiscard]] at::Tensor rays_at(const at::Tensor& places, const Batch& batch, int axis);

/// 33 numbers for each of the three coordinates: itself, and sines and cosines of 16 multiples of it.
/// `places`: (..., 3).
[[nodiscard]] at::Tensor fourier_features(const at::Tensor& places);

}  // namespace posed::estimation::sam3dbody
