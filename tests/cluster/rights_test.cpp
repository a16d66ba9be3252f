// What each role may do on the three servers, all of it, held against the tables of docs/reliability.md; and
// who knows whose secrets.

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/cluster/cluster.h"
#include "tests/support/process_tree.h"

namespace posed::tests {
namespace {

using testing::HasSubstr;

class Rights : public ClusterTest {
  protected:
    static void expect_documented(const std::vector<std::string>& lines) {
        static const auto document = bytes_of(POSED_RELIABILITY);
        for (const auto& line : lines)
            EXPECT_THAT(document, HasSubstr(line + "\n"));
        for (const auto& line : lines)
            std::cout << line << '\n';
    }
};

std::string cell(bool allowed) {
    return allowed ? " yes |" : " - |";
}

/// Whether PostgreSQL grants it, on the whole table or to change that column only.
std::string privileges_on(Cluster& cluster, Role role, const std::string& table) {
    const auto quoted = "('" + credentials_of(role).database_user + "', '" + table + "', '";
    const auto may = [&](const std::string& privilege) {
        return cluster.count("SELECT has_table_privilege" + quoted + privilege + "')::int AS n") == 1;
    };
    std::string all;
    for (const auto* privilege : {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"})
        if (may(privilege))
            all += (all.empty() ? "" : ", ") + std::string(privilege);
    if (may("UPDATE"))
        return all;
    for (const auto& row : cluster.records().read().query(
             "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = '" + table +
             "' AND has_column_privilege" + quoted.substr(0, quoted.size() - 3) +
             ", column_name::text, 'UPDATE')"))
        all += (all.empty() ? "" : ", ") + ("UPDATE (" + row.get<std::string>("name") + ")");
    return all.empty() ? "-" : all;
}

TEST_F(Rights, OnTheTables) {
    std::vector<std::string> lines;
    for (const auto& row : cluster().records().read().query(
             "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")) {
        const auto table = row.get<std::string>("name");
        lines.push_back("| `" + table + "` | " + privileges_on(cluster(), Role::server, table) + " | " +
                        privileges_on(cluster(), Role::inference, table) + " |");
    }
    EXPECT_GE(lines.size(), 9U);
    expect_documented(lines);
}

TEST_F(Rights, OnRedis) {
    const std::vector<std::string> commands = {
        "XADD posed:queue:inference * a b", "XLEN posed:queue:inference",
        "XPENDING posed:queue:inference workers", "XGROUP CREATE posed:queue:inference workers 0 MKSTREAM",
        "XREADGROUP GROUP workers a COUNT 1 STREAMS posed:queue:inference >",
        "XAUTOCLAIM posed:queue:inference workers a 1 0", "XACK posed:queue:inference workers 1-1",
        "XDEL posed:queue:inference 1-1", "PUBLISH posed:events a", "SUBSCRIBE posed:events", "INFO",
        "ACL GETUSER default",
        // Nobody's business.
        "XADD other * a b", "SUBSCRIBE other", "PUBLISH other a", "XRANGE posed:queue:inference - +",
        "XTRIM posed:queue:inference MAXLEN 0", "DEL posed:queue:inference", "GET posed:queue:inference",
        "KEYS *", "FLUSHALL", "CONFIG GET *", "ACL SETUSER a", "CLIENT LIST", "MONITOR", "SHUTDOWN", "SAVE",
        "EVAL a 0"};
    std::vector<std::string> lines;
    for (const auto& command : commands) {
        auto line = "| `" + command + "` |";
        for (const auto role : {Role::server, Role::inference}) {
            std::vector<std::string> words{"ACL", "DRYRUN", credentials_of(role).redis_user};
            for (std::size_t begin = 0; begin < command.size();) {
                const auto end = std::min(command.find(' ', begin), command.size());
                words.push_back(command.substr(begin, end - begin));
                begin = end + 1;
            }
            const auto said = cluster().say_to_redis(words);
            EXPECT_TRUE(said == "OK\n" || said.find("permission") != std::string::npos) << said;
            line += cell(said == "OK\n");
        }
        lines.push_back(line);
    }
    expect_documented(lines);
    EXPECT_EQ(cluster().say_to_redis({"ACL", "LOG"}), "\n") << "somebody lacked a right";
}

TEST_F(Rights, OnTheBucket) {
    struct Operation {
        std::string name;
        std::string method;
        std::string target;  ///< behind the bucket and a folder
    };
    const std::vector<Operation> in_folders = {{"GetObject", "GET", "/rights"},
                                               {"PutObject", "PUT", "/rights"},
                                               {"AbortMultipartUpload", "DELETE", "/rights?uploadId=none"},
                                               {"DeleteObject", "DELETE", "/rights"}};
    const std::vector<Operation> on_bucket = {{"ListBucket", "GET", "?list-type=2"},
                                              {"ListBucketMultipartUploads", "GET", "?uploads="},
                                              {"GetBucketPolicy", "GET", "?policy="},
                                              {"PutBucketPolicy", "PUT", "?policy="},
                                              {"DeleteBucket", "DELETE", ""}};
    const auto row = [&](const std::string& place, const Operation& operation, const std::string& target) {
        auto line = "| " + place + " | `" + operation.name + "` |";
        for (const auto role : every_role)
            line += cell(cluster().status_from_store(role, operation.method, target) != 403);
        return line;
    };
    std::vector<std::string> lines;
    for (const auto* folder : {"videos", "estimations", "visualizations", "others"}) {
        cluster().s3().ask("PUT", cluster().bucket() + "/" + folder + "/rights", "something to read");
        for (const auto& operation : in_folders)
            lines.push_back(row("`" + std::string(folder) + "/*`", operation,
                                cluster().bucket() + "/" + folder + operation.target));
    }
    for (const auto& operation : on_bucket)
        lines.push_back(row("the bucket", operation, cluster().bucket() + operation.target));
    lines.push_back(row("another bucket", {"CreateBucket", "PUT", ""}, "tests-of-rights"));
    expect_documented(lines);
}

/// Environment and command line.
std::string visible_of(pid_t process) {
    const auto folder = std::filesystem::path("/proc") / std::to_string(process);
    return content_of(folder / "environ") + content_of(folder / "cmdline");
}

TEST_F(Rights, NobodyKnowsAnothersSecrets) {
    int decoders = 0;
    for (const auto role : every_role) {
        const auto process = cluster().process(role, Machine::first).id();
        const auto own = visible_of(process);
        EXPECT_THAT(own, HasSubstr(credentials_of(role).s3_secret)) << "it is what is looked for";
        for (const auto other : every_role)
            for (const auto& secret :
                 {credentials_of(other).database_password, credentials_of(other).redis_password,
                  credentials_of(other).s3_secret}) {
                if (own.find(secret) != std::string::npos) {
                    EXPECT_THAT(
                        (std::vector{credentials_of(role).database_password,
                                     credentials_of(role).redis_password, credentials_of(role).s3_secret}),
                        testing::Contains(secret));
                }
                for (const auto& child : descendants_of(process))
                    EXPECT_THAT(visible_of(child.id), testing::Not(HasSubstr(secret))) << child.command;
            }
        decoders += static_cast<int>(descendants_of(process).size());
        EXPECT_THAT(cluster().process(role, Machine::first).said(), testing::Not(HasSubstr("secret-of-")))
            << "logs are no place for them";
    }
    EXPECT_GE(decoders, 3);
}

}  // namespace
}  // namespace posed::tests
