#include "estimation/sam3dbody/tensor_file.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

#include "estimation/sam3dbody/parity/golden_file.h"
#include "estimation/sam3dbody/sample_model.h"
#include "estimation/sam3dbody/synthetic/zip_writer.h"
#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

using testing::HasSubstr;

void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Error refusal_of(const std::filesystem::path& path, PickleKind kind = PickleKind::checkpoint) {
    const auto file = TensorFile::open(path, kind);
    EXPECT_FALSE(file) << path;
    return file ? Error{} : file.error();
}

/// A checkpoint of which only the pickle is made up.
std::filesystem::path with_pickle(const tests::TemporaryFolder& folder, const std::string& pickle) {
    auto path = folder.path() / "made_up.ckpt";
    ZipWriter zip(path);
    zip.add("archive/data.pkl", std::as_bytes(std::span(pickle)));
    zip.add("archive/data/0", std::as_bytes(std::span("0123456789abcdef", 16)));
    EXPECT_TRUE(zip.finish());
    return path;
}

/// {"a": tensor} of float32 over memory "0" that is said to have `count` elements.
std::string tensor_pickle(std::uint8_t count, const std::string& offset_shape_strides) {
    const std::string number(1, static_cast<char>(count));
    return "\x80\x02}X\x01" + std::string(3, '\0') + "actorch._utils\n_rebuild_tensor_v2\n((X\x07" +
           std::string(3, '\0') + "storagectorch\nFloatStorage\nX\x01" + std::string(3, '\0') + "0X\x03" +
           std::string(3, '\0') + "cpuK" + number + "tQ" + offset_shape_strides + "\x89}tRs.";
}

TEST(TensorFile, ReadsEveryContainerAsItWasWritten) {
    POSED_NEEDS(tiny() / "containers");
    for (const char* name : {"nested.ckpt", "flat_plain_dict.ckpt"}) {
        auto expected = GoldenFile::open(tiny() / "containers" / "expected.safetensors").value();
        const auto file = TensorFile::open(tiny() / "containers" / name, PickleKind::checkpoint).value();
        std::size_t compared = 0;
        for (const auto& [tensor_name, stored] : file.tensors()) {
            ASSERT_TRUE(expected.contains(tensor_name)) << name << ' ' << tensor_name;
            const auto& wanted = expected.take(tensor_name);
            const auto read = read_tensor(file, stored).value();
            EXPECT_TRUE(at::equal(read.to(wanted.scalar_type()), wanted)) << name << ' ' << tensor_name;
            ++compared;
        }
        EXPECT_GE(compared, 1U);
        if (std::string_view(name) == "nested.ckpt") {
            EXPECT_THAT(expected.never_taken(), testing::IsEmpty());
        }
    }
}

TEST(TensorFile, FindsAllOfTheSmallModel) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto checkpoint = TensorFile::open(tiny() / "model.ckpt", PickleKind::checkpoint).value();
    EXPECT_EQ(checkpoint.tensors().size(), 413U);
    const auto body = TensorFile::open(tiny() / "assets" / "mhr_model.pt", PickleKind::torchscript).value();
    EXPECT_EQ(body.tensors().size(), 22U);
    EXPECT_THAT(body.numbers().at("character_torch.skeleton._pmi_buffer_sizes"),
                testing::ElementsAre(59, 65, 83, 86));
}

TEST(TensorFile, RefusesOtherFilesAndSaysWhatTheyAre) {
    const tests::TemporaryFolder folder;
    write(folder.path() / "page.ckpt", "<html>Log in to download</html>");
    EXPECT_THAT(refusal_of(folder.path() / "page.ckpt").message, HasSubstr("is a text"));
    write(folder.path() / "empty.ckpt", "");
    EXPECT_THAT(refusal_of(folder.path() / "empty.ckpt").message, HasSubstr("is empty"));
    write(folder.path() / "noise.ckpt", std::string("\x01\x02\xff\xfe", 4));
    EXPECT_THAT(refusal_of(folder.path() / "noise.ckpt").message, HasSubstr("not a zip archive"));
    EXPECT_EQ(refusal_of(folder.path() / "nothing.ckpt").code, Code::not_found);
    ZipWriter zip(folder.path() / "pictures.zip");
    zip.add("one.txt", std::as_bytes(std::span("x", 1)));
    ASSERT_TRUE(zip.finish());
    EXPECT_THAT(refusal_of(folder.path() / "pictures.zip").message, HasSubstr("PyTorch did not write it"));
}

