#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/random.h"
#include "commands/command.h"
#include "commands/interruption.h"
#include "commands/service_parts.h"
#include "commands/start_up.h"
#include "commands/supervisor.h"
#include "database/data_directory.h"
#include "pipeline/task_parameters.h"
#include "tasks/recovery.h"

namespace posed::commands {
namespace {

/// The running program, even if another has taken its place on the disk meanwhile.
constexpr const char* this_program = "/proc/self/exe";
constexpr const char* server_name = "server";

std::vector<std::string> child_arguments(std::vector<std::string> command) {
    command.insert(command.begin(), this_program);
    command.insert(command.end(), {"--supervisor", std::to_string(::getpid())});
    return command;
}

void add_workers(std::vector<Program>& programs, const std::string& name, std::string_view queue, int count) {
    for (int i = 1; i <= count; ++i)
        programs.push_back({.name = count == 1 ? name : name + " " + std::to_string(i),
                            .arguments = child_arguments({"work", "--queue", std::string(queue)})});
}

/// Workers stop before the server does, so that clients hear of what became of their tasks.
std::vector<Program> programs_of(const ServiceConfig& config) {
    std::vector<Program> programs{
        {.name = server_name, .arguments = child_arguments({"serve"}), .turn = StopTurn::last}};
    add_workers(programs, "inference worker", pipeline::inference_queue, config.inference_workers);
    add_workers(programs, "rendering worker", pipeline::rendering_queue, config.rendering_workers);
    return programs;
}

/// What the children read their settings from: ours. They read `.env` themselves.
Variables environment_of(const ConfigSources& sources) {
    auto environment = sources.surroundings.environment;
    for (const auto& [name, value] : sources.flags)
        environment[name] = value;
    return environment;
}

/// Where a browser on this machine finds the service.
std::string address_of(const ServiceConfig& config, const std::string& port) {
    const bool everywhere = config.host == "0.0.0.0" || config.host == "::";
    const auto host = everywhere ? "localhost" : config.host;
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

void say_where(const ServiceConfig& config, const std::string& address) {
    std::cout << "Posed is ready at " << address << "/ (for programs: /docs)\n"
              << "Everything is kept in " << config.data_directory.string();
    if (config.store_url)
        std::cout << ", videos and results in " << *config.store_url;
    std::cout << '\n' << "Ctrl-C stops it.\n" << std::flush;
}

/// On a desktop. The shell ends at once, so that nothing is left to be waited for.
void open_browser(const std::string& address, const Surroundings& surroundings) {
    const auto is_set = [&](const char* name) { return surroundings.environment.contains(name); };
    if (::isatty(STDOUT_FILENO) != 1 || (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")))
        return;
    std::array<std::string, 4> words{"/bin/sh", "-c", "xdg-open \"$0\" >/dev/null 2>&1 &", address + "/"};
    const std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                                         nullptr};
    pid_t shell = 0;
    if (::posix_spawn(&shell, arguments[0], nullptr, nullptr, arguments.data(), ::environ) != 0)
        return;
    while (::waitpid(shell, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<std::int64_t> end_runs_of(const std::string& worker, const ServiceConfig& config) {
    constexpr std::chrono::seconds patience{1};  // all processes are looked after by this thread
    const auto database = TRY(open_database(config, {.sessions_max = 1, .wait_max = patience}));
    std::int64_t ended = 0;
    TRY(with_database([&]() -> Result<> {
        ended = tasks::end_unfinished_of(worker, *database, system_random());
        return {};
    }));
    return ended;
}

/// A worker that was killed has given nothing back: nobody need wait for the end of its leases.
void take_leases_back(const std::string& worker, const ServiceConfig& config, Log& log) {
    const auto ended = end_runs_of(worker, config);
    if (ended.has_error())
        log.warning("the runs of a worker that has ended stay until their leases run out",
                    {{"worker", worker}, {"why", ended.error().message}});
    else if (*ended > 0)
        log.warning("ended runs that a worker has left", {{"worker", worker}, {"runs", *ended}});
}

Result<> run_service(const Variables& flags) {
    const auto sources = TRY(config_sources_of_this_process(flags));
    const auto config = TRY(read_service_config(sources));
    const Interruption interruption;
    const auto log = log_to_standard_error(config.log_level, config.log_format);
    TRY(make_data_directory(config));
    const auto lock = TRY(database::lock_data_directory(config.data_directory));
    TRY(bring_up_to_date(config, *log));

    auto environment = environment_of(sources);
    const auto programs = programs_of(config);
    std::set<std::string> awaited;
    for (const auto& program : programs)
        awaited.insert(program.name);
    std::string address;
    // Not before the workers are there: what they offer is known only then, and can be asked for.
    const auto on_ready = [&](const Program& program, const std::string& report) {
        if (program.name == server_name) {
            environment["POSED_PORT"] = report;  // should it be started again, clients find it where it was
            address = address_of(config, report);
        }
        if (awaited.erase(program.name) == 0 || !awaited.empty())
            return;
        say_where(config, address);
        open_browser(address, sources.surroundings);
    };
    const auto on_end = [&](const Program& program, const std::string& report) {
        if (program.name != server_name)
            take_leases_back(report, config, *log);
    };
    Supervisor supervisor(programs, environment, *log, {.on_ready = on_ready, .on_end = on_end});
    return supervisor.run(interruption.token());
}

}  // namespace

void add_run(CLI::App& program, Action& action) {
    auto flags = std::make_shared<Variables>();
    auto* command = program.add_subcommand("run", "Run the whole service on this machine");
    command->group("The service");
    add_address_options(*command, *flags);
    add_data_directory_option(*command, *flags);
    command->callback([flags, &action] {
        action = {.run = [flags] { return run_service(*flags); }, .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
