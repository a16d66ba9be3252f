// Reads a network as far as it goes without running it: the FlatBuffer, the constants, every operator's
// shapes, and what would be scheduled for its outputs. Anything but a model or an error is a finding.

#include <cstddef>
#include <cstdint>
#include <span>

#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::estimation::blazepose;
    const auto model = read_tflite_model(std::as_bytes(std::span(data, size)));
    if (model.has_value())
        (void)schedule_for(*model, model->outputs);
    return 0;
}
