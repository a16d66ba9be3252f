#include "tests/service/running_service.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <boost/json/value.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/service/service_client.h"
#include "tests/support/free_port.h"

namespace posed::tests {
namespace {

bool is(const FoundProcess& found, Part part) {
    const auto says = [&](const char* text) { return found.command.find(text) != std::string::npos; };
    switch (part) {
        case Part::supervisor:
            return says(" run --port") && !says("strace");
        case Part::server:
            return says(" serve ");
        case Part::inference_worker:
            return says(" work --queue inference");
        case Part::rendering_worker:
            return says(" work --queue default");
        case Part::decoder:
            return says("posed-decoder");
    }
    return false;
}

/// All parts answer, and there are workers of both kinds.
bool is_healthy(const ServiceClient::Answer& answer) {
    return answer.status == 200 && text(json_of(answer), "status") == "ok";
}

std::vector<std::string> with_short_times(std::vector<std::string> settings) {
    std::vector<std::string> all{"POSED_LOG_FORMAT=json",      "POSED_TASK_LEASE=2s",
                                 "POSED_JANITOR_PERIOD=200ms", "POSED_DEFAULT_ESTIMATOR=blazepose-lite",
                                 "POSED_INFERENCE_SLOTS=1",    "POSED_RENDERING_SLOTS=1"};
    std::ranges::move(settings, std::back_inserter(all));
    return all;
}

}  // namespace

const char* name_of(Part part) {
    static const std::map<Part, const char*> names{{Part::supervisor, "supervisor"},
                                                   {Part::server, "server"},
                                                   {Part::inference_worker, "inference worker"},
                                                   {Part::rendering_worker, "rendering worker"},
                                                   {Part::decoder, "decoder"}};
    return names.at(part);
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
    constexpr int pause_milliseconds = 20;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        ::poll(nullptr, 0, pause_milliseconds);
    }
    return true;
}

RunningService::RunningService(Options options) : options_(std::move(options)) {
    // Whatever its parents leave behind becomes a child of this process, where it is found.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    options_.settings = with_short_times(std::move(options_.settings));
    if (options_.data_directory.empty())
        options_.data_directory = folder_.path() / "data";
    port_ = free_port();
    for (const auto& found : descendants_of(::getpid()))
        strangers_.insert(found.id);
    start();
}

RunningService::~RunningService() {
    if (process_)
        kill();
}

void RunningService::start() {
    auto arguments = options_.under;
    for (const auto& argument :
         {posed_program(), std::string("run"), std::string("--port"), std::to_string(port_),
          std::string("--data-dir"), options_.data_directory.string()})
        arguments.push_back(argument);
    process_.emplace(arguments, Environment{.set = options_.settings, .folder = folder_.path()});
    if (!eventually([&] { return times_said(R"("message":"listening")") > 0; }))
        throw std::runtime_error("the service does not listen: " + said());
    wait_until_ready();
}

int RunningService::times_said(const std::string& text) const {
    const auto log = said();
    int times = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + text.size()))
        ++times;
    return times;
}

std::vector<FoundProcess> RunningService::family() const {
    auto strangers = strangers_;
    std::vector<FoundProcess> family;
    for (const auto& found : descendants_of(::getpid()))
        if (strangers.contains(found.id) || strangers.contains(found.parent))
            strangers.insert(found.id);
        else
            family.push_back(found);
    return family;
}

std::vector<pid_t> RunningService::processes(Part part) const {
    std::vector<pid_t> ids;
    for (const auto& found : family())
        if (is(found, part))
            ids.push_back(found.id);
    return ids;
}

pid_t RunningService::process(Part part) const {
    std::vector<pid_t> ids;
    if (!eventually([&] { return !(ids = processes(part)).empty(); }))
        throw std::runtime_error(std::string("there is no ") + name_of(part));
    return ids.front();
}

void RunningService::wait_until_ready() const {
    const ServiceClient client(port_);
    if (!eventually([&] { return is_healthy(client.get("/health/deep/")); }))
        throw std::runtime_error("the service does not become ready: " + client.get("/health/deep/").body +
                                 said());
}

int RunningService::stop() {
    // The service itself, not what it runs under: that may keep the signal to itself.
    ::kill(process(Part::supervisor), SIGTERM);
    const auto exit_code = process_->wait().exit_code;
    process_.reset();
    return exit_code;
}

void RunningService::kill() {
    for (const auto id : processes(Part::supervisor))
        ::kill(id, SIGKILL);
    process_->signal(SIGKILL);
    process_.reset();
    const auto all_gone = [this] {
        for (const auto& found : family())
            if (found.state == 'T')  // a stopped one dies of its parent's death only when killed
                ::kill(found.id, SIGKILL);
        return processes() == 0;
    };
    if (!eventually(all_gone))
        for (const auto& found : family())
            ::kill(found.id, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

}  // namespace posed::tests
