#include "tests/cluster/load.h"

#include <utility>

#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

constexpr std::chrono::milliseconds patience = std::chrono::minutes{4};
constexpr std::chrono::milliseconds before_repeating{100};

/// The clip with an atom behind it that no player reads: other bytes each time, so another video.
std::string new_clip() {
    static char number = 'A';
    const std::string content(8, number++);
    return bytes_of(synthetic_clip()) + std::string("\0\0\0\x10", 4) + "free" + content;
}

}  // namespace

Load::Load(Cluster& cluster, std::chrono::milliseconds duration) : cluster_(cluster) {
    const auto client = cluster.client(Machine::second);
    video_ = number(json_of(client.upload(new_clip())), "id");
    Wanted first{.estimating = {.video = video_, .duration_seconds = 0.5}, .rendering = {}};
    base_ = client.estimated(first.estimating);
    let_accept(first, Machine::second);
    add(first);
    ++wanted_;
    for (const int client_number : {0, 1})
        clients_.emplace_back([this, client_number, duration] {
            submit_every_second_from(client_number, 2 * duration / tasks);
        });
}

void Load::add(Wanted wanted) {
    const std::lock_guard lock(mutex_);
    accepted_.push_back(std::move(wanted));
}

std::string Load::submit_long_estimation() {
    Wanted wanted{.estimating = long_estimation_of(video_), .rendering = {}};
    let_accept(wanted, Machine::second);
    ++wanted_;
    add(wanted);
    return wanted.task;
}

void Load::wait() {
    clients_.clear();
}

void Load::submit_every_second_from(int first, std::chrono::milliseconds pause) {
    constexpr int second = 2;
    for (int i = first; i < tasks; i += second) {
        Wanted wanted{
            .estimation = i % 3 != 2,
            .estimating = {.video = video_, .start_seconds = 0.1 * i, .duration_seconds = 0.6, .fps = 8},
            .rendering = {.estimation = base_, .crf = 20 + i}};
        let_accept(wanted, first == 0 ? Machine::first : Machine::second);
        add(std::move(wanted));
        pause_for(pause);
    }
}

void Load::let_accept(Wanted& wanted, Machine machine) {
    ServiceClient::Answer answer;
    const auto is_accepted = [&] {
        const auto program = cluster_.program(machine);
        answer = wanted.submit(cluster_.client(machine));
        if (answer.status == 200 || answer.status == 202) {
            wanted.task = text(json_of(answer), "task_id");
            wanted.program = program;
            return true;
        }
        ++repeated_;
        EXPECT_TRUE(answer.status == 0 || answer.status == 503) << answer.status << answer.body;
        machine = machine == Machine::first ? Machine::second : Machine::first;
        pause_for(before_repeating);
        return false;
    };
    EXPECT_TRUE(eventually(is_accepted, patience)) << "nobody accepts a task: " << answer.body;
}

}  // namespace posed::tests
