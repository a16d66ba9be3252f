#include "tests/cluster/cluster.h"

#include <sstream>
#include <stdexcept>
#include <tuple>

#include <poll.h>

#include "tests/support/bucket.h"
#include "tests/support/free_port.h"

namespace posed::tests {
namespace {

/// As docs/operations.md says.
PrivateRedis::Options redis_options() {
    const auto& server = credentials_of(Role::server);
    const auto& worker = credentials_of(Role::inference);
    return {.users = {"user default off resetpass ~* &* +@all", "user admin on >admin ~* &* +@all",
                      "user " + server.redis_user + " on >" + server.redis_password +
                          " ~posed:queue:* resetchannels &posed:events +xadd +xlen +xpending +publish "
                          "+subscribe +info +acl|getuser",
                      "user " + worker.redis_user + " on >" + worker.redis_password +
                          " ~posed:queue:* resetchannels &posed:events +xgroup|create +xreadgroup "
                          "+xautoclaim +xack +xdel +publish"}};
}

/// Lets a user do these things with what begins so.
std::string statement(Role role, const std::string& actions, const std::string& resource) {
    std::string listed;
    for (std::size_t begin = 0; begin < actions.size();) {
        const auto end = std::min(actions.find(' ', begin), actions.size());
        listed.append(listed.empty() ? "" : ",")
            .append("\"s3:")
            .append(actions, begin, end - begin)
            .append("\"");
        begin = end + 1;
    }
    return R"({"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/)" + credentials_of(role).s3_user +
           R"("]},"Action":[)" + listed + R"(],"Resource":["arn:aws:s3:::)" + resource + "\"]}";
}

/// The table of docs/operations.md.
std::string policy_for(const std::string& bucket) {
    const std::string read = "GetObject", write = "GetObject PutObject AbortMultipartUpload",
                      clear = "DeleteObject AbortMultipartUpload";
    const std::vector<std::tuple<Role, std::string, std::string>> rights = {
        {Role::server, "ListBucket ListBucketMultipartUploads", ""},
        {Role::inference, "ListBucket", ""},
        {Role::rendering, "ListBucket", ""},
        {Role::server, write, "/videos/*"},
        {Role::server, read, "/estimations/*"},
        {Role::server, read, "/visualizations/*"},
        {Role::server, clear, "/videos/*"},
        {Role::server, clear, "/estimations/*"},
        {Role::server, clear, "/visualizations/*"},
        {Role::inference, read, "/videos/*"},
        {Role::inference, write, "/estimations/*"},
        {Role::rendering, read, "/videos/*"},
        {Role::rendering, read, "/estimations/*"},
        {Role::rendering, write, "/visualizations/*"}};
    std::string statements;
    for (const auto& [role, actions, place] : rights)
        statements += (statements.empty() ? "" : ",") + statement(role, actions, bucket + place);
    return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

}  // namespace

const Credentials& credentials_of(Role role) {
    static const std::map<Role, Credentials> all{
        {Role::server,
         {"posed_server", "database-secret-of-server", "posed-api", "redis-secret-of-server", "posed-api",
          "SERVERACCESSKEY", "s3-secret-of-server"}},
        {Role::inference,
         {"posed_worker", "database-secret-of-worker", "posed-worker", "redis-secret-of-worker",
          "posed-inference", "INFERENCEACCESSKEY", "s3-secret-of-inference"}},
        {Role::rendering,
         {"posed_worker", "database-secret-of-worker", "posed-worker", "redis-secret-of-worker",
          "posed-rendering", "RENDERINGACCESSKEY", "s3-secret-of-rendering"}}};
    return all.at(role);
}

const char* name_of(Role role) {
    static const std::map<Role, const char*> names{
        {Role::server, "server"}, {Role::inference, "inference"}, {Role::rendering, "rendering"}};
    return names.at(role);
}

const Durations& durations() {
    using std::chrono::seconds;
    static const Durations chosen =
        long_faults_wanted()
            ? Durations{.hang = seconds{30}, .outage = seconds{60}, .without_redis = seconds{120}}
            : Durations{};
    return chosen;
}

void pause_for(std::chrono::milliseconds duration) {
    ::poll(nullptr, 0, static_cast<int>(duration.count()));
}

Cluster::Cluster()
    : redis_(redis_options()),
      bucket_(s3_.make_bucket()),
      to_database_(postgres_.port()),
      to_store_(s3_.port()),
      ports_{{Machine::first, free_port()}, {Machine::second, free_port()}},
      programs_{{Machine::first, posed_program()}, {Machine::second, posed_program()}} {
    make_users();
    migrate();
    records_ = database::open_postgres(postgres_.url(), {}).value();
    objects_ = open_bucket(s3_.url() + "/" + bucket_);
    for (const auto machine : both_machines)
        for (const auto role : every_role)
            start(role, machine);
    wait_until_ready();
}

Cluster& Cluster::shared() {
    static Cluster cluster;
    return cluster;
}

void Cluster::make_users() {
    const auto& server = credentials_of(Role::server);
    const auto& worker = credentials_of(Role::inference);
    for (const auto* user : {&server, &worker})
        postgres_.run_sql("CREATE ROLE " + user->database_user + " LOGIN PASSWORD '" +
                          user->database_password + "'");
    for (const auto role : every_role) {
        const auto& user = credentials_of(role);
        s3_.make_user(user.s3_user, user.s3_key, user.s3_secret);
    }
    s3_.set_policy(bucket_, policy_for(bucket_));
}

