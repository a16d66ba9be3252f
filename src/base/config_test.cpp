#include "base/config.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace posed {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ConfigSources sources_of(Variables environment, Variables env_file = {}, Variables flags = {}) {
    environment.emplace("HOME", "/people/ann");
    return {.flags = std::move(flags),
            .env_file = std::move(env_file),
            .surroundings = {
                .environment = std::move(environment), .program = "/opt/posed/bin/posed", .processors = 8}};
}

/// Why the service refuses to start with these variables.
std::string refusal(Variables environment, Variables env_file = {}) {
    const auto config = read_service_config(sources_of(std::move(environment), std::move(env_file)));
    EXPECT_TRUE(config.has_error());
    return config.has_error() ? config.error().message : "";
}

EffectiveSetting effective(const ConfigSources& sources, const std::string& name) {
    for (auto& setting : effective_settings(sources).value()) {
        if (setting.name == name)
            return setting;
    }
    return {};
}

TEST(Config, DefaultsAreEnough) {
    const auto config = read_service_config(sources_of({})).value();
    EXPECT_EQ(config.host, "127.0.0.1");
    EXPECT_EQ(config.port, 8000);
    EXPECT_EQ(config.data_directory, "/people/ann/.local/share/posed");
    EXPECT_EQ(config.log_level, Log::Level::info);
    EXPECT_EQ(config.log_format, LogFormat::json);
    EXPECT_TRUE(config.allowed_hosts.empty());
    EXPECT_FALSE(config.api_token.has_value());
    EXPECT_FALSE(config.allow_unauthenticated);
    EXPECT_EQ(config.default_estimator, "blazepose-full");
    EXPECT_EQ(config.inference_slots, 4);  // of 8 processors
    EXPECT_EQ(config.max_upload_bytes, 4LL << 30);
    EXPECT_EQ(config.max_duration, 4h);
    EXPECT_FALSE(config.max_store_bytes.has_value());
    EXPECT_EQ(config.task_lease, 30s);
    EXPECT_EQ(config.task_stall_timeout, 120s);
    EXPECT_EQ(config.task_retention, 24h * 30);
    EXPECT_FALSE(config.result_retention.has_value());
    EXPECT_FALSE(config.redis_url.has_value());
    EXPECT_EQ(config.module_directory, "/opt/posed/lib/posed");
    EXPECT_EQ(config.blazepose_directory, "/opt/posed/share/posed/blazepose");
}

TEST(Config, ReadsEveryKindOfValue) {
    const auto config = read_service_config(sources_of({{"POSED_PORT", "0"},
                                                        {"POSED_DATA_DIR", "/data dir"},
                                                        {"POSED_LOG_LEVEL", "warning"},
                                                        {"POSED_ALLOWED_HOSTS", "a.example, b.example:81"},
                                                        {"POSED_API_TOKEN", "0123456789abcdef"},
                                                        {"POSED_ALLOW_UNAUTHENTICATED", "yes"},
                                                        {"POSED_MAX_UPLOAD_BYTES", "1500KiB"},
                                                        {"POSED_MAX_STORE_BYTES", "1073741824"},
                                                        {"POSED_MAX_DURATION_SECONDS", "60"},
                                                        {"POSED_REDIS_URL", "rediss://a:b@redis.example"},
                                                        {"POSED_REDIS_CA_FILE", "/etc/ca.pem"},
                                                        {"POSED_RESULT_RETENTION", "90d"},
                                                        {"POSED_DEEP_HEALTH_TIMEOUT", "500ms"}}))
                            .value();
    EXPECT_EQ(config.port, 0);
    EXPECT_EQ(config.data_directory, "/data dir");
    EXPECT_EQ(config.log_level, Log::Level::warning);
    EXPECT_THAT(config.allowed_hosts, ElementsAre("a.example", "b.example:81"));
    EXPECT_EQ(config.api_token, "0123456789abcdef");
    EXPECT_TRUE(config.allow_unauthenticated);
    EXPECT_EQ(config.max_upload_bytes, 1500 << 10);
    EXPECT_EQ(config.max_store_bytes, 1LL << 30);
    EXPECT_EQ(config.max_duration, 60s);
    EXPECT_EQ(config.redis_url, "rediss://a:b@redis.example");
    EXPECT_EQ(config.redis_ca_file, "/etc/ca.pem");
    EXPECT_EQ(config.result_retention, 24h * 90);
    EXPECT_EQ(config.deep_health_timeout, 500ms);
}

