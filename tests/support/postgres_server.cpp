#include "tests/support/postgres_server.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <pwd.h>
#include <unistd.h>

#include "tests/support/free_port.h"
#include "tests/support/process_tree.h"

namespace posed::tests {
namespace {

/// Where Debian puts the server's programs; empty when it has none.
std::filesystem::path programs() {
    std::filesystem::path newest;
    std::error_code ignored;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored))
        if (std::filesystem::exists(version.path() / "bin/initdb"))
            newest = std::max(newest, version.path() / "bin");
    return newest;
}

/// The server refuses to run as root: then it runs as a user with few rights.
const passwd* user_for_server() {
    if (::geteuid() != 0)
        return nullptr;
    const auto* user = ::getpwnam("postgres");
    return user != nullptr ? user : ::getpwnam("nobody");
}

std::vector<std::string> as_server(const std::vector<std::string>& command) {
    // Should the test be killed, the server ends at once too.
    std::vector<std::string> words{"setpriv", "--pdeathsig", "QUIT"};
    if (const auto* user = user_for_server())
        for (const auto& word : {"--reuid=" + std::to_string(user->pw_uid),
                                 "--regid=" + std::to_string(user->pw_gid), std::string("--clear-groups")})
            words.push_back(word);
    words.emplace_back("--");
    std::ranges::copy(command, std::back_inserter(words));
    return words;
}

void run_checked(const std::vector<std::string>& command, const std::filesystem::path& folder) {
    const auto ended = run(command, {.set = {}, .folder = folder});
    if (ended.exit_code != 0)
        throw std::runtime_error(command.back() + ": " + ended.output + ended.errors);
}

}  // namespace

std::optional<std::string> why_no_postgres() {
    if (!servers_wanted())
        return "SERVERS=no";
    if (programs().empty())
        return "PostgreSQL is not installed (Debian package postgresql)";
    return std::nullopt;
}

PostgresServer::PostgresServer() : port_(free_port()) {
    if (const auto* user = user_for_server())
        if (::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
            throw std::runtime_error("chown " + folder_.path().string());
    make_cluster();
    start();
    run_sql("CREATE DATABASE posed");
}

PostgresServer::~PostgresServer() {
    stop();
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

void PostgresServer::make_cluster() const {
    const auto password_file = folder_.path() / "password";
    std::ofstream(password_file) << password << '\n';
    const auto data = folder_.path() / "data";
    run_checked(
        as_server({programs() / "initdb", "--username=posed", "--auth-local=trust",
                   "--auth-host=scram-sha-256", "--pwfile=" + password_file.string(), "--encoding=UTF8",
                   "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--wal-segsize=1", data}),
        folder_.path());
    // What the server does by itself at any time would be taken for what others do.
    std::ofstream(data / "postgresql.conf", std::ios::app)
        << "listen_addresses = '127.0.0.1'\nport = " << port_ << "\nunix_socket_directories = '"
        << folder_.path().string() << "'\n"
        << "fsync = off\nfull_page_writes = off\nautovacuum = off\nshared_buffers = 32MB\n"
        << "max_wal_size = 64MB\nmin_wal_size = 2MB\ntimezone = 'UTC'\nlog_line_prefix = 'user=%u '\n";
}

void PostgresServer::start() {
    process_.emplace(as_server({programs() / "postgres", "-D", folder_.path() / "data"}),
                     Environment{.set = {}, .folder = folder_.path()});
    if (!process_->wait_until_said("ready to accept connections"))
        throw std::runtime_error("PostgreSQL does not start: " + process_->said());
}

void PostgresServer::stop() {
    if (!process_)
        return;
    process_->signal(SIGQUIT);
    process_->signal(SIGCONT);
    static_cast<void>(process_->wait());
    process_.reset();
}

void PostgresServer::signal(int number) const {
    process_->signal(number);  // first, so that it makes no more
    for (const auto& process : descendants_of(process_->id()))
        ::kill(process.id, number);
}

std::string PostgresServer::url(const std::string& parameters) const {
    return "postgresql://posed@/posed?host=" + folder_.path().string() + "&port=" + std::to_string(port_) +
           (parameters.empty() ? "" : "&") + parameters;
}

std::string PostgresServer::tcp_url(const std::string& user) const {
    return "postgresql://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_) + "/posed";
}

void PostgresServer::run_sql(const std::string& sql) const {
    const bool creates = sql.starts_with("CREATE DATABASE");
    run_checked({programs() / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                 "--host=" + folder_.path().string(), "--port=" + std::to_string(port_), "--username=posed",
                 creates ? "postgres" : "posed", "--command=" + sql},
                folder_.path());
}

}  // namespace posed::tests
