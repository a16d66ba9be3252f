#include "estimation/sam3dbody/model_lengths.h"

#include <string>

#include "estimation/sam3dbody/elements.h"
#include "estimation/sam3dbody/json_text.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::int64_t published_backbone_heads = 16, published_decoder_heads = 8;

std::int64_t count_layers(const TensorFile& file, const std::string& before, const std::string& after) {
    std::int64_t count = 0;
    const auto name = [&] { return std::string(before).append(std::to_string(count)).append(after); };
    while (file.tensors().contains(name()))
        ++count;
    return count;
}

Result<> read_heads(const std::filesystem::path& config, ModelLengths& lengths) {
    lengths.backbone_heads = published_backbone_heads;
    lengths.decoder.heads = published_decoder_heads;
    std::error_code unreadable;
    if (!std::filesystem::exists(config, unreadable))
        return {};
    const auto json = TRY(read_json_file(config));
    const auto number = [&](const char* part, std::int64_t otherwise) {
        const auto* heads = json.find({"tiny", part, "heads"});
        return heads == nullptr ? otherwise : static_cast<std::int64_t>(heads->number);
    };
    lengths.backbone_heads = number("backbone", published_backbone_heads);
    lengths.decoder.heads = number("decoder", published_decoder_heads);
    return {};
}

}  // namespace

Result<ModelLengths> model_lengths(const TensorFile& checkpoint, const std::filesystem::path& config) {
    ModelLengths lengths;
    lengths.backbone_width = length_in(checkpoint, "backbone.patch_embed.proj.weight", 0);
    lengths.backbone_depth = count_layers(checkpoint, "backbone.blocks.", ".norm1.weight");
    auto& decoder = lengths.decoder;
    decoder.width = length_in(checkpoint, "keypoint_embedding.weight", 1);
    decoder.depth = count_layers(checkpoint, "decoder.layers.", ".ln1.weight");
    decoder.attention = length_in(checkpoint, "decoder.layers.0.self_attn.q_proj.weight", 0);
    decoder.perceptron = length_in(checkpoint, "decoder.layers.0.ffn.layers.0.0.weight", 0);
    decoder.context = lengths.backbone_width;
    TRY(read_heads(config, lengths));
    const bool whole = lengths.backbone_width > 0 && lengths.backbone_depth > 0 && decoder.width > 0 &&
                       decoder.depth > 0 && decoder.attention > 0 && decoder.perceptron > 0;
    if (!whole)
        return fail(Code::corrupt_model,
                    checkpoint.name() +
                        " is not the ViT-H model: of backbone.patch_embed.proj.weight, "
                        "backbone.blocks and decoder.layers not all are there",
                    "use facebook/sam-3d-body-vith; the DINOv3 variant is another model");
    if (lengths.backbone_width > widest_row)
        return fail(Code::corrupt_model,
                    checkpoint.name() + ": its backbone is " + std::to_string(lengths.backbone_width) +
                        " wide, that of ViT-H " + std::to_string(widest_row),
                    "use facebook/sam-3d-body-vith");
    if (lengths.backbone_heads < 1 || lengths.backbone_width % lengths.backbone_heads != 0 ||
        decoder.heads < 1 || decoder.attention % decoder.heads != 0)
        return fail(Code::corrupt_model, checkpoint.name() + ": widths of " +
                                             std::to_string(lengths.backbone_width) + " and " +
                                             std::to_string(decoder.attention) + " cannot be shared by " +
                                             std::to_string(lengths.backbone_heads) + " and " +
                                             std::to_string(decoder.heads) + " heads");
    return lengths;
}

}  // namespace posed::estimation::sam3dbody
