#include "base/spawn.h"

#include <array>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace posed {
namespace {

struct Pipe {
    Descriptor out, in;
};

Pipe open_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {.out = Descriptor(ends[0]), .in = Descriptor(ends[1])};
}

std::string read_to_end(const Pipe& pipe) {
    std::string text;
    std::array<char, 256> piece{};
    for (ssize_t size = 0; (size = ::read(pipe.out.number(), piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(size));
    return text;
}

/// What the script writes to descriptor 3, and its exit code behind it.
std::string said_by(const std::string& script, Spawning spawning = {}) {
    auto pipe = open_pipe();
    spawning.arguments = {"/bin/sh", "-c", script};
    spawning.descriptors.insert(spawning.descriptors.begin(), &pipe.in);
    const auto id = spawn(std::move(spawning)).value();
    pipe.in = Descriptor();
    auto said = read_to_end(pipe);
    int status = 0;
    EXPECT_EQ(::waitpid(id, &status, 0), id);
    return said + "ended with " + std::to_string(WEXITSTATUS(status));
}

TEST(Spawn, GivesTheProgramItsDescriptorsInOrderAndNoOther) {
    const auto second = open_pipe();
    const Descriptor leaking(::dup(second.out.number()));  // open across exec
    ASSERT_EQ(::write(second.in.number(), "hello\n", 6), 6);
    const auto number = std::to_string(leaking.number());
    EXPECT_EQ(
        said_by("read line <&4; test -e /proc/$$/fd/" + number + " || line=\"$line alone\"; echo $line >&3",
                {.arguments = {}, .descriptors = {&second.out}}),
        "hello alone\nended with 0");
}

TEST(Spawn, GivesTheProgramItsEnvironmentAndNoOther) {
    EXPECT_EQ(said_by("echo $NAME $HOME >&3; exit 7", {.arguments = {}, .environment = {"NAME=value of it"}}),
              "value of it\nended with 7");
}

TEST(Spawn, ThrowsOutputAwayOnlyIfToldSo) {
    const std::string script =
        "for n in 0 1 2; do test /proc/$$/fd/$n -ef /dev/null && echo $n >&3; done; exit 0";
    EXPECT_EQ(said_by(script, {.arguments = {}, .silent = true}), "0\n1\n2\nended with 0");
    EXPECT_EQ(said_by(script).substr(0, 2), "0\n");
}

TEST(Spawn, PutsTheProgramIntoAGroupOfItsOwnIfToldSo) {
    for (const bool own : {false, true}) {
        const auto wait = open_pipe();
        const auto id = spawn({.arguments = {"/bin/sh", "-c", "read line <&3"},
                               .descriptors = {&wait.out},
                               .own_group = own})
                            .value();
        EXPECT_EQ(::getpgid(id), own ? id : ::getpgrp());
        ::kill(id, SIGKILL);
        ::waitpid(id, nullptr, 0);
    }
}

TEST(Spawn, ResetsSignals) {
    sigset_t blocked, before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto ignored = ::signal(SIGUSR1, SIG_IGN);
    for (const std::string name : {"TERM", "USR1"})
        EXPECT_EQ(said_by("kill -" + name + " $$; echo still there >&3"), "ended with 0") << name;
    ::signal(SIGUSR1, ignored);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(Spawn, SaysWhichProgramCannotBeStarted) {
    const auto spawned = spawn({.arguments = {"/nowhere/program"}});
    ASSERT_TRUE(spawned.has_error());
    EXPECT_EQ(spawned.error().code, Code::not_found);
    EXPECT_NE(spawned.error().message.find("/nowhere/program"), std::string::npos) << spawned.error().message;
}

}  // namespace
}  // namespace posed
