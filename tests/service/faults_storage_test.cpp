// A disk that is full, a database that somebody else holds, and the order in which an upload reaches the
// disk.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
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
        // The service writes meanwhile: what was free may be taken already.
        const auto fill = [&] {
            const auto free = std::filesystem::space(disk.path()).available;
            return ::posix_fallocate(file, 0, static_cast<off_t>(free - left));
        };
        EXPECT_TRUE(eventually([&] { return fill() == 0; }));
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
    RunningService service({.data_directory = disk.path() / "data"});
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

TEST(FullDisk, HoldsARunUpUntilThereIsRoomAgain) {
    const SmallFileSystem disk(32 * mebibyte);
    POSED_NEEDS_DISK(disk);
    RunningService service({.data_directory = disk.path() / "data"});
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 8;
    const auto task = client.submitted(wanted);
    client.wait_for(task, "STARTED");
    {
        const Filler filler(disk, 0);
        EXPECT_TRUE(eventually([&] { return service.times_said("the database does not answer") > 0; }));
    }
    const auto ended = client.wait_until_final(task);
    EXPECT_EQ(text(ended, "status"), "SUCCESS") << service.said();
    EXPECT_GT(client.estimated({.video = wanted.video}), 0);
    std::cout << number(ended, "attempts") << " lost runs\n";
    expect_tidy(service);
}

TEST(FullStore, HasATaskTriedAgainWithTheReason) {
    const auto clip = bytes_of(synthetic_clip());
    const auto large = enlarged_clip(clip.size() + mebibyte, 'a');
    RunningService service(
        {.settings = {"POSED_MAX_STORE_BYTES=" + std::to_string(clip.size() + large.size() + 1000)}});
    const ServiceClient client(service.port());
    const auto video = client.uploaded(synthetic_clip());
    const auto in_the_way = json_of(client.upload(large));
    const auto task = client.submitted(EstimationWanted{.video = video});
    client.wait_for(task, "RETRY");
    EXPECT_EQ(text(client.task(task), "error/code"), "storage_full");
    const auto refused = client.upload(enlarged_clip(clip.size() + mebibyte, 'b'));
    EXPECT_EQ(refused.status, 507) << refused.body;
    EXPECT_NE(text(json_of(refused), "suggestion").find("POSED_MAX_STORE_BYTES"), std::string::npos);
    EXPECT_EQ(client.remove("/videos/" + std::to_string(number(in_the_way, "id")) + "/").status, 204);
    client.wait_for(task, "SUCCESS");
    std::cout << number(client.task(task), "attempts") << " lost runs\n";
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

struct Call {
    std::string thread;
    std::string text;
};

/// In the order in which they returned; what sends counts from where it began.
std::vector<Call> calls_in(const std::filesystem::path& trace) {
    std::vector<Call> calls;
    std::map<std::string, std::string> unfinished;
    std::ifstream file(trace);
    for (std::string line; std::getline(file, line);) {
        const auto thread = line.substr(0, line.find(' '));
        auto call = line.substr(std::min(line.find_first_not_of(' ', thread.size()), line.size()));
        if (call.ends_with("<unfinished ...>") && !call.starts_with("send"))
            unfinished[thread] = call;
        else if (call.starts_with("<... "))
            calls.push_back({.thread = thread, .text = std::exchange(unfinished[thread], "")});
        else
            calls.push_back({.thread = thread, .text = std::move(call)});
    }
    return calls;
}

/// Goes through calls in one direction only.
class Walk {
  public:
    explicit Walk(std::vector<Call> calls) : calls_(std::move(calls)) {}

    /// On to the next call of that name that has the text in it, by that thread if one is given. Returns the
    /// thread.
    std::string go_to(const std::string& name, const std::string& text, const std::string& thread = "") {
        const auto fits = [&](const Call& call) {
            return call.text.starts_with(name) && call.text.find(text) != std::string::npos &&
                   (thread.empty() || call.thread == thread);
        };
        const auto found = std::find_if(calls_.begin() + passed_, calls_.end(), fits);
        EXPECT_NE(found, calls_.end()) << "no " << name << " of " << text << " follows";
        if (found == calls_.end())
            return thread;
        passed_ = found - calls_.begin() + 1;
        return found->thread;
    }

    [[nodiscard]] std::ptrdiff_t passed() const { return passed_; }

  private:
    std::vector<Call> calls_;
    std::ptrdiff_t passed_ = 0;
};

TEST(PowerCut, TakesNoUploadThatWasAnswered) {
    // A power cut keeps what was synced, in the order of the syncs. So the order of the system calls is the
    // proof: object, folder, record, and then the answer.
    POSED_REQUIRES(std::filesystem::exists("/usr/bin/strace"), "strace is missing");
    const TemporaryFolder folder;
    const auto trace = folder.path() / "trace";
    // Under the address sanitizer no leaks: it is a tracer itself, and two cannot be there at once.
    RunningService service({.settings = {"ASAN_OPTIONS=detect_leaks=0"},
                            .under = {"strace", "-f", "-y", "-s", "64", "-o", trace, "-e",
                                      "trace=fsync,fdatasync,pwrite64,sendmsg,sendto,write,writev"}});
    const auto answer = ServiceClient(service.port()).upload(bytes_of(synthetic_clip()));
    ASSERT_EQ(answer.status, 201);
    expect_tidy(service);

    const auto calls = calls_in(trace);
    Walk walk(calls);
    const auto thread = walk.go_to("fsync(", text(json_of(answer), "storage_key"));
    walk.go_to("fsync(", "/objects/videos>", thread);
    walk.go_to("pwrite64(", "posed.db-wal>", thread);
    walk.go_to("fdatasync(", "posed.db-wal>", thread);
    const auto recorded = walk.passed();
    walk.go_to("send", "HTTP/1.1 201");
    Walk from_the_start(calls);
    from_the_start.go_to("send", "HTTP/1.1 201");
    EXPECT_EQ(from_the_start.passed(), walk.passed()) << "it was answered before";
    std::cout << calls.size() << " calls; recorded with the " << recorded << "th, answered with the "
              << walk.passed() << "th\n";
}

}  // namespace
}  // namespace posed::tests
