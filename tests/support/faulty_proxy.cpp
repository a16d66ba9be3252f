#include "tests/support/faulty_proxy.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.h"
#include "tests/support/scripted_server.h"

namespace posed::tests {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

/// Empty when the client leaves before it has said everything.
std::string read_request(int client) {
    std::string request;
    while (request.find(end_of_head) == std::string::npos)
        if (!receive(client, request))
            return {};
    const auto size = request.find(end_of_head) + end_of_head.size() + length_of_body(request);
    while (request.size() < size)
        if (!receive(client, request))
            return {};
    return request;
}

/// The server's answer up to its end. The server closes behind it.
std::string pass_on(std::string request, std::uint16_t port) {
    request.insert(request.find("\r\n") + 2, "Connection: close\r\n");
    const auto server = connect_to_loopback(port);
    std::string answer;
    if (!server.is_open())
        return answer;
    send_all(server.number(), request);
    while (receive(server.number(), answer)) {
    }
    return answer;
}

std::string failure(const std::string& status, const std::string& code) {
    return http_answer(status, "<?xml version=\"1.0\"?><Error><Code>" + code +
                                   "</Code><Message>So it is.</Message></Error>");
}

std::string without_half_of_body(const std::string& answer) {
    const auto begin = answer.find(end_of_head) + end_of_head.size();
    return answer.substr(0, begin + (answer.size() - begin) / 2);
}

std::string with_wrong_tag(std::string answer) {
    const auto at = answer.find("ETag: \"");
    if (at != std::string::npos)
        answer.replace(at + 7, 4, "0000");
    return answer;
}

}  // namespace

FaultyProxy::FaultyProxy(std::uint16_t server)
    : server_(server), listener_(listen_on_loopback()), port_(port_of(listener_)) {
    accepting_ = std::jthread([this] { accept_clients(); });
}

FaultyProxy::~FaultyProxy() {
    ::shutdown(listener_.number(), SHUT_RDWR);
    accepting_.join();
    conversations_.clear();
}

void FaultyProxy::expect(std::string text, std::vector<Fault> faults) {
    const std::lock_guard lock(mutex_);
    expected_.push_back({std::move(text), {faults.begin(), faults.end()}});
}

std::vector<std::string> FaultyProxy::requests(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    std::ranges::copy_if(lines_, std::back_inserter(found),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
    return found;
}

std::uint64_t FaultyProxy::bytes_answered(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& [line, size] : answered_)
        bytes += line.find(text) == std::string::npos ? 0 : size;
    return bytes;
}

std::size_t FaultyProxy::outstanding() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& expected : expected_)
        count += expected.faults.size();
    return count;
}

void FaultyProxy::accept_clients() {
    while (true) {
        const int client = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        conversations_.emplace_back([this, client] {
            converse(client);
            ::close(client);
        });
    }
}

bool FaultyProxy::has_fault(const std::string& line, Fault& fault) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    for (auto& [text, faults] : expected_) {
        if (faults.empty() || line.find(text) == std::string::npos)
            continue;
        fault = faults.front();
        faults.pop_front();
        return true;
    }
    return false;
}

void FaultyProxy::answer(int client, const std::string& line, const std::string& answer) {
    send_all(client, answer);
    const std::lock_guard lock(mutex_);
    answered_.emplace_back(line, answer.size());
}

void FaultyProxy::converse(int client) {
    auto request = read_request(client);
    if (request.empty())
        return;
    Fault fault{};
    const auto line = request.substr(0, request.find("\r\n"));
    if (!has_fault(line, fault)) {
        answer(client, line, pass_on(std::move(request), server_));
        return;
    }
    switch (fault) {
        case Fault::internal_error:
            send_all(client, failure("500 Internal Server Error", "InternalError"));
            return;
        case Fault::slow_down:
            send_all(client, failure("503 Slow Down", "SlowDown"));
            return;
        case Fault::cut:
            return;
        case Fault::lost_answer:
            (void)pass_on(std::move(request), server_);
            return;
        case Fault::truncated:
            send_all(client, without_half_of_body(pass_on(std::move(request), server_)));
            return;
        case Fault::wrong_tag:
            send_all(client, with_wrong_tag(pass_on(std::move(request), server_)));
            return;
        case Fault::changed_request:
            request.back() = static_cast<char>(request.back() ^ 1);
            send_all(client, pass_on(std::move(request), server_));
            return;
    }
}

}  // namespace posed::tests
