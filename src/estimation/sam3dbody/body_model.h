#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "estimation/sam3dbody/articulation.h"
#include "estimation/sam3dbody/observer.h"
#include "estimation/sam3dbody/tensor_file.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {

/// What the body model makes of its parameters, in centimetres, y up.
struct BodyState {
    at::Tensor vertices;  ///< (batch, vertices, 3)
    at::Tensor joints;    ///< (batch, joints, 8): translation, quaternion x y z w, scale
};

/// The parametric body MHR, computed from the tensors of its published TorchScript archive, whose own code is
/// not run. Float32, the chain of joints in double. Lengths come from the archive.
class BodyModel {
  public:
    /// Errors: corrupt_model.
    [[nodiscard]] static Result<BodyModel> load(const TensorFile& file, at::Device device);

    [[nodiscard]] std::int64_t vertex_count() const noexcept { return base_.size(0); }
    [[nodiscard]] std::int64_t joint_count() const noexcept { return prerotations_.size(0); }

    /// The same body of which only these vertices are computed, in this order; without the face.
    [[nodiscard]] BodyModel restricted_to(const at::Tensor& vertices) const;

    /// `identity`: (batch, 45), `parameters`: (batch, 204), `face`: (batch, 72) or undefined for a neutral
    /// one, which costs nothing.
    [[nodiscard]] BodyState operator()(const at::Tensor& identity, const at::Tensor& parameters,
                                       const at::Tensor& face, const Observer* observe) const;

  private:
    struct SkinEntries {
        at::Tensor vertices, joints, weights;
    };
    BodyModel() = default;
    void read(WeightReader& reader);
    [[nodiscard]] Result<> check(const TensorFile& file) const;
    Result<> read_paths(const TensorFile& file);
    Result<> read_correctives(const TensorFile& file, WeightReader& reader);
    void arrange();
    void set_skin(const SkinEntries& entries);

    at::Tensor base_;              ///< (vertices, 3)
    at::Tensor identity_vectors_;  ///< (45, vertices * 3)
    at::Tensor face_vectors_;      ///< (72, vertices * 3)
    at::Tensor parameter_transform_;
    at::Tensor translation_offsets_, prerotations_, inverse_bind_;
    JointPaths paths_;
    at::Tensor stored_levels_;
    at::Tensor corrective_in_;   ///< (hidden, 6 * moving joints)
    at::Tensor corrective_out_;  ///< (vertices * 3, hidden)
    SkinEntries skin_entries_;
    Skin skin_;
};

}  // namespace posed::estimation::sam3dbody
