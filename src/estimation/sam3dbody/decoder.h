#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/observer.h"
#include "estimation/sam3dbody/profile.h"
#include "estimation/sam3dbody/ray_encoder.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {

/// What the decoder is told after each layer of the pose that this layer means.
struct Feedback {
    at::Tensor points_3d;  ///< (batch, 70, 3)
    at::Tensor in_crop;    ///< (batch, 70, 2), see `to_crop`
    at::Tensor depth;      ///< (batch, 70)
};

/// The transformer decoder: tokens for pose and key points that look at the features, layer by layer. After
/// each layer the pose is made and fed back.
class Decoder {
  public:
    struct Lengths {
        std::int64_t width = 0;  ///< of a token
        std::int64_t depth = 0;
        std::int64_t heads = 0;
        std::int64_t attention = 0;
        std::int64_t perceptron = 0;
        std::int64_t context = 0;  ///< of the features
    };

    Decoder(WeightReader& reader, const Profile& profile, const Lengths& lengths, at::ScalarType type);
    void prepare();

    /// From the pose token of a layer, (batch, width), to what the next layer is told; `last` after the last.
    using Interpret = std::function<Feedback(const at::Tensor& token, std::size_t layer, bool last)>;

    /// `context`: (batch, patches, context), the encoded features.
    void operator()(const at::Tensor& context, const Batch& batch, const Interpret& interpret,
                    const Observer* observe) const;

    /// Where the patches lie, (1, patches, context).
    [[nodiscard]] const at::Tensor& places() const noexcept { return places_; }

  private:
    struct Attention {
        Linear query, key, value, out;
    };
    struct Layer {
        LayerNorm augment, places, before_self, before_cross, context, before_perceptron;
        Attention self, cross;
        Linear expand, contract;
    };
    struct Tokens {
        at::Tensor values;
        at::Tensor augment;
    };

    [[nodiscard]] Attention read_attention(WeightReader& reader, const std::string& name,
                                           std::int64_t context, const Lengths& lengths,
                                           at::ScalarType type) const;
    void read_tokens(WeightReader& reader, const Lengths& lengths);
    [[nodiscard]] Tokens first_tokens(const Batch& batch, const Observer* observe) const;
    [[nodiscard]] at::Tensor attend(const Attention& of, const at::Tensor& query, const at::Tensor& key,
                                    const at::Tensor& value) const;
    [[nodiscard]] at::Tensor run_layer(std::size_t index, const Tokens& tokens, const at::Tensor& context,
                                       bool pose_only, const Observer* observe) const;
    void tell(Tokens& tokens, const Feedback& feedback, const at::Tensor& map, const Observer* observe,
              const std::string& name) const;

    Profile profile_;
    std::int64_t heads_;
    std::vector<Layer> layers_;
    LayerNorm last_;
    at::Tensor initial_pose_, initial_camera_;
    Linear pose_to_token_, previous_to_token_, prompt_to_token_;
    at::Tensor prompt_, hand_boxes_, points_2d_, points_3d_, encoding_;
    Perceptron place_2d_, place_3d_;
    Linear features_;
    at::Tensor places_;
    std::vector<at::Tensor> places_by_layer_;
};

/// Sines and cosines of the places of the network's patches: (1, patches, 2 * frequencies), from the stored
/// (2, frequencies) matrix.
[[nodiscard]] at::Tensor encoded_places(const at::Tensor& matrix, const Profile& profile);

}  // namespace posed::estimation::sam3dbody
