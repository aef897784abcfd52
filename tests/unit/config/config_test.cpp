#include "config/config.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/keys.hpp"
#include "unit/config/temp_file.hpp"

namespace confab::config {
namespace {

using namespace std::chrono_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string detail(const Sources& sources) {
    const auto options = load(sources);
    if (options) return {};
    EXPECT_EQ(options.error().code, "config_invalid");
    EXPECT_EQ(options.error().kind, ErrorKind::invalid);
    return options.error().detail;
}

std::string flag_detail(const std::string& key, const std::string& value) {
    return detail({.settings = {{key, value}}});
}

TEST(Config, NothingSetGivesTheDefaults) {
    const auto options = load({});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(to_toml(*options), to_toml(Options{}));
    EXPECT_EQ(options->server.port, 8080);
    EXPECT_EQ(options->server.bind, "127.0.0.1");
}

TEST(Config, FlagWinsOverEnvironmentOverFileOverProfile) {
    const TempFile file(
        "profile = \"bench\"\n[server]\nport = 1\nloops = 1\n[auth]\nthrottle = true\n"
        "[ws]\nping_interval_ms = 20000\n");
    const auto options =
        load({.file = file.path(),
              .environment = {{"CONFAB_SERVER_PORT", "2"}, {"CONFAB_SERVER_LOOPS", "2"}},
              .settings = {{"server.port", "3"}}});
    ASSERT_TRUE(options.has_value()) << options.error().detail;
    EXPECT_EQ(options->server.port, 3);
    EXPECT_EQ(options->server.loops, 2U);
    EXPECT_EQ(options->ws.ping_interval, 20s);
    EXPECT_TRUE(options->auth.throttle);  // the file, not the profile
    EXPECT_EQ(options->auth.registrations_per_address_per_hour, 1'000'000U);
}

TEST(Config, LaterOfTwoFlagsWins) {
    EXPECT_EQ(load({.settings = {{"server.port", "1"}, {"server.port", "2"}}})->server.port, 2);
}

TEST(Config, ProfileComesFromAnySource) {
    EXPECT_FALSE(load({.profile = "bench"})->auth.throttle);
    EXPECT_FALSE(load({.environment = {{"CONFAB_PROFILE", "bench"}}})->auth.throttle);
    EXPECT_FALSE(load({.settings = {{"profile", "bench"}}})->auth.throttle);
    const auto mixed = load({.environment = {{"CONFAB_PROFILE", "bench"}}, .profile = "default"});
    EXPECT_EQ(mixed->limits.connections_per_address, kConnectionsPerAddressMax);
    EXPECT_EQ(mixed->profile, "default");
    EXPECT_TRUE(mixed->auth.throttle);
    EXPECT_EQ(detail({.profile = "fast"}), "profile (flag): \"fast\" is not default or bench");
}

TEST(Config, BenchProfileLiftsWhatOneLoadGeneratorWouldRunInto) {
    const auto bench = load({.profile = "bench"});
    ASSERT_TRUE(bench.has_value()) << bench.error().detail;
    std::size_t limits = 0;
    for (const auto& key : option_keys()) {
        if (!key.info.name.starts_with("limits.")) continue;
        ++limits;
        EXPECT_EQ(key.get(*bench), Value(key.info.high)) << key.info.name;
    }
    EXPECT_GE(limits, 14U);
    EXPECT_EQ(bench->feed.room_bytes_max, kFeedRoomBytesMax);
    EXPECT_EQ(
        load({.settings = {{"limits.pings_burst", "7"}}, .profile = "bench"})->limits.pings_burst,
        7U);
}

TEST(Config, BadValueNamesKeyAndSource) {
    EXPECT_EQ(detail({.environment = {{"CONFAB_SERVER_PORT", "70000"}}}),
              "server.port (environment CONFAB_SERVER_PORT): \"70000\" is not a whole number from "
              "0 to 65535");
    EXPECT_EQ(flag_detail("store.kind", "postgres"),
              "store.kind (flag): \"postgres\" is not sqlite or memory");
    EXPECT_EQ(flag_detail("server.bind", "localhost"),
              "server.bind (flag): \"localhost\" is not an IP address");
    EXPECT_EQ(flag_detail("auth.throttle", ""), "auth.throttle (flag): \"\" is not true or false");
    const TempFile file("[server]\nport = -1\n");
    EXPECT_EQ(
        detail({.file = file.path()}),
        "server.port (file " + file.path() + ", line 2): -1 is not a whole number from 0 to 65535");
}

TEST(Config, UnknownKeyIsNamedWithItsSourceAndAHint) {
    EXPECT_EQ(flag_detail("server.prot", "1"),
              "server.prot (flag): no such setting; did you mean server.port?");
    EXPECT_EQ(flag_detail("auth.issuers.Acme.iss", "x").find("(flag): no such setting"), 22U);
    const TempFile file("[server]\nprot = 1\n");
    EXPECT_EQ(detail({.file = file.path()}), "server.prot (file " + file.path() +
                                                 ", line 2): no such setting; did you mean "
                                                 "server.port?");
    const TempFile quoted("\"server.port\" = 1\n");
    EXPECT_NE(detail({.file = quoted.path()}).find("no such setting"), std::string::npos);
}

TEST(Config, FilesValueMustHaveTheKeysType) {
    for (const auto* text :
         {"server.port = \"80\"", "server.port = 80.0", "server.port = true", "server.port = [80]",
          "server.bind = 5", "auth.throttle = \"true\"", "auth.throttle = 1", "server = 1",
          "server.port = {}", "server.port = 1979-05-27", "data.dir = [\"a\"]",
          "[[server]]\nport = 1"}) {
        const TempFile file(text);
        EXPECT_NE(detail({.file = file.path()}), "") << text;
    }
}

TEST(Config, EmptySectionMustBeOneThatExists) {
    for (const auto* text : {"[server]", "[auth]\n[auth.issuers]", "[listeners]", ""}) {
        const TempFile file(text);
        EXPECT_EQ(detail({.file = file.path()}), "") << text;
    }
    for (const auto* text :
         {"[serverr]", "[server.port]", "[auth.issuer]", "[auth.issuers.a_b]", "[listeners.a_b]"}) {
        const TempFile file(text);
        EXPECT_NE(detail({.file = file.path()}).find("no such section"), std::string::npos) << text;
    }
    const TempFile listener("[listeners.public]");
    EXPECT_EQ(detail({.file = listener.path()}), "listeners.public.address: is required");
    const TempFile issuer("[auth.issuers.acme]");
    EXPECT_EQ(detail({.file = issuer.path()}), "auth.issuers.acme.algorithm: is required");
}

TEST(Config, IssuersComeFromAllSources) {
    const TempFile file(
        "[auth.issuers.acme]\nalgorithm = \"RS256\"\niss = \"https://acme.example\"\n"
        "jwks_url = \"https://acme.example/keys\"\n");
    const auto options = load({.file = file.path(),
                               .environment = {{"CONFAB_AUTH_ISSUERS_ACME_AUD", "chat"}},
                               .settings = {{"auth.issuers.acme.leeway_s", "5"}}});
    ASSERT_TRUE(options.has_value()) << options.error().detail;
    const auto& acme = options->auth.issuers.at("acme");
    EXPECT_EQ(acme.algorithm, "RS256");
    EXPECT_EQ(acme.aud, "chat");
    EXPECT_EQ(acme.leeway, 5s);
    EXPECT_EQ(acme.user_id_prefix, "");
}

TEST(Config, ListenersComeFromAllSources) {
    const TempFile file("[listeners.public]\naddress = \"0.0.0.0:443\"\ntls = true\n");
    const auto options =
        load({.file = file.path(),
              .environment = {{"CONFAB_LISTENERS_PUBLIC_CERTIFICATE_FILE", "/etc/c.pem"}},
              .settings = {{"listeners.public.key_file", "/etc/k.pem"}}});
    ASSERT_TRUE(options.has_value()) << options.error().detail;
    const auto& listener = options->listeners.at("public");
    EXPECT_EQ(listener.address, "0.0.0.0:443");
    EXPECT_EQ(listener.certificate_file, "/etc/c.pem");
    EXPECT_EQ(listener.key_file, "/etc/k.pem");
    EXPECT_EQ(listener.tls_min_version, "1.2");
    EXPECT_EQ(flag_detail("listeners.public.tls_min_version", "1.1"),
              "listeners.public.tls_min_version (flag): \"1.1\" is not 1.2 or 1.3");
    EXPECT_EQ(flag_detail("listeners.my_own.tls", "true"),
              "listeners.my_own.tls (flag): no such setting; did you mean listeners.name.tls? (a "
              "listener's name is 1 to 32 of a-z and 0-9)");
}

TEST(Config, SecretIsTakenFromFileEnvironmentAndFlag) {
    const std::string canary = "hunter2hunter2hunter2hunter2hunter2";
    EXPECT_EQ(load({.environment = {{"CONFAB_AUTH_SECRET", canary}}})->auth.secret.reveal(),
              canary);
    const TempFile file("[auth]\nsecret = \"" + canary + "\"\n");
    EXPECT_EQ(load({.file = file.path()})->auth.secret.reveal(), canary);
    EXPECT_EQ(load({.settings = {{"auth.secret", canary}}})->auth.secret.reveal(), canary);
}

TEST(Config, SecretIsInNoErrorAndNotInThePrintedSettings) {
    const std::string canary(5000, 'Z');
    EXPECT_EQ(detail({.environment = {{"CONFAB_AUTH_SECRET", canary}}}).find("ZZ"),
              std::string::npos);
    const TempFile number("[auth]\nsecret = 5555555555\n");
    EXPECT_EQ(detail({.file = number.path()}).find("5555555555"), std::string::npos);
    const auto options = load({.environment = {{"CONFAB_AUTH_SECRET", canary.substr(0, 64)}}});
    EXPECT_EQ(to_toml(*options).find("ZZ"), std::string::npos);
    EXPECT_NE(to_toml(*options).find("secret = \"(set)\""), std::string::npos);
}

TEST(Config, ContradictionsAreFoundAfterAllSourcesAreRead) {
    EXPECT_TRUE(flag_detail("ws.pong_timeout_ms", "26000").starts_with("ws.pong_timeout_ms: "));
    EXPECT_EQ(
        detail({.settings = {{"ws.pong_timeout_ms", "26000"}, {"ws.ping_interval_ms", "26000"}}}),
        "");
}

TEST(Config, ControlCharactersOfABadValueAreNotPrinted) {
    const auto text = flag_detail("server.port", "1\n\x1b[31m");
    EXPECT_EQ(text.find_first_of("\n\x1b"), std::string::npos);
}

}  // namespace
}  // namespace confab::config