TEST(TensorFile, RefusesOldAndCutFiles) {
    POSED_NEEDS(tiny() / "containers");
    const auto old = refusal_of(tiny() / "containers" / "legacy_not_zip.ckpt");
    EXPECT_THAT(old.message, HasSubstr("before 1.6"));
    EXPECT_THAT(old.suggestion, HasSubstr("torch.save"));
    const tests::TemporaryFolder folder;
    const auto whole = bytes_of(tiny() / "containers" / "nested.ckpt");
    for (const std::size_t length : {std::size_t{10}, whole.size() / 2, whole.size() - 30}) {
        write(folder.path() / "cut.ckpt", whole.substr(0, length));
        EXPECT_THAT(refusal_of(folder.path() / "cut.ckpt").message, HasSubstr("cut off")) << length;
    }
}

TEST(TensorFile, SurvivesEveryDamagedByte) {
    POSED_NEEDS(tiny() / "containers");
    const tests::TemporaryFolder folder;
    const auto whole = bytes_of(tiny() / "containers" / "nested.ckpt");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        write(folder.path() / "damaged.ckpt", damaged);
        const auto file = TensorFile::open(folder.path() / "damaged.ckpt", PickleKind::checkpoint);
        if (!file) {
            EXPECT_FALSE(file.error().message.empty());
            continue;
        }
        for (const auto& [name, stored] : file->tensors())
            if (TensorFile::extent_of(stored) < 1000)
                static_cast<void>(read_tensor(*file, stored));
    }
}

TEST(TensorFile, RunsNothingThatAPickleAsksFor) {
    const tests::TemporaryFolder folder;
    for (const std::string& pickle :
         {std::string("\x80\x02") + "cos\nsystem\nX\x04" + std::string(3, '\0') + "true\x85R.",
          std::string("\x80\x04\x8c\x08") + "builtins\x8c\x04" + "eval\x93."}) {
        const auto error = refusal_of(with_pickle(folder, pickle));
        EXPECT_THAT(error.message, HasSubstr("could run code"));
    }
    const auto* const script =
        "\x80\x02"
        "c__torch__.model\nModel\n)\x81}b.";
    EXPECT_THAT(refusal_of(with_pickle(folder, script)).message, HasSubstr("TorchScript"));
    EXPECT_THAT(refusal_of(with_pickle(folder, "\x80\x02.")).message, HasSubstr("is not there"));
    EXPECT_THAT(refusal_of(with_pickle(folder, "\x80\x02]")).message, HasSubstr("cut off"));
    EXPECT_THAT(refusal_of(with_pickle(folder, "\x80\x02N.")).message, HasSubstr("no dictionary"));
}

TEST(TensorFile, RefusesTensorsThatReachBeyondTheirMemory) {
    const tests::TemporaryFolder folder;
    const auto opened = [&](std::uint8_t count, const std::string& view) {
        return TensorFile::open(with_pickle(folder, tensor_pickle(count, view)), PickleKind::checkpoint);
    };
    ASSERT_TRUE(opened(4, "K\x01K\x03\x85K\x01\x85")) << opened(4, "K\x01K\x03\x85K\x01\x85").error().message;
    for (const auto& [count, view] : {std::pair{std::uint8_t{4}, "K\x02K\x03\x85K\x01\x85"},
                                      {std::uint8_t{4}, "K\x01K\x03\x85K\x02\x85"},
                                      {std::uint8_t{200}, "K\x01K\x03\x85K\x01\x85"},
                                      {std::uint8_t{4}, "K\x05K\x01\x85K\x01\x85"},
                                      {std::uint8_t{4}, "J\xff\xff\xff\xffK\x03\x85K\x01\x85"}}) {
        const auto file = opened(count, view);
        ASSERT_FALSE(file);
        EXPECT_THAT(file.error().message, HasSubstr("beyond its memory"));
    }
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
