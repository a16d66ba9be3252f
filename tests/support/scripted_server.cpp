#include "tests/support/scripted_server.h"

#include <chrono>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.h"

namespace posed::tests {
namespace {

std::string read_head(int client, std::string& received) {
    const std::string_view end = "\r\n\r\n";
    while (received.find(end) == std::string::npos) {
        if (!receive(client, received))
            return {};
    }
    auto head = received.substr(0, received.find(end) + end.size());
    received.erase(0, head.size());
    return head;
}

std::string read_body(int client, const std::string& head, std::string& received) {
    if (head.find("Expect: 100-continue") != std::string::npos)
        send_all(client, "HTTP/1.1 100 Continue\r\n\r\n");
    while (received.size() < length_of_body(head) && receive(client, received)) {
    }
    return std::exchange(received, {});
}

}  // namespace

const std::string ScriptedServer::silence = "(silence)";
const std::string ScriptedServer::early = "(early)";

ScriptedServer::ScriptedServer(std::vector<std::string> answers)
    : listener_(listen_on_loopback()), port_(port_of(listener_)) {
    thread_ = std::jthread([this, answers = std::move(answers)] { serve(answers); });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listener_.number(), SHUT_RDWR);
    thread_.join();
}

std::string ScriptedServer::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<ReceivedRequest> ScriptedServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool ScriptedServer::wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return requests_.size() >= count; });
}

void ScriptedServer::serve(const std::vector<std::string>& answers) {
    for (const auto& answer : answers) {
        const int client = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        converse(client, answer);
        ::close(client);
    }
    ::shutdown(listener_.number(), SHUT_RDWR);
}

void ScriptedServer::converse(int client, const std::string& answer) {
    const bool is_early = answer.starts_with(early);
    std::string received;
    ReceivedRequest request{.head = read_head(client, received), .body = {}};
    if (!is_early)
        request.body = read_body(client, request.head, received);
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
        changed_.notify_all();
    }
    if (answer != silence)
        send_all(client, std::string_view(answer).substr(is_early ? early.size() : 0));
    if (answer == silence || is_early) {
        while (receive(client, received)) {
        }
    }
}

std::string http_answer(const std::string& status, const std::string& body, const std::string& fields) {
    return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
}

}  // namespace posed::tests