void Cluster::migrate() const {
    for (auto arguments : {std::vector<std::string>{"migrate", "up"},
                           {"migrate", "grant", "--server-role", credentials_of(Role::server).database_user,
                            "--worker-role", credentials_of(Role::inference).database_user}}) {
        arguments.insert(arguments.begin(), posed_program());
        const auto ended =
            run(arguments, {.set = {"POSED_DATABASE_URL=" + postgres_.url()}, .folder = folder_.path()});
        if (ended.exit_code != 0)
            throw std::runtime_error(ended.errors);
    }
}

std::vector<std::string> Cluster::settings(Role role, Machine machine) const {
    const auto& user = credentials_of(role);
    const bool first = machine == Machine::first;
    const auto database_port = first ? to_database_.port() : postgres_.port();
    return {"POSED_DATABASE_URL=postgresql://" + user.database_user + ":" + user.database_password +
                "@127.0.0.1:" + std::to_string(database_port) + "/posed",
            "POSED_REDIS_URL=" + redis_.url(user.redis_user + ":" + user.redis_password),
            "POSED_STORE_URL=" + to_store_.url() + "/" + bucket_,
            "POSED_S3_ACCESS_KEY=" + user.s3_key,
            "POSED_S3_SECRET_KEY=" + user.s3_secret,
            "POSED_DATA_DIR=" + (folder_.path() / (first ? "first" : "second")).string(),
            "POSED_LOG_FORMAT=json",
            "POSED_TASK_LEASE=" + std::to_string(lease.count()) + "s",
            "POSED_JANITOR_PERIOD=200ms",
            "POSED_DEFAULT_ESTIMATOR=blazepose-lite",
            "POSED_INFERENCE_SLOTS=1",
            "POSED_RENDERING_SLOTS=1"};
}

void Cluster::start(Role role, Machine machine, const std::vector<std::string>& under) {
    processes_.erase({role, machine});
    // Should the test be killed, it ends at once too.
    std::vector<std::string> command{"setpriv", "--pdeathsig", "KILL", "--"};
    command.insert(command.end(), under.begin(), under.end());
    command.push_back(programs_.at(machine));
    if (role == Role::server)
        command.insert(command.end(), {"serve", "--port", std::to_string(ports_.at(machine))});
    else
        command.insert(command.end(), {"work", "--queue", role == Role::inference ? "inference" : "default"});
    const auto [place, _] = processes_.try_emplace(
        {role, machine}, command, Environment{.set = settings(role, machine), .folder = folder_.path()});
    const auto* ready = role == Role::server ? R"("message":"listening")" : R"("message":"working")";
    if (!place->second.wait_until_said(ready))
        throw std::runtime_error("it does not start: " + place->second.said());
}

void Cluster::wait_until_ready() {
    for (const auto machine : both_machines) {
        std::string last;
        const auto is_healthy = [&] {
            const auto answer = client(machine).get("/health/deep/");
            last = answer.body;
            return answer.status == 200 && text(json_of(answer), "status") == "ok";
        };
        if (!eventually(is_healthy, std::chrono::minutes{2}))
            throw std::runtime_error("the cluster does not become ready: " + last);
    }
}

std::int64_t Cluster::rows(const std::string& query) {
    return std::ssize(records_->read().query(query));
}

std::int64_t Cluster::count(const std::string& query) {
    return records_->read().query(query).front().get<std::int64_t>("n");
}

std::string Cluster::say_to_redis(const std::vector<std::string>& command) const {
    std::vector<std::string> arguments{
        "redis-cli",        "-p", std::to_string(redis_.port()), "--user", "admin", "--pass", "admin",
        "--no-auth-warning"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const auto said = run(arguments);
    if (said.exit_code != 0)
        throw std::runtime_error("redis-cli: " + said.output + said.errors);
    return said.output;
}

std::string Cluster::lines_with(const std::string& text) const {
    std::string lines;
    for (const auto& [_, process] : processes_) {
        std::istringstream log(process.said());
        for (std::string line; std::getline(log, line);)
            if (line.find(text) != std::string::npos)
                lines += line + '\n';
    }
    return lines;
}

int Cluster::status_from_store(Role role, const std::string& method, const std::string& target) const {
    const auto& user = credentials_of(role);
    std::vector<std::string> command{"curl",
                                     "-sS",
                                     "-o",
                                     "/dev/null",
                                     "-w",
                                     "%{http_code}",
                                     "--noproxy",
                                     "*",
                                     "--aws-sigv4",
                                     "aws:amz:us-east-1:s3",
                                     "--user",
                                     user.s3_key + ":" + user.s3_secret,
                                     "-H",
                                     "x-amz-content-sha256: UNSIGNED-PAYLOAD",
                                     "-X",
                                     method,
                                     s3_.url() + "/" + target};
    if (method == "PUT")  // without a length it is refused before anybody asks for rights
        command.insert(command.end(), {"--data-binary", ""});
    const auto asked = run(command);
    return std::stoi(asked.output);
}

void ClusterTest::SetUp() {
    POSED_NEEDS_POSTGRES();
    POSED_NEEDS_S3();
    cluster().wait_until_ready();
}

}  // namespace posed::tests
