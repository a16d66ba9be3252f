#include "tests/support/s3_server.h"

#include <fstream>
#include <functional>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "tests/support/free_port.h"

namespace posed::tests {
namespace {

/// Of a cluster with one monitor and one store that forgets everything. Without the short intervals of Paxos
/// a pool takes seconds to make, and without the two `_on_start` the store sometimes dies before it knows its
/// cluster.
constexpr const char* settings = R"(
mon_initial_members = a
ms_bind_msgr2 = false
public_network = 127.0.0.0/8
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_class_update_on_start = false
osd_crush_update_on_start = false
osd_class_load_list = *
osd_class_default_list = *
osd_objectstore = memstore
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
debug_mon = 0
debug_ms = 0
debug_osd = 0
debug_rgw = 0
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_tick_interval = 1
rgw_thread_pool_size = 64
rgw_run_sync_thread = false
rgw_dns_name = localhost
)";

bool is_installed(const std::filesystem::path& program) {
    return std::filesystem::exists("/usr/bin" / program);
}

void wait_for(const std::string& what, const std::function<bool()>& holds) {
    constexpr int pause_milliseconds = 20, tries = 3000;
    for (int i = 0; i < tries; ++i) {
        if (holds())
            return;
        ::poll(nullptr, 0, pause_milliseconds);
    }
    throw std::runtime_error("there is no " + what + " after a minute");
}

}  // namespace

std::optional<std::string> why_no_s3() {
    if (!servers_wanted())
        return "SERVERS=no";
    for (const auto* program : {"ceph", "ceph-mon", "ceph-osd", "radosgw", "openssl"})
        if (!is_installed(program))
            return std::string(program) +
                   " is not installed (Debian packages ceph-common, ceph-mon, ceph-osd, radosgw, openssl)";
    return std::nullopt;
}

S3Server::S3Server(std::uint64_t room)
    : monitor_port_(free_port()), port_(free_port()), tls_port_(free_port()) {
    const auto cluster = new_uuid_v7(system_clock(), system_random());
    make_certificate();
    write_configuration(cluster, room);
    start_monitor(cluster);
    start_store();
    start_gateway();
    (void)run_ceph({"radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests",
                    std::string("--access-key=") + access_key, std::string("--secret=") + secret_key});
}

S3Server& S3Server::shared() {
    static S3Server server;
    return server;
}

Finished S3Server::run_with_settings(const std::vector<std::string>& command) const {
    return run(command,
               {.set = {"CEPH_CONF=" + (folder_.path() / "ceph.conf").string()}, .folder = folder_.path()});
}

std::string S3Server::run_ceph(const std::vector<std::string>& command) const {
    const auto ended = run_with_settings(command);
    if (ended.exit_code != 0)
        throw std::runtime_error(command.front() + " " + command.at(1) + ": " + ended.errors);
    return ended.output;
}

void S3Server::ask_monitor(std::vector<std::string> command) const {
    command.insert(command.begin(), {"ceph", "--connect-timeout", "60"});
    // One that has just started may refuse for a moment.
    wait_for("monitor of Ceph", [&] { return run_with_settings(command).exit_code == 0; });
}

void S3Server::start(std::optional<Process>& server, std::vector<std::string> command) const {
    // Should the test be killed, the server ends at once too.
    command.insert(command.begin(), {"setpriv", "--pdeathsig", "KILL", "--"});
    command.emplace_back("-f");
    server.emplace(command, Environment{.set = {"CEPH_CONF=" + (folder_.path() / "ceph.conf").string()},
                                        .folder = folder_.path()});
}

void S3Server::make_certificate() const {
    (void)run_ceph({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=tests", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", "key.pem", "-out", "certificate.pem"});
}

