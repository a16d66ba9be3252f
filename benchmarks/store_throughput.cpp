// store_throughput FOLDER [MEGABYTES]: an object store's writes against `dd conv=fsync` of the same size, in
// turns, so that both meet the same disk. FOLDER must lie on the disk that is meant.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "storage/filesystem_store.h"

namespace {

using namespace posed;

constexpr int rounds = 5;
constexpr std::size_t piece_bytes = 1 << 20;

double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct PutSeconds {
    double write = 0;
    double finish = 0;
};

PutSeconds put(storage::ObjectStore& store, int megabytes) {
    const std::vector<std::byte> piece(piece_bytes, std::byte{0x5A});
    PutSeconds seconds;
    const auto writer = store.put("videos/throughput.mp4").value();
    seconds.write = seconds_of([&] {
        for (int i = 0; i < megabytes; ++i)
            writer->write(piece).value();
    });
    seconds.finish = seconds_of([&] { (void)writer->finish().value(); });
    store.remove("videos/throughput.mp4").value();
    return seconds;
}

double dd(const std::filesystem::path& folder, int megabytes) {
    const auto file = folder / "throughput.dd";
    const auto command = fmt::format("dd if=/dev/zero of='{}' bs=1M count={} conv=fsync status=none",
                                     file.string(), megabytes);
    const auto seconds = seconds_of([&] {
        if (std::system(command.c_str()) != 0)
            std::exit(EXIT_FAILURE);
    });
    std::filesystem::remove(file);
    return seconds;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: store_throughput FOLDER [MEGABYTES]\n");
        return EXIT_FAILURE;
    }
    const std::filesystem::path folder = argv[1];
    const int megabytes = argc > 2 ? std::stoi(argv[2]) : 1024;
    const auto store =
        storage::open_filesystem_store({.folder = folder / "objects", .max_bytes = {}}, system_clock())
            .value();
    std::vector<double> ours, theirs;
    for (int round = 0; round < rounds; ++round) {
        const auto seconds = put(*store, megabytes);
        ours.push_back(seconds.write + seconds.finish);
        theirs.push_back(dd(folder, megabytes));
        fmt::print("put {:.2f} s (write {:.2f} s, {:.0f} MiB/s; finish {:.2f} s)   dd {:.2f} s\n",
                   ours.back(), seconds.write, megabytes / seconds.write, seconds.finish, theirs.back());
    }
    fmt::print("median of {}: put {:.0f} MiB/s, dd {:.0f} MiB/s, ratio {:.2f}\n", rounds,
               megabytes / median(ours), megabytes / median(theirs), median(theirs) / median(ours));
    return EXIT_SUCCESS;
}
