#include "estimation/blazepose/single_threaded.h"

// OpenMP's library is oneDNN's; its header belongs to a compiler, and not every one has it.
extern "C" {
int omp_get_max_threads();
void omp_set_num_threads(int threads);
}

namespace posed::estimation::blazepose {

SingleThreaded::SingleThreaded() noexcept : threads_(omp_get_max_threads()) {
    omp_set_num_threads(1);
}

SingleThreaded::~SingleThreaded() {
    omp_set_num_threads(threads_);
}

}  // namespace posed::estimation::blazepose
