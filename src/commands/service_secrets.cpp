#include "commands/service_secrets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/digest.h"

namespace posed::commands {
namespace {

/// What a process may do with the objects in these folders of the bucket.
struct Objects {
    std::vector<std::string_view> reads;
    std::vector<std::string_view> writes;
    std::vector<std::string_view> clears;
};

struct Role {
    std::string_view name;
    std::string_view redis_rights;  ///< without any it is no user there
    Objects objects;
};

constexpr std::string_view videos = "videos/*", estimations = "estimations/*",
                           visualizations = "visualizations/*";

/// Those of `posed serve --without-janitor`, of the workers of both queues and of `posed janitor`.
std::vector<Role> roles() {
    return {{.name = "api",
             .redis_rights = "~posed:queue:* resetchannels &posed:events +xadd +xlen +xpending +publish "
                             "+subscribe +info +acl|getuser",
             .objects = {.reads = {videos, estimations, visualizations}, .writes = {videos}, .clears = {}}},
            {.name = "inference",
             .redis_rights = "~posed:queue:inference resetchannels &posed:events +xgroup|create +xreadgroup "
                             "+xautoclaim +xack +xdel +publish",
             .objects = {.reads = {videos, estimations}, .writes = {estimations}, .clears = {}}},
            {.name = "rendering",
             .redis_rights = "~posed:queue:default resetchannels &posed:events +xgroup|create +xreadgroup "
                             "+xautoclaim +xack +xdel +publish",
             .objects = {.reads = {videos, estimations, visualizations},
                         .writes = {visualizations},
                         .clears = {}}},
            {.name = "janitor",
             .redis_rights = {},
             .objects = {.reads = {}, .writes = {}, .clears = {videos, estimations, visualizations}}}};
}

std::string fresh_secret(Random& random) {
    std::array<std::byte, 20> bytes{};  // 40 digits: as many as MinIO takes
    random.fill(bytes);
    return hexadecimal(bytes);
}

boost::json::object statement(std::span<const std::string_view> actions, const std::string& bucket,
                              std::span<const std::string_view> keys) {
    boost::json::array resources;
    for (const auto key : keys)
        resources.emplace_back(fmt::format("arn:aws:s3:::{}/{}", bucket, key));
    if (keys.empty())
        resources.emplace_back("arn:aws:s3:::" + bucket);
    return {{"Effect", "Allow"},
            {"Action", boost::json::array(actions.begin(), actions.end())},
            {"Resource", std::move(resources)}};
}

std::string policy(const Objects& objects, const std::string& bucket) {
    std::vector<std::string_view> on_bucket{"s3:ListBucket"};  // without it, what is not there is "forbidden"
    if (!objects.clears.empty())
        on_bucket.emplace_back("s3:ListBucketMultipartUploads");
    boost::json::array statements{statement(on_bucket, bucket, {})};
    const auto add = [&](const std::vector<std::string_view>& keys,
                         const std::vector<std::string_view>& actions) {
        if (!keys.empty())
            statements.push_back(statement(actions, bucket, keys));
    };
    add(objects.reads, {"s3:GetObject"});
    add(objects.writes, {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"});
    add(objects.clears, {"s3:DeleteObject", "s3:AbortMultipartUpload"});
    return boost::json::serialize(
        boost::json::object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

/// Makes the role, or gives it its password. What psql understands.
std::string sql_of_role(std::string_view role, std::string_view password) {
    return fmt::format(
        "SELECT 'CREATE ROLE {0}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{0}') \\gexec\n"
        "ALTER ROLE {0} LOGIN PASSWORD '{1}';\n",
        role, password);
}

/// Collects the files, role by role.
class Secrets {
  public:
    Secrets(const SecretsOptions& options, Random& random) : options_(options), random_(random) {}

    std::vector<SecretFile> all() && {
        add_database_owner();
        for (const auto& role : roles())
            add_role(role);
        add("api", "POSED_API_TOKEN", fresh_secret(random_));
        const auto password = fresh_secret(random_), root = fresh_secret(random_);
        add("postgres", "password", password);
        add("database-setup", "pgpass", "*:*:*:postgres:" + password);
        add("database-setup", "roles.sql", sql_ + "REVOKE ALL ON DATABASE posed FROM PUBLIC;\n" + connect_);
        add("redis", "users.acl", acl_);
        for (const auto* folder : {"minio", "bucket-setup"}) {
            add(folder, "root-user", "posed-root");
            add(folder, "root-password", root);
        }
        add("bucket-setup", "users", users_);
        return std::move(files_);
    }

  private:
    void add(const std::filesystem::path& folder, std::string_view name, std::string text) {
        if (!text.ends_with('\n'))
            text += '\n';
        files_.push_back({.path = folder / name, .text = std::move(text)});
    }

    std::string database_url(std::string_view role, std::string_view password) const {
        return fmt::format("postgresql://{}:{}@{}/posed", role, password, options_.postgres);
    }

    void add_database_owner() {
        const auto password = fresh_secret(random_);
        add("migrate", "POSED_DATABASE_URL", database_url("posed_owner", password));
        sql_ += sql_of_role("posed_owner", password) +
                "SELECT 'CREATE DATABASE posed OWNER posed_owner ENCODING ''UTF8'' TEMPLATE template0' "
                "WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'posed') \\gexec\n";
        connect_ += "GRANT CONNECT ON DATABASE posed TO posed_owner;\n";
    }

    void add_role(const Role& role) {
        const auto name = std::string(role.name);
        const auto of_database = fresh_secret(random_), of_bucket = fresh_secret(random_);
        add(name, "POSED_DATABASE_URL", database_url("posed_" + name, of_database));
        sql_ += sql_of_role("posed_" + name, of_database);
        connect_ += fmt::format("GRANT CONNECT ON DATABASE posed TO posed_{};\n", name);
        add(name, "POSED_S3_ACCESS_KEY", "posed-" + name);
        add(name, "POSED_S3_SECRET_KEY", of_bucket);
        users_ += fmt::format("posed-{} {}\n", name, of_bucket);
        add("bucket-setup", name + ".json", policy(role.objects, options_.bucket));
        if (!role.redis_rights.empty())
            add_redis_user(name, role.redis_rights);
    }

    void add_redis_user(const std::string& name, std::string_view rights) {
        const auto password = fresh_secret(random_);
        add(name, "POSED_REDIS_URL", fmt::format("redis://posed-{}:{}@{}", name, password, options_.redis));
        acl_ += fmt::format("user posed-{} on #{} {}\n", name, sha256_of(std::as_bytes(std::span(password))),
                            rights);
    }

    const SecretsOptions& options_;
    Random& random_;
    std::vector<SecretFile> files_;
    /// A refused statement must not get into the server's log with the password in it.
    std::string sql_ =
        "\\set ON_ERROR_STOP on\nSET log_statement = 'none';\nSET log_min_error_statement = 'panic';\n";
    std::string connect_;
    std::string users_;
    /// Nobody logs in as `default`, but Redis replays its append-only file as that user.
    std::string acl_ = "user default off resetpass ~* &* +@all\n";
};

bool is_made_of(std::string_view text, std::string_view others) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

Result<> write_file(const std::filesystem::path& path, const std::string& text) {
    if (::mkdir(path.parent_path().c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return system_error(errno, path.parent_path().string());
    const Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.is_open() ||
        std::cmp_not_equal(::write(file.number(), text.data(), text.size()), text.size()) ||
        ::fsync(file.number()) != 0)
        return system_error(errno, path.string());
    return {};
}

Result<> write_all(const std::filesystem::path& folder, const std::vector<SecretFile>& files) {
    for (const auto& file : files)
        TRY(write_file(folder / file.path, file.text));
    return {};
}

}  // namespace

Result<std::vector<SecretFile>> make_secrets(const SecretsOptions& options, Random& random) {
    constexpr std::string_view in_addresses = ".-:[]";
    for (const auto& address : {options.postgres, options.redis})
        if (!is_made_of(address, in_addresses))
            return fail(Code::invalid_argument, "'" + address + "' is no address", "HOST:PORT");
    if (!is_made_of(options.bucket, ".-"))
        return fail(Code::invalid_argument, "'" + options.bucket + "' cannot be the name of a bucket");
    return Secrets(options, random).all();
}

Result<> write_secrets(const std::filesystem::path& folder, const std::vector<SecretFile>& files) {
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return system_error(errno, folder.string());
    std::error_code error;
    const bool is_empty = std::filesystem::is_empty(folder, error);
    if (error)
        return system_error(error.value(), folder.string());
    if (!is_empty)
        return fail(Code::conflict,
                    "the folder " + folder.string() + " is not empty, and no secret is overwritten",
                    "name another folder, or delete what is there if nobody uses it any more");
    auto written = write_all(folder, files);
    if (written.has_error())
        for (const auto& file : files)
            std::filesystem::remove_all(folder / *file.path.begin(), error);
    return written;
}

}  // namespace posed::commands
