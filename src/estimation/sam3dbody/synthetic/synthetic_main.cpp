#include <cstdio>

#include "estimation/sam3dbody/synthetic/synthetic_model.h"

/// sam3dbody-synthetic DIR: writes a model of the published size with made-up weights.
int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: sam3dbody-synthetic DIR\n", stderr);
        return 2;
    }
    const auto written = posed::estimation::sam3dbody::write_synthetic_model(arguments[1]);
    if (!written)
        std::fprintf(stderr, "sam3dbody-synthetic: %s\n", written.error().message.c_str());
    return written ? 0 : 1;
}