void S3Server::write_configuration(const std::string& cluster, std::uint64_t room) const {
    const auto folder = folder_.path().string();
    for (const auto* name : {"mon", "osd", "run", "rgw"})
        std::filesystem::create_directory(folder_.path() / name);
    std::ofstream(folder_.path() / "ceph.conf")
        << "[global]\nfsid = " << cluster << settings << "memstore_device_bytes = " << room
        << "\nmon_host = v1:127.0.0.1:" << monitor_port_ << "/0\n"
        << "mon_data = " << folder << "/mon\nosd_data = " << folder << "/osd\nrun_dir = " << folder
        << "/run\n"
        << "rgw_data = " << folder << "/rgw\nkeyring = " << folder << "/keyring\nlog_file = " << folder
        << "/$name.log\nmon_cluster_log_file = " << folder << "/cluster.log\nadmin_socket = " << folder
        << "/run/$name.asok\n"
        // Without tcp_nodelay each answer waits 40 ms.
        << "rgw_frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:" << port_
        << " ssl_endpoint=127.0.0.1:" << tls_port_ << " ssl_certificate=" << folder
        << "/certificate.pem ssl_private_key=" << folder << "/key.pem\n";
}

void S3Server::start_monitor(const std::string& cluster) {
    (void)run_ceph({"monmaptool", "--create", "--clobber", "--fsid", cluster, "--addv", "a",
                    "[v1:127.0.0.1:" + std::to_string(monitor_port_) + "]", "monmap"});
    (void)run_ceph({"ceph-mon", "-i", "a", "--mkfs", "--monmap", "monmap"});
    start(monitor_, {"ceph-mon", "-i", "a"});
}

void S3Server::start_store() {
    const auto id = new_uuid_v7(system_clock(), system_random());
    ask_monitor({"osd", "new", id});  // the first: number 0
    ask_monitor({"osd", "crush", "add", "osd.0", "1.0", "root=default", "host=tests"});
    (void)run_ceph({"ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", id});
    start(store_, {"ceph-osd", "-i", "0"});
    wait_for("store of Ceph", [&] {
        return run_with_settings({"ceph", "osd", "stat"}).output.find("1 up") != std::string::npos;
    });
}

void S3Server::start_gateway() {
    start(gateway_, {"radosgw", "-n", "client.rgw"});
    wait_for("gateway of Ceph", [&] { return run({"curl", "-s", "-o", "/dev/null", url()}).exit_code == 0; });
}

void S3Server::stop_gateway() {
    gateway_.reset();
}

std::string S3Server::ask(const std::string& method, const std::string& target,
                          const std::string& body) const {
    std::vector<std::string> command{"curl",
                                     "-sS",
                                     "--fail",
                                     "--noproxy",
                                     "*",
                                     "--aws-sigv4",
                                     "aws:amz:us-east-1:s3",
                                     "--user",
                                     std::string(access_key) + ":" + secret_key,
                                     "-H",
                                     "x-amz-content-sha256: UNSIGNED-PAYLOAD",
                                     "-X",
                                     method,
                                     url() + "/" + target};
    if (!body.empty())
        command.insert(command.end(), {"--data-binary", body});
    const auto asked = run(command);
    if (asked.exit_code != 0)
        throw std::runtime_error(method + " " + target + " fails: " + asked.errors);
    return asked.output;
}

std::string S3Server::make_bucket() {
    auto name = "tests-" + std::to_string(++buckets_);
    (void)ask("PUT", name);
    return name;
}

std::string S3Server::unfinished_uploads(const std::string& bucket) const {
    return ask("GET", bucket + "?uploads=");
}

void S3Server::make_user(const std::string& name, const std::string& key, const std::string& secret) const {
    (void)run_ceph({"radosgw-admin", "user", "create", "--uid=" + name, "--display-name=" + name,
                    "--access-key=" + key, "--secret=" + secret, "--max-buckets=-1"});
}

void S3Server::set_policy(const std::string& bucket, const std::string& policy) const {
    (void)ask("PUT", bucket + "?policy=", policy);
}

}  // namespace posed::tests
