#include "commands/service_secrets.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "base/config.h"
#include "base/digest.h"
#include "tests/support/shared_data.h"

namespace posed::commands {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> secrets_by_path(const SecretsOptions& options = {}) {
    std::map<std::string, std::string> texts;
    for (auto& file : make_secrets(options, system_random()).value())
        texts.emplace(file.path.string(), file.text);
    return texts;
}

/// What nobody can guess: words of as many hexadecimal digits.
std::set<std::string> secret_words(const std::string& text) {
    static const std::regex word("\\b[0-9a-f]{40}\\b");
    return {std::sregex_token_iterator(text.begin(), text.end(), word), std::sregex_token_iterator()};
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<std::string> processes{"api", "inference", "rendering", "janitor", "migrate"};

TEST(ServiceSecrets, NoProcessKnowsWhatAnotherIsToKnow) {
    std::map<std::string, std::set<std::string>> holders;
    for (const auto& [path, text] : secrets_by_path())
        for (const auto& secret : secret_words(text))
            holders[secret].insert(path.substr(0, path.find('/')));
    EXPECT_EQ(holders.size(),
              15U);  // 5 of the database, 4 of the bucket, 3 of Redis, token, 2 of administrators
    for (const auto& [secret, folders] : holders) {
        int number = 0;
        for (const auto& process : processes)
            number += static_cast<int>(folders.count(process));
        const bool is_of_an_administrator = folders.contains("postgres") || folders.contains("minio");
        EXPECT_EQ(number, is_of_an_administrator ? 0 : 1) << testing::PrintToString(folders);
    }
}

TEST(ServiceSecrets, AreOthersEachTime) {
    std::set<std::string> seen;
    for (int i = 0; i < 3; ++i)
        for (const auto& [path, text] : secrets_by_path())
            if (path.starts_with("api/"))
                seen.merge(secret_words(text));
    EXPECT_EQ(seen.size(), 12U);
}

TEST(ServiceSecrets, FilesOfProcessesAreNamedLikeTheirSettings) {
    for (const auto& [path, text] : secrets_by_path()) {
        const std::filesystem::path file = path;
        if (std::ranges::find(processes, file.begin()->string()) == processes.end())
            continue;
        EXPECT_THAT(text_of(POSED_SETTINGS), HasSubstr("#" + file.filename().string() + "=")) << path;
        EXPECT_EQ(text.find('\n'), text.size() - 1) << path;
    }
}

TEST(ServiceSecrets, RedisHearsOfPasswordsOnlyByTheirDigest) {
    const auto texts =
        secrets_by_path({.postgres = "db.example:5433", .redis = "[::1]:6380", .bucket = "motion"});
    const auto& acl = texts.at("redis/users.acl");
    EXPECT_TRUE(secret_words(acl).empty());
    for (const auto* name : {"api", "inference", "rendering"}) {
        const auto url = texts.at(std::string(name) + "/POSED_REDIS_URL");
        EXPECT_THAT(url, HasSubstr("@[::1]:6380\n"));
        const auto password = *secret_words(url).begin();
        EXPECT_THAT(acl, HasSubstr("user posed-" + std::string(name) + " on #" +
                                   sha256_of(std::as_bytes(std::span(password)))));
    }
    EXPECT_THAT(texts.at("janitor/POSED_DATABASE_URL"), HasSubstr("@db.example:5433/posed\n"));
    EXPECT_THAT(texts.at("bucket-setup/janitor.json"), HasSubstr("arn:aws:s3:::motion/videos/*"));
}

TEST(ServiceSecrets, AreWrittenForTheirOwnerAloneAndNeverOver) {
    const tests::TemporaryFolder parent;
    const auto folder = parent.path() / "secrets";
    const auto files = make_secrets({}, system_random()).value();
    ASSERT_TRUE(write_secrets(folder, files).has_value());
    using std::filesystem::perms;
    for (const auto& file : files) {
        EXPECT_EQ(text_of(folder / file.path), file.text);
        EXPECT_EQ(std::filesystem::status(folder / file.path).permissions(),
                  perms::owner_read | perms::owner_write);
        EXPECT_EQ(std::filesystem::status((folder / file.path).parent_path()).permissions(),
                  perms::owner_all);
    }
    const auto again = write_secrets(folder, make_secrets({}, system_random()).value());
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().code, Code::conflict);
    EXPECT_EQ(text_of(folder / files.front().path), files.front().text);
}

TEST(ServiceSecrets, AreWrittenAllOrNone) {
    const tests::TemporaryFolder folder;
    auto files = make_secrets({}, system_random()).value();
    files.push_back(files.front());  // cannot be written twice
    EXPECT_TRUE(write_secrets(folder.path(), files).has_error());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ServiceSecrets, WhatWouldChangeAnAddressOrAPolicyIsRefused) {
    for (const SecretsOptions& options : {SecretsOptions{.postgres = "a/b"}, SecretsOptions{.redis = "x@y"},
                                          SecretsOptions{.bucket = "a/*"}, SecretsOptions{.bucket = ""}})
        EXPECT_EQ(make_secrets(options, system_random()).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace posed::commands
