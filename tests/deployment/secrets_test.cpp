// The processes of deploy/compose.yaml on real servers, each started with what `posed init-secrets` wrote for
// it and with nothing else.

#include <fstream>
#include <list>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/free_port.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/s3_server.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using testing::HasSubstr;

const std::vector<std::string> roles = {"api", "inference", "rendering", "janitor"};

std::string word_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string word;
    std::getline(stream, word);
    return word;
}

/// What nobody can guess: words of as many hexadecimal digits.
std::set<std::string> secret_words(const std::filesystem::path& folder) {
    static const std::regex word("\\b[0-9a-f]{40}\\b");
    std::set<std::string> words;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const auto text = bytes_of(file.path());
        words.insert(std::sregex_token_iterator(text.begin(), text.end(), word),
                     std::sregex_token_iterator());
    }
    return words;
}

std::string checked(const std::vector<std::string>& command, const Environment& environment = {}) {
    const auto ended = run(command, environment);
    if (ended.exit_code != 0)
        throw std::runtime_error(command.front() + ": " + ended.output + ended.errors);
    return ended.output;
}

/// Also of a process that ends meanwhile.
std::string text_of_process(pid_t id, const char* file) {
    std::ifstream stream("/proc/" + std::to_string(id) + "/" + file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// The process and all below it.
std::vector<pid_t> family_of(pid_t ancestor) {
    std::vector<pid_t> family{ancestor};
    for (std::size_t i = 0; i < family.size(); ++i) {
        std::error_code ignored;
        for (const auto& thread :
             std::filesystem::directory_iterator("/proc/" + std::to_string(family[i]) + "/task", ignored)) {
            std::ifstream children(thread.path() / "children");
            for (pid_t child = 0; children >> child;)
                family.push_back(child);
        }
    }
    return family;
}

class Deployment : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_POSTGRES();
        POSED_NEEDS_S3();
        bucket_ = S3Server::shared().make_bucket();
        postgres_.emplace();
        const auto redis_port = std::to_string(free_port());
        checked({posed_program(), "init-secrets", secrets_, "--postgres",
                 "127.0.0.1:" + std::to_string(postgres_->port()), "--redis", "127.0.0.1:" + redis_port,
                 "--bucket", bucket_});
        set_up_database();
        set_up_bucket();
        start_redis(redis_port);
    }

    /// As in compose.yaml.
    void start_processes() {
        checked(posed({"migrate", "up"}), environment_of("migrate"));
        checked(posed({"migrate", "grant", "--server-role", "posed_api", "--janitor-role", "posed_janitor",
                       "--worker-role", "posed_inference", "--worker-role", "posed_rendering"}),
                environment_of("migrate"));
        start("api", {"serve", "--without-janitor", "--port", std::to_string(port_)}, "listening");
        start("inference", {"work", "--queue", "inference"}, R"("working")");
        start("rendering", {"work", "--queue", "default"}, R"("working")");
        start("janitor", {"janitor"}, "clearing away");
    }

    [[nodiscard]] Environment environment_of(const std::string& role) const {
        Environment environment{
            .set = {"POSED_DATA_DIR=" + (folder_.path() / role).string(), "POSED_LOG_FORMAT=json",
                    "POSED_JANITOR_PERIOD=200ms", "POSED_DEFAULT_ESTIMATOR=blazepose-lite"},
            .folder = folder_.path()};
        std::filesystem::create_directory(folder_.path() / role);
        if (role != "migrate")
            environment.set.push_back("POSED_STORE_URL=" + S3Server::shared().url() + "/" + bucket_);
        for (const auto& file : std::filesystem::directory_iterator(secrets_ / role))
            environment.set.push_back(file.path().filename().string() + "_FILE=" + file.path().string());
        return environment;
    }

    [[nodiscard]] std::string answer(const std::string& method, const std::string& path) const {
        return run({"curl", "-sS", "--noproxy", "*", "-X", method, "-H",
                    "Authorization: Bearer " + word_of(secrets_ / "api/POSED_API_TOKEN"), url() + path})
            .output;
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// Of others, that the process or one below it can show.
    [[nodiscard]] std::set<std::string> foreign_secrets_of(const std::string& role, pid_t process) const {
        const auto own = secret_words(secrets_ / role);
        std::set<std::string> found;
        for (const auto id : family_of(process)) {
            const auto shown = text_of_process(id, "environ") + text_of_process(id, "cmdline");
            for (const auto& folder : std::filesystem::directory_iterator(secrets_)) {
                for (const auto& secret : secret_words(folder.path()))
                    if (!own.contains(secret) && shown.find(secret) != std::string::npos)
                        found.insert(secret);
                if (folder.path().filename() != role &&
                    shown.find(folder.path().string() + "/") != std::string::npos)
                    found.insert(folder.path().string());
            }
        }
        return found;
    }

    [[nodiscard]] std::string status_of_s3(const std::string& role, const std::string& method,
                                           const std::string& target) const {
        std::vector<std::string> command{"curl",
                                         "-sS",
                                         "--noproxy",
                                         "*",
                                         "-o",
                                         "/dev/null",
                                         "-w",
                                         "%{http_code}",
                                         "--aws-sigv4",
                                         "aws:amz:us-east-1:s3",
                                         "--user",
                                         word_of(secrets_ / role / "POSED_S3_ACCESS_KEY") + ":" +
                                             word_of(secrets_ / role / "POSED_S3_SECRET_KEY"),
                                         "-H",
                                         "x-amz-content-sha256: UNSIGNED-PAYLOAD",
                                         "-X",
                                         method,
                                         S3Server::shared().url() + "/" + bucket_ + target};
        if (method == "PUT")
            command.insert(command.end(), {"--data-binary", "content"});
        return run(command).output;
    }

    void ask_as_owner(const std::string& method, const std::string& target, const std::string& body) const {
        checked({"curl", "-sS", "--fail", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user",
                 std::string(S3Server::access_key) + ":" + S3Server::secret_key, "-H",
                 "x-amz-content-sha256: UNSIGNED-PAYLOAD", "-X", method, "--data-binary", body,
                 S3Server::shared().url() + "/" + bucket_ + target});
    }

    std::map<std::string, Process*> process;
    TemporaryFolder folder_;
    std::filesystem::path secrets_ = folder_.path() / "secrets";

  private:
    static std::vector<std::string> posed(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), posed_program());
        return arguments;
    }

    void start(const std::string& role, const std::vector<std::string>& arguments, const std::string& ready) {
        auto& started = processes_.emplace_back(posed(arguments), environment_of(role));
        if (!started.wait_until_said(ready))
            throw std::runtime_error(role + " does not start: " + started.said());
        process[role] = &started;
    }

    void set_up_database() const {
        auto server = postgres_->url();
        server.replace(server.find("@/posed?"), 8, "@/postgres?");
        checked({"psql", "-q", server, "-c", "DROP DATABASE posed"});
        for (int twice = 0; twice < 2; ++twice)
            checked({"psql", "--no-psqlrc", "-q", server, "--file", secrets_ / "database-setup/roles.sql"});
    }

    /// Ceph has policies of a bucket, which name their users; MinIO and AWS have the same policies at their
    /// users.
    void set_up_bucket() const {
        const auto configuration = S3Server::shared().ca_file().parent_path() / "ceph.conf";
        boost::json::array statements;
        for (const auto& role : roles) {
            const Environment ceph{.set = {"CEPH_CONF=" + configuration.string()}};
            const auto user = "posed-" + role;
            static_cast<void>(
                run({"radosgw-admin", "user", "rm", "--uid=" + user}, ceph));  // of the test before this one
            checked({"radosgw-admin", "user", "create", "--uid=" + user, "--display-name=" + user,
                     "--access-key=" + word_of(secrets_ / role / "POSED_S3_ACCESS_KEY"),
                     "--secret=" + word_of(secrets_ / role / "POSED_S3_SECRET_KEY"), "--max-buckets=-1"},
                    ceph);
            const auto policy = boost::json::parse(bytes_of(secrets_ / "bucket-setup" / (role + ".json")));
            for (auto statement : policy.at("Statement").as_array()) {
                statement.as_object()["Principal"] = {{"AWS", {"arn:aws:iam:::user/" + user}}};
                statements.push_back(std::move(statement));
            }
        }
        const auto all = boost::json::serialize(
            boost::json::object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
        ask_as_owner("PUT", "?policy=", all);
    }

    void start_redis(const std::string& port) {
        auto& redis = processes_.emplace_back(std::vector<std::string>{
            "redis-server", "--bind", "127.0.0.1", "--port", port, "--aclfile", secrets_ / "redis/users.acl",
            "--save", "", "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "noeviction"});
        if (!redis.wait_until_printed("Ready to accept connections"))
            throw std::runtime_error("redis-server does not start: " + redis.printed());
    }

    std::string bucket_;
    std::optional<PostgresServer> postgres_;
    std::uint16_t port_ = free_port();
    std::list<Process> processes_;
};

TEST_F(Deployment, DoesItsWorkWithEachProcessKnowingItsOwnSecretsOnly) {
    start_processes();
    EXPECT_TRUE(eventually([&] { return answer("GET", "/health/deep/").starts_with(R"({"status":"ok")"); }))
        << answer("GET", "/health/deep/");

    Process submission({posed_program(), "submit", "--server", url(), "--out", folder_.path() / "results",
                        "--preset", "ultrafast", synthetic_clip()},
                       {.set = {"POSED_API_TOKEN_FILE=" + (secrets_ / "api/POSED_API_TOKEN").string()}});
    std::set<std::string> with_children;
    EXPECT_TRUE(eventually([&] {
        for (const auto& role : roles) {
            EXPECT_THAT(foreign_secrets_of(role, process[role]->id()), testing::IsEmpty()) << role;
            if (family_of(process[role]->id()).size() > 1)
                with_children.insert(role);
        }
        return with_children.size() == 3;
    })) << "decoders of "
        << testing::PrintToString(with_children);
    const auto submitted = submission.wait();
    EXPECT_EQ(submitted.exit_code, 0) << submitted.errors;
    EXPECT_EQ(files_in(folder_.path() / "results"), 2U);

    EXPECT_THAT(answer("GET", "/videos/"), HasSubstr("clip"));
    EXPECT_EQ(answer("DELETE", "/videos/1/"), "");
    EXPECT_TRUE(eventually([&] {
        return process["janitor"]->said().find("\"objects\":3") != std::string::npos;
    })) << process["janitor"]->said();
    for (const auto& role : roles) {
        EXPECT_EQ(process[role]->said().find(R"("level":"error")"), std::string::npos)
            << process[role]->said();
        for (const auto& folder : std::filesystem::directory_iterator(secrets_))
            for (const auto& secret : secret_words(folder.path()))
                EXPECT_EQ(process[role]->said().find(secret), std::string::npos) << "in the log of " << role;
    }
}

TEST_F(Deployment, AForeignSecretWouldBeFound) {
    const auto secret = word_of(secrets_ / "janitor/POSED_S3_SECRET_KEY");
    const Process in_its_environment({"sleep", "60"}, {.set = {"KEY=" + secret}});
    const Process below_it({"sh", "-c", "KEY=$(cat \"$0\") setpriv --pdeathsig KILL sleep 60 & wait",
                            secrets_ / "janitor/POSED_S3_SECRET_KEY"});
    for (const auto* process : {&in_its_environment, &below_it}) {
        EXPECT_TRUE(eventually([&] { return foreign_secrets_of("api", process->id()).contains(secret); }));
        EXPECT_FALSE(foreign_secrets_of("janitor", process->id()).contains(secret));
    }
}

TEST_F(Deployment, PoliciesOfTheBucketRefuseWhatIsAnothersBusiness) {
    const std::vector<std::pair<std::string, std::set<std::string>>> may = {
        {"api", {"GET videos", "GET estimations", "GET visualizations", "PUT videos"}},
        {"inference", {"GET videos", "GET estimations", "PUT estimations"}},
        {"rendering", {"GET videos", "GET estimations", "GET visualizations", "PUT visualizations"}},
        {"janitor", {"DELETE videos", "DELETE estimations", "DELETE visualizations"}}};
    for (const std::string folder : {"videos", "estimations", "visualizations", "other"})
        ask_as_owner("PUT", "/" + folder + "/there", "content");
    for (const auto& [role, allowed] : may) {
        for (const std::string folder : {"videos", "estimations", "visualizations", "other"})
            for (const std::string method : {"GET", "PUT", "DELETE"}) {
                const auto status = status_of_s3(role, method, "/" + folder + "/there");
                EXPECT_EQ(status != "403", allowed.contains(method + " " + folder))
                    << role << ": " << method << " " << folder << " " << status;
            }
        EXPECT_EQ(status_of_s3(role, "GET", ""), "200") << role;
        EXPECT_EQ(status_of_s3(role, "GET", "?policy="), "403") << role;
        EXPECT_EQ(status_of_s3(role, "DELETE", ""), "403") << role;
    }
}

}  // namespace
}  // namespace posed::tests