TEST(Config, FlagsWinOverTheEnvironmentThatOverTheFileThatOverDefaults) {
    auto sources =
        sources_of({{"POSED_PORT", "2"}, {"POSED_HOST", ""}},
                   {{"POSED_PORT", "3"}, {"POSED_HOST", "127.0.0.3"}, {"OTHER", "x"}}, {{"POSED_PORT", "1"}});
    EXPECT_EQ(read_service_config(sources).value().port, 1);
    EXPECT_EQ(effective(sources, "POSED_PORT"), (EffectiveSetting{"POSED_PORT", "1", "flag"}));
    sources.flags.clear();
    EXPECT_EQ(effective(sources, "POSED_PORT"), (EffectiveSetting{"POSED_PORT", "2", "environment"}));
    // Set to nothing is not set.
    EXPECT_EQ(effective(sources, "POSED_HOST"), (EffectiveSetting{"POSED_HOST", "127.0.0.3", ".env"}));
    sources.surroundings.environment.clear();
    EXPECT_EQ(effective(sources, "POSED_PORT"), (EffectiveSetting{"POSED_PORT", "3", ".env"}));
    sources.env_file.clear();
    EXPECT_EQ(effective(sources, "POSED_PORT"), (EffectiveSetting{"POSED_PORT", "8000", "default"}));
}

TEST(Config, AValueThatIsNotAllowedIsShownWithItsSourceAndRange) {
    EXPECT_EQ(refusal({{"POSED_PORT", "99999"}}),
              "POSED_PORT=99999 (environment) is not a whole number from 0 to 65535");
    EXPECT_EQ(refusal({}, {{"POSED_LOG_LEVEL", "loud"}}),
              "POSED_LOG_LEVEL=loud (.env) is not one of debug, info, warning, error");
    EXPECT_EQ(
        refusal({{"POSED_TASK_RETENTION", "5m"}}),
        "POSED_TASK_RETENTION=5m (environment) is not a duration (500ms, 90s, 15m, 12h, 30d) from 1h to "
        "3650d");
    EXPECT_EQ(refusal({{"POSED_MAX_UPLOAD_BYTES", "4GB"}}),
              "POSED_MAX_UPLOAD_BYTES=4GB (environment) is not a number of bytes (512MiB, 4GiB) from 1KiB to "
              "1TiB");
    EXPECT_EQ(
        refusal({{"POSED_REDIS_URL", "http://ann:secret@h"}}),
        "POSED_REDIS_URL of 19 characters (environment) is not a URL that begins with redis:// or rediss://");
    EXPECT_EQ(refusal({{"POSED_PORT", "x\n"}, {"POSED_ALLOW_UNAUTHENTICATED", "true"}}),
              "POSED_PORT=x\\n (environment) is not a whole number from 0 to 65535; "
              "POSED_ALLOW_UNAUTHENTICATED=true (environment) is not one of yes, no");
}

TEST(Config, NumbersAreTakenLiterally) {
    for (const char* text : {"-1", "+1", " 1", "1 ", "1.5", "0x10", "1e3", "99999999999999999999"})
        EXPECT_THAT(refusal({{"POSED_PORT", text}}), HasSubstr("whole number")) << text;
    for (const char* text : {"30", "d", "-1d", "1.5h", "1h30m", "99999999999999999999d", "106751991168d"})
        EXPECT_THAT(refusal({{"POSED_TASK_RETENTION", text}}), HasSubstr("duration")) << text;
    for (const char* text : {",", "a,,b", "a,", "a b"})
        EXPECT_THAT(refusal({{"POSED_ALLOWED_HOSTS", text}}), HasSubstr("commas")) << text;
}

TEST(Config, AnUnknownNameIsRefusedWithTheNearestKnownOne) {
    EXPECT_EQ(refusal({{"POSED_PROT", "1"}}),
              "POSED_PROT (environment) is no setting; the nearest is POSED_PORT");
    EXPECT_THAT(refusal({}, {{"POSED_INFERENCE_SLOT", "1"}}), HasSubstr("nearest is POSED_INFERENCE_SLOTS"));
    EXPECT_THAT(refusal({{"POSED_PORT_FILE", "/x"}}), HasSubstr("POSED_PORT_FILE"))
        << "only secrets have one";
    EXPECT_TRUE(read_service_config(sources_of({{"PATH", "/bin"}, {"XPOSED_PROT", ""}}, {{"OTHER", "1"}})));
}

