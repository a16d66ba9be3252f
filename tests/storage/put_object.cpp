// put_object FOLDER KEY: stores an object of 20 MB and removes it again. durability_test watches its system
// calls.

#include <cstddef>
#include <cstdlib>
#include <vector>

#include "base/clock.h"
#include "storage/filesystem_store.h"

namespace {

posed::Result<> put_and_remove(const char* folder, const char* key) {
    const auto store = TRY(
        posed::storage::open_filesystem_store({.folder = folder, .max_bytes = {}}, posed::system_clock()));
    const auto writer = TRY(store->put(key));
    const std::vector<std::byte> megabyte(1'000'000);
    for (int i = 0; i < 20; ++i)
        TRY(writer->write(megabyte));
    TRY(writer->finish());
    return store->remove(key);
}

}  // namespace

int main(int argc, char** argv) {
    return argc == 3 && put_and_remove(argv[1], argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
}
