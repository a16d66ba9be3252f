#include "estimation/blazepose/buffers.h"

#include <algorithm>

namespace posed::estimation::blazepose {

float* Buffers::take(std::size_t bytes) {
    auto best = free_.end();
    for (auto i = free_.begin(); i != free_.end(); ++i) {
        if (i->second >= bytes && (best == free_.end() || i->second < best->second))
            best = i;
    }
    if (best == free_.end())
        best = free_.emplace(make(bytes), bytes).first;
    const auto [buffer, size] = *best;
    free_.erase(best);
    users_[buffer] = {.count = 1, .size = size};
    return buffer;
}

void Buffers::share(float* buffer) {
    ++users_.at(buffer).count;
}

void Buffers::give_back(float* buffer) {
    auto& users = users_.at(buffer);
    if (--users.count == 0)
        free_.emplace(buffer, users.size);
}

float* Buffers::make(std::size_t bytes) {
    const auto size = static_cast<dnnl::memory::dim>(bytes);
    all_.emplace_back(dnnl::memory::desc({size}, dnnl::memory::data_type::u8, dnnl::memory::format_tag::a),
                      engine_);
    auto* const buffer = static_cast<float*>(all_.back().get_data_handle());
    std::fill_n(buffer, bytes / sizeof(float), 0.0F);
    return buffer;
}

}  // namespace posed::estimation::blazepose
