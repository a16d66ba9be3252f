#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/observer.h"
#include "estimation/sam3dbody/profile.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {

/// Of the pictures that the network was trained with, by channel.
struct Colours {
    at::Tensor mean, deviation;  ///< (1, 3, 1, 1)

    explicit Colours(at::Device device);

    /// (x - mean) / deviation; x: (batch, 3, height, width), on the same device.
    [[nodiscard]] at::Tensor normalised(const at::Tensor& pixels) const;
};

/// The vision transformer: from a picture to a map of features. Matrix products run in the type that the
/// weights were read in; the residual stream and the LayerNorms are float32.
class Backbone {
  public:
    /// `heads` is not in the file. The result is only valid when `reader.check()` is content.
    Backbone(WeightReader& reader, const Profile& profile, std::int64_t width, std::int64_t depth,
             std::int64_t heads, at::ScalarType type);

    /// What is computed once from the weights.
    void prepare();

    /// `pixels`: (batch, 3, height, 384), R G B from 0 to 1. Result: (batch, patches by rows, width).
    [[nodiscard]] at::Tensor operator()(const at::Tensor& pixels, const Observer* observe) const;

  private:
    struct Block {
        LayerNorm before_attention;
        Linear query_key_value;
        Linear attention_out;
        LayerNorm before_perceptron;
        Linear expand;
        Linear contract;
    };
    [[nodiscard]] at::Tensor attend(const Block& block, const at::Tensor& normalised) const;

    Profile profile_;
    std::int64_t heads_;
    Linear patches_;
    std::optional<Colours> colours_;
    at::Tensor stored_places_;  ///< (1, 1 + 32 * 24, width)
    at::Tensor places_;         ///< (1, patches, width): what is added to every patch
    std::vector<Block> blocks_;
    LayerNorm last_;
};

/// The grid of position embeddings, (1, width, rows, columns), at another number of rows.
[[nodiscard]] at::Tensor resize_places(const at::Tensor& grid, std::int64_t rows, std::int64_t columns);

}  // namespace posed::estimation::sam3dbody
