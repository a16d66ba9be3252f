#pragma once

#include <cstddef>
#include <filesystem>

#include "tests/support/shared_data.h"

namespace posed::tests {

/// A file system of its own of `bytes` bytes, in memory, for as long as the object lives. Mounting one needs
/// root: begin the test with `POSED_NEEDS_DISK`.
class SmallFileSystem {
  public:
    explicit SmallFileSystem(std::size_t bytes);
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;
    ~SmallFileSystem();

    /// Lets nobody write any more, root neither.
    void make_read_only() const;

    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

  private:
    TemporaryFolder folder_;
    bool mounted_ = false;
};

}  // namespace posed::tests

/// After the disk of a test: it is there, or the test ends.
#define POSED_NEEDS_DISK(disk) POSED_REQUIRES((disk).mounted(), "mounting a small file system needs root")
