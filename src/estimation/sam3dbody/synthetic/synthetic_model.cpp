#include "estimation/sam3dbody/synthetic/synthetic_model.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/CPUGeneratorImpl.h>

#include "estimation/sam3dbody/synthetic/pickle_writer.h"
#include "estimation/sam3dbody/synthetic/synthetic_tensors.h"
#include "estimation/sam3dbody/synthetic/zip_writer.h"

namespace posed::estimation::sam3dbody {
namespace {

ElementType element_type(at::ScalarType type) {
    switch (type) {
        case at::kBFloat16:
            return ElementType::bfloat16;
        case at::kLong:
            return ElementType::int64;
        case at::kInt:
            return ElementType::int32;
        default:
            return ElementType::float32;
    }
}

/// Writes the tensors' memory, and remembers under which key.
class MemoryWriter {
  public:
    MemoryWriter(ZipWriter& zip, std::string folder) : zip_(zip), folder_(std::move(folder)) {}

    const std::string& write(const SyntheticTensor& tensor) {
        const auto number = keys_.size();
        auto& key = keys_[tensor.name];
        if (!tensor.shares.empty())
            return key = keys_.at(tensor.shares);
        key = std::to_string(number);
        const auto generator = at::make_generator<at::CPUGeneratorImpl>(number + 1);
        const auto values = tensor.make(tensor.shape, generator).to(tensor.type).contiguous();
        zip_.add(folder_ + "/data/" + key,
                 {static_cast<const std::byte*>(values.data_ptr()), values.nbytes()});
        return key;
    }

  private:
    ZipWriter& zip_;
    std::string folder_;
    std::map<std::string, std::string> keys_;
};

Result<> finish(ZipWriter& zip, const std::filesystem::path& path, const std::string& folder,
                std::string pickle) {
    zip.add(folder + "/data.pkl", std::as_bytes(std::span(pickle)));
    zip.add(folder + "/version", std::as_bytes(std::span("3\n", 2)));
    if (zip.finish())
        return {};
    return fail(Code::storage_full, path.string() + " could not be written",
                "make room: a synthetic model takes 2.4 GB");
}

Result<> write_checkpoint(const std::filesystem::path& path) {
    ZipWriter zip(path);
    MemoryWriter memory(zip, "model");
    PickleWriter pickle;
    pickle.raw("}(");
    pickle.text("synthetic");
    pickle.text("made-up weights, for tests and measurements only");
    for (const auto& tensor : synthetic_checkpoint()) {
        pickle.text(tensor.name);
        pickle.tensor(element_type(tensor.type), memory.write(tensor), tensor.shape);
    }
    pickle.raw("u");
    return finish(zip, path, "model", std::move(pickle).finish());
}

/// The modules of the archive, each with its tensors and its own modules, by the paths of the names.
struct Module {
    std::map<std::string, Module> modules;
    std::map<std::string, const SyntheticTensor*> tensors;

    void add(std::string_view path, const SyntheticTensor& tensor) {
        const auto dot = path.find('.');
        if (dot == std::string_view::npos)
            tensors[std::string(path)] = &tensor;
        else
            modules[std::string(path.substr(0, dot))].add(path.substr(dot + 1), tensor);
    }

    void write(PickleWriter& pickle, MemoryWriter& memory) const {
        pickle.raw("c__torch__.synthetic\nModule\n)\x81}(");
        for (const auto& [name, tensor] : tensors) {
            pickle.text(name);
            pickle.tensor(element_type(tensor->type), memory.write(*tensor), tensor->shape);
        }
        if (tensors.contains("pmi")) {
            pickle.text("_pmi_buffer_sizes");
            pickle.numbers(synthetic_levels());
        }
        if (tensors.contains("sparse_weight")) {
            pickle.text("sparse_shape");
            pickle.numbers(std::vector{synthetic_hidden, synthetic_features});
        }
        for (const auto& [name, module] : modules) {
            pickle.text(name);
            module.write(pickle, memory);
        }
        pickle.raw("ub");
    }
};

Result<> write_body(const std::filesystem::path& path) {
    ZipWriter zip(path);
    MemoryWriter memory(zip, "mhr_model");
    PickleWriter pickle;
    const auto tensors = synthetic_body();
    Module root;
    for (const auto& tensor : tensors)
        root.add(tensor.name, tensor);
    root.write(pickle, memory);
    return finish(zip, path, "mhr_model", std::move(pickle).finish());
}

}  // namespace

Result<> write_synthetic_model(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder / "assets", failed);
    if (failed)
        return fail(Code::input_output, folder.string() + " cannot be made: " + failed.message());
    TRY(write_checkpoint(folder / "model.ckpt"));
    return write_body(folder / "assets" / "mhr_model.pt");
}

}  // namespace posed::estimation::sam3dbody
