#include "estimation/sam3dbody/sample_detector.h"

#include <cstdio>
#include <sstream>
#include <string>

/// make_sample_detector FILE ROW...: a detector that always gives these rows, each
/// "left, top, right, bottom, confidence, class".
int main(int count, char** arguments) {
    if (count < 3) {
        std::fputs("usage: make_sample_detector FILE ROW...\n", stderr);
        return 2;
    }
    std::string rows;
    for (int i = 2; i < count; ++i)
        rows += "[" + std::string(arguments[i]) + "], ";
    posed::estimation::sam3dbody::write_sample_detector(arguments[1],
                                                        "    return torch.tensor([[" + rows + "]])\n");
    return 0;
}