// A container platform describes a service called posed to every container under names that begin like ours.
TEST(Config, NamesOfContainerPlatformsArePassedOver) {
    const auto sources = sources_of({{"POSED_PORT", "tcp://10.0.0.7:8000"},
                                     {"POSED_SERVICE_HOST", "10.0.0.7"},
                                     {"POSED_SERVICE_PORT", "8000"},
                                     {"POSED_SERVICE_PORT_HTTP", "8000"},
                                     {"POSED_PORT_8000_TCP", "tcp://10.0.0.7:8000"},
                                     {"POSED_PORT_8000_TCP_PROTO", "tcp"},
                                     {"POSED_PORT_8000_TCP_PORT", "8000"},
                                     {"POSED_PORT_8000_TCP_ADDR", "10.0.0.7"},
                                     {"POSED_WEB_PORT", "tcp://10.0.0.8:80"},
                                     {"POSED_WEB_PORT_53_UDP_ADDR", "10.0.0.8"}});
    EXPECT_EQ(read_service_config(sources).value().port, 8000);
    EXPECT_EQ(effective(sources, "POSED_PORT").source, "default");
    EXPECT_THAT(refusal({}, {{"POSED_SERVICE_HOST", "x"}}), HasSubstr("no setting"))
        << "nobody injects files";
    EXPECT_THAT(refusal({{"POSED_PORT_X_TCP", "x"}}), HasSubstr("no setting"));
    EXPECT_THAT(refusal({{"POSED_WEB_PORT", "80"}}), HasSubstr("no setting"));
}

TEST(Config, SecretsComeFromFilesTooAndAreNeverShown) {
    const tests::TemporaryFolder folder;
    const auto path = folder.path() / "token";
    std::ofstream(path) << "a-secret-of-20-chars\n";
    const auto sources =
        sources_of({{"POSED_API_TOKEN_FILE", path}}, {{"POSED_API_TOKEN", "weaker-than-the-file"}});
    EXPECT_EQ(read_service_config(sources).value().api_token, "a-secret-of-20-chars");
    EXPECT_EQ(effective(sources, "POSED_API_TOKEN"),
              (EffectiveSetting{"POSED_API_TOKEN", "********", "environment, POSED_API_TOKEN_FILE"}));
    EXPECT_EQ(effective(sources_of({}), "POSED_API_TOKEN").value, "");

    EXPECT_EQ(refusal({{"POSED_API_TOKEN", "s3cret"}}),
              "POSED_API_TOKEN of 6 characters (environment) is not a word of 16 to 4096 characters without "
              "spaces");
    EXPECT_THAT(refusal({{"POSED_API_TOKEN_FILE", "/nowhere"}}),
                AllOf(HasSubstr("POSED_API_TOKEN_FILE"), HasSubstr("/nowhere"), HasSubstr("No such file")));
    EXPECT_THAT(refusal({{"POSED_API_TOKEN_FILE", path}, {"POSED_API_TOKEN", "0123456789abcdef"}}),
                AllOf(HasSubstr("both set"), Not(HasSubstr("0123456789abcdef"))));
}

TEST(Config, TheDatabaseIsAnAddressWithASecret) {
    EXPECT_EQ(read_service_config(sources_of({})).value().database_url, std::nullopt);
    const std::string url = "postgresql://ann:pass-word@db.example:5432/posed?sslmode=require";
    const auto sources = sources_of({{"POSED_DATABASE_URL", url}});
    EXPECT_EQ(read_service_config(sources).value().database_url, url);
    EXPECT_EQ(effective(sources, "POSED_DATABASE_URL").value, "********");
    for (const auto* wrong : {"db.example", "mysql://ann:pass-word@db.example/posed",
                              "postgresql://ann:pass-word @db.example/posed"})
        EXPECT_THAT(
            refusal({{"POSED_DATABASE_URL", wrong}}),
            AllOf(HasSubstr("postgresql://user:password@host:port/name"), Not(HasSubstr("pass-word"))));
}

TEST(Config, AnAddressThatOthersReachNeedsATokenOrAWord) {
    for (const char* host : {"0.0.0.0", "::", "192.168.1.5", "posed.example", "127.example.org"})
        EXPECT_THAT(refusal({{"POSED_HOST", host}}), HasSubstr("set POSED_API_TOKEN")) << host;
    for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
        EXPECT_TRUE(read_service_config(sources_of({{"POSED_HOST", host}}))) << host;
    EXPECT_TRUE(read_service_config(
        sources_of({{"POSED_HOST", "0.0.0.0"}, {"POSED_API_TOKEN", "0123456789abcdef"}})));
    EXPECT_TRUE(
        read_service_config(sources_of({{"POSED_HOST", "::"}, {"POSED_ALLOW_UNAUTHENTICATED", "yes"}})));
}

