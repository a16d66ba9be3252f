#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimation/sam3dbody/pickle.h"
#include "estimation/sam3dbody/zip_archive.h"

namespace posed::estimation::sam3dbody {

/// "(2, any, 3)", for messages: a length below zero stands for any.
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

/// A file that PyTorch wrote, as named tensors that are read one by one and only when asked for. Of a
/// checkpoint (`torch.save`): the entries of its dictionary, or of `state_dict` in it, without the prefixes
/// `model.` and `module.`. Of a TorchScript archive: its buffers and parameters by the path of their
/// attributes, `character_torch.mesh.faces`; its code is never looked at. Every tensor's place is checked
/// when the file is opened. May be read by several threads.
class TensorFile {
  public:
    /// Errors: not_found, permission_denied, corrupt_model (docs/estimators.md lists what is refused).
    [[nodiscard]] static Result<TensorFile> open(const std::filesystem::path& path, PickleKind kind);

    [[nodiscard]] const std::string& name() const noexcept { return archive_.name(); }
    [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const noexcept { return tensors_; }

    /// Attributes of a TorchScript archive that are whole numbers, or lists of them; entries of a
    /// checkpoint's dictionary that are texts.
    [[nodiscard]] const std::map<std::string, std::vector<std::int64_t>>& numbers() const noexcept {
        return numbers_;
    }
    [[nodiscard]] const std::map<std::string, std::string>& texts() const noexcept { return texts_; }

    /// How many elements lie between a tensor's first and last in the file, both included.
    [[nodiscard]] static std::int64_t extent_of(const StoredTensor& tensor) noexcept;

    /// Fills `buffer`, `extent_of(tensor)` elements long, with the part of the file that the tensor views.
    [[nodiscard]] Result<> read(const StoredTensor& tensor, std::span<std::byte> buffer) const;

  private:
    TensorFile(ZipArchive archive, std::string folder)
        : archive_(std::move(archive)), folder_(std::move(folder)) {}

    Result<> collect_dictionary(const PicklePairs& dictionary);
    Result<> collect_object(const PickleObject& object, const std::string& path, int depth);
    Result<> add(const std::string& name, const StoredTensor& tensor);

    ZipArchive archive_;
    std::string folder_;
    std::map<std::string, StoredTensor> tensors_;
    std::map<std::string, std::vector<std::int64_t>> numbers_;
    std::map<std::string, std::string> texts_;
};

}  // namespace posed::estimation::sam3dbody
