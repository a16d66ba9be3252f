#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include <dnnl.hpp>

namespace posed::estimation::blazepose {

/// Buffers for the tensors between a network's operators, while its program is built. One serves again once
/// nobody needs what is in it.
class Buffers {
  public:
    explicit Buffers(dnnl::engine engine) : engine_(std::move(engine)) {}

    /// A buffer with one user: the smallest that is free and large enough, else a new one, of zeros.
    [[nodiscard]] float* take(std::size_t bytes);

    /// One more user.
    void share(float* buffer);

    /// One user less. After the last the buffer is free.
    void give_back(float* buffer);

    /// All of them, which the program keeps.
    [[nodiscard]] std::vector<dnnl::memory> finish() { return std::move(all_); }

  private:
    struct Users {
        int count;
        std::size_t size;  // of the buffer
    };

    float* make(std::size_t bytes);

    dnnl::engine engine_;
    std::vector<dnnl::memory> all_;
    std::map<float*, std::size_t> free_;  // and its size
    std::map<float*, Users> users_;
};

}  // namespace posed::estimation::blazepose