TEST(Config, ABucketNeedsAUserAndKeepsItsOwnLimit) {
    Variables bucket{{"POSED_STORE_URL", "https://s3.example.org/posed"}};
    EXPECT_EQ(refusal(bucket), "POSED_STORE_URL needs POSED_S3_ACCESS_KEY and POSED_S3_SECRET_KEY");
    bucket["POSED_S3_ACCESS_KEY"] = "posed";
    bucket["POSED_S3_SECRET_KEY"] = "0123456789abcdef";
    bucket["POSED_S3_ADDRESSING"] = "virtual-host";
    const auto config = read_service_config(sources_of(bucket)).value();
    EXPECT_EQ(config.store_url, "https://s3.example.org/posed");
    EXPECT_EQ(config.s3_secret_key, "0123456789abcdef");
    EXPECT_EQ(config.s3_region, "us-east-1");
    EXPECT_TRUE(config.s3_virtual_host);
    EXPECT_EQ(effective(sources_of(bucket), "POSED_S3_SECRET_KEY").value, "********");
    bucket["POSED_MAX_STORE_BYTES"] = "1GiB";
    EXPECT_THAT(refusal(bucket), HasSubstr("quota"));
    EXPECT_THAT(refusal({{"POSED_STORE_URL", "https://user:word@s3.example.org/posed"}}),
                HasSubstr("without a password"));
    EXPECT_THAT(refusal({{"POSED_STORE_URL", "s3.example.org/posed"}}), HasSubstr("begins with http"));
    EXPECT_THAT(refusal({{"POSED_S3_PUBLIC_ENDPOINT", "https://files.example.org"}}),
                HasSubstr("POSED_STORE_URL is not set"));
}

TEST(Config, DataGoesWhereTheDesktopPutsIt) {
    EXPECT_EQ(effective(sources_of({{"XDG_DATA_HOME", "/data"}}), "POSED_DATA_DIR").value, "/data/posed");
    EXPECT_EQ(effective(sources_of({{"XDG_DATA_HOME", "relative"}}), "POSED_DATA_DIR").value,
              "/people/ann/.local/share/posed");
    EXPECT_THAT(refusal({{"HOME", ""}}), HasSubstr("POSED_DATA_DIR is not set"));
}

TEST(Config, LocalCommandsTakeOnlyTheirFolders) {
    const auto sources = sources_of({{"POSED_BLAZEPOSE_DIR", "/models"}, {"POSED_PORT", "wrong"}});
    EXPECT_EQ(read_config(sources.surroundings).blazepose_directory, "/models");
    EXPECT_EQ(read_config(sources.surroundings).module_directory, "/opt/posed/lib/posed");
    EXPECT_TRUE(read_config(sources.surroundings).detector.empty());
    EXPECT_EQ(read_config(sources_of({{"POSED_DETECTOR", "/models/mine.pt"}}).surroundings).detector,
              "/models/mine.pt");
}

TEST(Config, WhatIsShownCanBeReadBack) {
    const auto sources = sources_of({{"POSED_DATA_DIR", "/my $data #1"}, {"POSED_PORT", "81"}});
    const auto text = settings_text(effective_settings(sources).value());
    EXPECT_THAT(text, HasSubstr("POSED_PORT=81  # environment\n"));
    const auto again = read_service_config(sources_of({}, parse_env_file(text).value())).value();
    EXPECT_EQ(again.data_directory, "/my $data #1");
    EXPECT_EQ(again.port, 81);
}

TEST(Config, TheCommittedExampleIsTheTables) {
    std::ifstream file(POSED_ENV_EXAMPLE);
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(committed, example_env_file()) << "`posed config --example > " POSED_ENV_EXAMPLE "` writes it";
}

TEST(Config, TheExamplesValuesAreTheDefaults) {
    auto text = example_env_file();
    for (auto place = text.find("\n#POSED_"); place != std::string::npos; place = text.find("\n#POSED_"))
        text.erase(place + 1, 1);
    const auto variables = parse_env_file(text);
    ASSERT_TRUE(variables.has_value()) << variables.error().message;
    for (const auto& setting : effective_settings(sources_of({}, *variables)).value()) {
        ASSERT_TRUE(variables->contains(setting.name)) << setting.name;
        EXPECT_EQ(setting.value, effective(sources_of({}), setting.name).value) << setting.name;
    }
    EXPECT_TRUE(read_service_config(sources_of({}, *variables)));
}

TEST(Config, TheProcessKnowsItsSurroundings) {
    const auto surroundings = surroundings_of_this_process();
    EXPECT_TRUE(surroundings.environment.contains("PATH"));
    EXPECT_EQ(surroundings.program.filename(), "base_test");
    EXPECT_GE(surroundings.processors, 1);
}

}  // namespace
}  // namespace posed
