#include "tests/support/process.h"

#include <memory>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>

namespace posed::tests {
namespace {

std::unique_ptr<std::string> taken_by_one_way(unsigned way);
std::unique_ptr<std::string> taken_by_another(unsigned way);

/// Memory, taken by a path through the code that `way` spells: sanitizers lock what they keep of each new
/// path.
std::unique_ptr<std::string> taken(unsigned way) {
    if (way == 0)
        return std::make_unique<std::string>(100, 'x');
    return (way & 1U) != 0 ? taken_by_one_way(way >> 1U) : taken_by_another(way >> 1U);
}

std::unique_ptr<std::string> taken_by_one_way(unsigned way) {
    auto memory = taken(way);
    memory->push_back('1');
    return memory;
}

std::unique_ptr<std::string> taken_by_another(unsigned way) {
    auto memory = taken(way);
    memory->push_back('2');
    return memory;
}

TEST(Process, HasTheTestsEnvironmentAndWhatIsSetLast) {
    const auto ran = run({"sh", "-c", "echo ${PATH:+inherited} $A $B; pwd"},
                         {.set = {"A=1", "B=2", "A=3"}, .folder = "/"});
    EXPECT_EQ(ran.output, "inherited 3 2\n/\n");
}

TEST(Process, SaysWhichProgramCannotBeStarted) {
    EXPECT_THROW(run({"no-such-program"}), std::system_error);
    EXPECT_THROW(run({"true"}, {.set = {}, .folder = "/no/such/folder"}), std::system_error);
}

TEST(Process, StartsWhileOtherThreadsTakeMemory) {
    const auto take_memory = [](const std::stop_token& stop, unsigned way) {
        for (; !stop.stop_requested(); way += 2)
            static_cast<void>(taken(way));
    };
    const std::jthread even(take_memory, 1U << 20U), odd(take_memory, (1U << 20U) + 1);
    Environment environment;  // with enough to set that a child which takes memory for it needs the lock
    for (int i = 0; i < 300; ++i)
        environment.set.push_back("VARIABLE_" + std::to_string(i) + "=" + std::to_string(i));
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(run({"true"}, environment).exit_code, 0);
}

}  // namespace
}  // namespace posed::tests
