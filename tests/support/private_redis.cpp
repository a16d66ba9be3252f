#include "tests/support/private_redis.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace posed::tests {
namespace {

/// One that nobody listens on now, below those that the kernel gives to clients.
std::uint16_t a_free_port() {
    constexpr int lowest = 10'000, count = 10'000;
    static int next = ::getpid();
    for (;; ++next) {
        const auto port = static_cast<std::uint16_t>(lowest + next % count);
        const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
            return port;
    }
}

/// A certificate for `localhost` that signs itself.
void make_certificate(const std::filesystem::path& key, const std::filesystem::path& certificate) {
    const auto made =
        run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost"});
    if (made.exit_code != 0)
        throw std::runtime_error("no certificate: " + made.errors);
}

}  // namespace

PrivateRedis::PrivateRedis(Options options) : options_(std::move(options)) {
    std::ofstream users(folder_.path() / "users.acl");
    for (const auto& line : options_.users)
        users << line << '\n';
    if (options_.tls)
        make_certificate(folder_.path() / "key.pem", ca_file());
    users.close();
    start();
}

std::string PrivateRedis::url(const std::string& login) const {
    return (options_.tls ? "rediss://" : "redis://") + login + (login.empty() ? "" : "@") +
           (options_.tls ? "localhost:" : "127.0.0.1:") + std::to_string(port_);
}

void PrivateRedis::start() {
    const bool again = port_ != 0;
    for (int attempt = 0; attempt < (again ? 1 : 5); ++attempt) {
        port_ = again ? port_ : a_free_port();
        const auto port = std::to_string(port_);
        std::vector<std::string> arguments{"redis-server",
                                           "--bind",
                                           "127.0.0.1",
                                           "--port",
                                           options_.tls ? "0" : port,
                                           "--dir",
                                           folder_.path().string(),
                                           "--appendonly",
                                           "yes",
                                           "--save",
                                           "",
                                           "--maxmemory-policy",
                                           "noeviction"};
        if (!options_.users.empty())
            arguments.insert(arguments.end(), {"--aclfile", folder_.path() / "users.acl"});
        if (options_.tls)
            arguments.insert(arguments.end(),
                             {"--tls-port", port, "--tls-auth-clients", "no", "--tls-cert-file", ca_file(),
                              "--tls-key-file", folder_.path() / "key.pem"});
        arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
        process_.emplace(arguments);
        if (process_->wait_until_printed("Ready to accept connections"))
            return;
    }
    throw std::runtime_error("redis-server does not start: " + process_->printed() + process_->said());
}

void PrivateRedis::kill() {
    process_->signal(SIGKILL);
    (void)process_->wait();
}

}  // namespace posed::tests
