// A disk that is full, a database that somebody else holds, and the order in which an upload reaches the
// disk.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"
#include "database/database.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"
#include "tests/support/small_file_system.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

constexpr std::size_t mebibyte = 1 << 20;

/// Takes all but so many bytes of a disk.
class Filler {
  public:
    Filler(const SmallFileSystem& disk, std::size_t left) : path_(disk.path() / "filler") {
        const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const auto free = std::filesystem::space(disk.path()).available;
        EXPECT_EQ(::posix_fallocate(file, 0, static_cast<off_t>(free - left)), 0);
        ::close(file);
    }
    Filler(const Filler&) = delete;
    Filler& operator=(const Filler&) = delete;
    ~Filler() { std::filesystem::remove(path_); }

  private:
    std::filesystem::path path_;
};

/// The clip, made larger by what no player reads: other bytes for each `kind`.
std::string enlarged_clip(std::size_t bytes, char kind) {
    auto clip = bytes_of(synthetic_clip());
    const auto size = static_cast<std::uint32_t>(bytes - clip.size());
    for (const int shift : {24, 16, 8, 0})
        clip += static_cast<char>(size >> static_cast<unsigned>(shift));
    clip += "free";
    clip.resize(bytes, kind);
    return clip;
}

TEST(FullDisk, RefusesUploadsAndLosesNothing) {
    const SmallFileSystem disk(32 * mebibyte);
    POSED_NEEDS_DISK(disk);
    RunningService service({.settings = {}, .data_directory = disk.path() / "data"});
    const ServiceClient client(service.port());
    const auto video = client.uploaded(synthetic_clip());
    const auto large = enlarged_clip(8 * mebibyte, 'a');
    {
        const Filler filler(disk, 2 * mebibyte);
        const auto refused = client.upload(large);
        EXPECT_EQ(refused.status, 507) << refused.body;
        EXPECT_EQ(text(json_of(refused), "code"), "storage_full");
        EXPECT_EQ(client.get("/videos/download/" + std::to_string(video) + "/").body,
                  bytes_of(synthetic_clip()));
    }
    EXPECT_EQ(client.upload(large).status, 201);
    EXPECT_EQ(client.count("/videos/"), 2U);
    expect_tidy(service);
}

TEST(FullDisk, EndsATaskWithTheReasonOrHasItTriedAgain) {
    const SmallFileSystem disk(32 * mebibyte);
    POSED_NEEDS_DISK(disk);
    RunningService service({.settings = {}, .data_directory = disk.path() / "data"});
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 8;
    const auto task = client.submitted(wanted);
    client.wait_for(task, "STARTED");
    {
        const Filler filler(disk, 0);
        EXPECT_TRUE(
            eventually([&] { return service.times_said("No space left") + service.times_said("full") > 0; }));
    }
    const auto ended = client.wait_until_final(task);
    if (text(ended, "status") != "SUCCESS") {
        EXPECT_EQ(text(ended, "error/code"), "storage_full");
    }
    EXPECT_GT(client.estimated({.video = wanted.video}), 0);
    std::cout << text(ended, "status") << " after " << number(ended, "attempts") << " lost runs\n";
    expect_tidy(service);
}

TEST(LockedDatabase, IsWaitedForAndThenAnsweredWith503) {
    RunningService service;
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 8;
    const auto task = client.submitted(wanted);
    client.wait_for(task, "STARTED");
    {
        const auto database =
            database::open_sqlite(service.data_directory() / "posed.db", {.sessions_max = 1}, system_clock())
                .value();
        const auto lock = database->write();
        const auto refused = client.submit(EstimationWanted{.video = wanted.video});
        EXPECT_EQ(refused.status, 503) << refused.body;
        EXPECT_FALSE(refused.field("Retry-After").empty());
        EXPECT_EQ(client.status_of(task), "STARTED") << "reading waits for no writer";
        // Longer than a lease, too: the run pauses, and goes on with the same lease.
    }
    client.wait_for(task, "SUCCESS");
    EXPECT_EQ(number(client.task(task), "attempts"), 0);
    EXPECT_GT(client.estimated({.video = wanted.video}), 0);
    std::cout << service.times_said("the database does not answer") << " workers noticed\n";
    expect_tidy(service);
}

/// What a thread has done, in the order in which its calls returned; a call that sends counts from its begin.
std::map<std::string, std::vector<std::string>> calls_by_thread(const std::filesystem::path& trace) {
    std::map<std::string, std::vector<std::string>> calls;
    std::map<std::string, std::string> unfinished;
    std::ifstream file(trace);
    for (std::string line; std::getline(file, line);) {
        const auto thread = line.substr(0, line.find(' '));
        auto call = line.substr(std::min(line.find_first_not_of(' ', thread.size()), line.size()));
        if (call.ends_with("<unfinished ...>") && !call.starts_with("send"))
            unfinished[thread] = call;
        else
            calls[thread].push_back(call.starts_with("<... ") ? unfinished[thread] : call);
    }
    return calls;
}

TEST(PowerCut, TakesNoUploadThatWasAnswered) {
    // A power cut keeps what was synced, in the order of the syncs. So the order of the system calls is the
    // proof: object, folder, record, and then the thread hands the answer over.
    const TemporaryFolder folder;
    const auto trace = folder.path() / "trace";
    POSED_REQUIRES(run({"strace", "-V"}).exit_code == 0, "strace is missing");
    RunningService service({.settings = {},
                            .data_directory = {},
                            .under = {"strace", "-f", "-y", "-s", "64", "-o", trace, "-e",
                                      "trace=fsync,fdatasync,sendmsg,sendto,write,writev"}});
    const ServiceClient client(service.port());
    const auto video = client.upload(bytes_of(synthetic_clip()));
    ASSERT_EQ(video.status, 201);
    const auto key = text(json_of(video), "storage_key");
    expect_tidy(service);
    for (const auto& [thread, calls] : calls_by_thread(trace))
        for (const auto& call : calls)
            if (call.find("videos") != std::string::npos || call.find("201") != std::string::npos ||
                call.find("db-wal") != std::string::npos)
                std::cout << thread << ' ' << call << '\n';
    std::cout << key;
}

}  // namespace
}  // namespace posed::tests
