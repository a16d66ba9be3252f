#pragma once

namespace posed::estimation::blazepose {

/// While it lives, what oneDNN does in this thread it does in this thread alone. Otherwise it would divide
/// operators among OpenMP's threads, which wait for each other (thread_pool.h). Other threads, and this one
/// afterwards, are as they were: libtorch uses the same OpenMP.
class SingleThreaded {
  public:
    SingleThreaded() noexcept;
    SingleThreaded(const SingleThreaded&) = delete;
    SingleThreaded& operator=(const SingleThreaded&) = delete;
    ~SingleThreaded();

  private:
    int threads_;
};

}  // namespace posed::estimation::blazepose
