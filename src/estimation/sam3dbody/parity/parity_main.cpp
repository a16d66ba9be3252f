#include <cstdio>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/parity/parity.h"

/// sam3dbody-parity DIR [DEVICE]: the folder of a small model with its golden files. Exits with 1 when a
/// number lies beyond its limit.
int main(int count, char** arguments) {
    using namespace posed::estimation::sam3dbody;
    if (count != 2 && count != 3) {
        std::fputs("usage: sam3dbody-parity DIR [cpu|cuda]\n", stderr);
        return 2;
    }
    const auto reports = check_parity(arguments[1], count == 3 ? arguments[2] : "cpu");
    if (!reports) {
        std::fprintf(stderr, "sam3dbody-parity: %s\n", reports.error().message.c_str());
        return 1;
    }
    bool good = !reports->empty();
    for (const auto& report : *reports) {
        std::printf("%s\n", report.file.c_str());
        for (const auto& [name, quantity] : report.quantities)
            std::printf("  %-46s worst %-10.3g limit %-8.3g of %3d tensors, in %s\n", name.c_str(),
                        quantity.worst, quantity.limit, quantity.tensors,
                        quantity.worst_tensor.empty() ? "none" : quantity.worst_tensor.c_str());
        for (const auto& failure : report.failures)
            std::printf("  FAILED: %s\n", failure.c_str());
        good = good && report.failures.empty();
    }
    return good ? 0 : 1;
}
