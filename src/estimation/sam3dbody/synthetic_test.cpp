// The made-up model of full size: its names, without writing 2.4 GB.

#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "estimation/sam3dbody/json_text.h"
#include "estimation/sam3dbody/sample_model.h"
#include "estimation/sam3dbody/synthetic/pickle_writer.h"
#include "estimation/sam3dbody/synthetic/synthetic_tensors.h"

namespace posed::estimation::sam3dbody {
namespace {

TEST(SyntheticModel, HasThePublishedNamesShapesAndTypes) {
    const auto path = shared_models() / "checkpoint_keys.json";
    POSED_NEEDS(path);
    const auto json = read_json_file(path).value();
    const auto* nested = json.find({"tensors"});
    const auto& published = nested != nullptr ? nested->object : json.object;
    const auto made = synthetic_checkpoint();
    EXPECT_EQ(made.size(), 965U);
    std::set<std::string> names;
    for (const auto& tensor : made) {
        EXPECT_TRUE(names.insert(tensor.name).second) << tensor.name;
        const auto found = published.find(tensor.name);
        ASSERT_NE(found, published.end()) << tensor.name;
        std::vector<std::int64_t> shape;
        for (const auto& length : found->second.find({"shape"})->list)
            shape.push_back(static_cast<std::int64_t>(length.number));
        EXPECT_EQ(tensor.shape, shape) << tensor.name;
        const std::string type = tensor.type == at::kBFloat16 ? "BF16"
                                 : tensor.type == at::kLong   ? "I64"
                                                              : "F32";
        EXPECT_EQ(type, found->second.find({"dtype"})->text) << tensor.name;
    }
}

TEST(SyntheticModel, HasATreeOfAllJoints) {
    const auto levels = synthetic_levels();
    EXPECT_EQ(std::accumulate(levels.begin(), levels.end(), std::int64_t{0}), 126);
}

TEST(PickleWriter, IsReadBack) {
    PickleWriter writer;
    writer.raw("}(");
    writer.text("large");
    writer.number(std::int64_t{1} << 40);
    writer.text("weights");
    writer.tensor(ElementType::bfloat16, "7", std::vector<std::int64_t>{3, 4});
    writer.raw("u");
    const auto text = std::move(writer).finish();
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    const auto pickle = read_pickle({begin, begin + text.size()}, PickleKind::checkpoint, "file").value();
    const auto& pairs = *std::get<PicklePairs*>(pickle->root.value);
    ASSERT_EQ(pairs.size(), 2U);
    EXPECT_EQ(std::get<std::int64_t>(pairs[0].second.value), std::int64_t{1} << 40);
    const auto& tensor = std::get<StoredTensor>(pairs[1].second.value);
    EXPECT_EQ(tensor.memory.type, ElementType::bfloat16);
    EXPECT_EQ(tensor.memory.key, "7");
    EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(tensor.strides, (std::vector<std::int64_t>{4, 1}));
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
