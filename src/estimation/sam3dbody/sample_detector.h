#pragma once

#include <filesystem>
#include <string>

#include <torch/csrc/jit/api/module.h>

namespace posed::estimation::sam3dbody {

/// Writes a TorchScript archive whose forward(picture) is `body`, Python's lines indented by four spaces.
inline void write_sample_detector(const std::filesystem::path& path, const std::string& body) {
    torch::jit::Module module("Detector");
    module.define("def forward(self, picture):\n" + body);
    module.save(path.string());
}

}  // namespace posed::estimation::sam3dbody
