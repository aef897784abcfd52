#include "config/reload.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "config/config.hpp"
#include "config/keys.hpp"

namespace confab::config {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

ListenerSection tls_listener(const std::string& address) {
    ListenerSection listener;
    listener.address = address;
    listener.tls = true;
    listener.certificate_file = "/etc/confab/old.crt";
    listener.key_file = "/etc/confab/old.key";
    return listener;
}

TEST(ConfigReload, NothingChangedNothingToDo) {
    Options options;
    options.auth.secret = Secret("hunter2");
    options.listeners["public"] = tls_listener("0.0.0.0:443");
    const auto result = reload(options, options);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->applied, Names());
    EXPECT_EQ(result->restart, Names());
    EXPECT_EQ(to_toml(result->options), to_toml(options));
}

TEST(ConfigReload, MarkedKeysAreTakenOverAndTheOthersListed) {
    const Options running;
    auto wanted = running;
    wanted.limits.messages_per_second = 3;
    wanted.http.origins = "https://chat.example";
    wanted.log.level = "debug";
    wanted.server.port = 9000;
    wanted.auth.secret = Secret("other");
    const auto result = reload(running, wanted);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->applied, Names({"http.origins", "limits.messages_per_second", "log.level"}));
    EXPECT_EQ(result->restart, Names({"server.port", "auth.secret"}));
    EXPECT_EQ(result->options.limits.messages_per_second, 3U);
    EXPECT_EQ(result->options.http.origins, "https://chat.example");
    EXPECT_EQ(result->options.server.port, running.server.port);
    EXPECT_EQ(result->options.auth.secret.reveal(), "");
}

// Whatever the key: either its new value is in force, or it is listed and the old one is.
TEST(ConfigReload, EveryNumberIsAppliedOrListed) {
    for (const auto& key : option_keys()) {
        if (key.info.kind != Kind::number) continue;
        const Options running;
        auto wanted = running;
        // By one, so that no check between keys fails.
        const auto old = std::get<std::uint64_t>(key.get(running));
        key.put(wanted, old == key.info.high || old == 10'000 ? old - 1 : old + 1);
        const auto result = reload(running, wanted);
        const Names name = {std::string(key.info.name)};
        ASSERT_TRUE(result.has_value()) << result.error().detail;
        EXPECT_EQ(result->applied, key.info.reload ? name : Names()) << name[0];
        EXPECT_EQ(result->restart, key.info.reload ? Names() : name) << name[0];
        EXPECT_EQ(key.get(result->options), key.get(key.info.reload ? wanted : running));
    }
}

TEST(ConfigReload, CertificateIsTakenOverInAListenerThatStays) {
    Options running;
    running.listeners["public"] = tls_listener("0.0.0.0:443");
    auto wanted = running;
    wanted.listeners["public"].certificate_file = "/etc/confab/new.crt";
    wanted.listeners["public"].address = "0.0.0.0:8443";
    const auto result = reload(running, wanted);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->applied, Names({"listeners.public.certificate_file"}));
    EXPECT_EQ(result->restart, Names({"listeners.public.address"}));
    EXPECT_EQ(result->options.listeners.at("public").certificate_file, "/etc/confab/new.crt");
    EXPECT_EQ(result->options.listeners.at("public").address, "0.0.0.0:443");
}

TEST(ConfigReload, SectionsThatComeOrGoNeedARestart) {
    Options running;
    running.listeners["old"] = tls_listener("0.0.0.0:1");
    Options wanted;
    wanted.listeners["new"] = tls_listener("0.0.0.0:2");
    const auto result = reload(running, wanted);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->restart, Names({"listeners.old", "listeners.new"}));
    EXPECT_TRUE(result->options.listeners.contains("old"));
    EXPECT_FALSE(result->options.listeners.contains("new"));
}

TEST(ConfigReload, MixtureOfOldAndNewThatContradictsItselfIsRefused) {
    Options running;
    running.net.trusted_proxies = "10.0.0.0/8";
    running.listeners["behind"].address = "0.0.0.0:81";
    running.listeners["behind"].proxy_protocol = true;
    Options wanted = running;
    wanted.net.trusted_proxies = "";
    wanted.listeners["behind"].proxy_protocol = false;  // right together, but this one stays
    const auto result = reload(running, wanted);
    ASSERT_FALSE(result.has_value());
    EXPECT_TRUE(result.error().detail.starts_with("listeners.behind.proxy_protocol: "));
    EXPECT_TRUE(result.error().detail.ends_with("a restart: listeners.behind.proxy_protocol"));
}

TEST(ConfigReload, TlsForAListenerThatHadNoneNamesTheKeyThatNeedsARestart) {
    Options running;
    running.listeners["public"].address = "127.0.0.1:443";
    Options wanted = running;
    wanted.listeners["public"] = tls_listener("127.0.0.1:443");
    const auto result = reload(running, wanted);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().detail,
              "listeners.public.certificate_file: needs tls = true. These changes wait for a "
              "restart: listeners.public.tls");
}

TEST(ConfigReload, MistakeWithoutSuchAChangeNamesNone) {
    Options wanted;
    wanted.ws.pong_timeout = wanted.ws.ping_interval + 1ms;
    const auto result = reload(Options{}, wanted);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().detail.find("restart"), std::string::npos);
}

TEST(ConfigReload, WhatBindsASocketOrOwnsAFileIsNeverMarked) {
    const std::set<std::string_view> fixed = {
        "profile",    "server.bind", "server.port",  "server.loops", "data.dir",
        "store.kind", "auth.secret", "metrics.bind", "metrics.port", "net.io_uring"};
    std::size_t seen = 0;
    for (const auto& key : option_keys()) {
        if (!fixed.contains(key.info.name)) continue;
        ++seen;
        EXPECT_FALSE(key.info.reload) << key.info.name;
    }
    EXPECT_EQ(seen, fixed.size());
}

}  // namespace
}  // namespace confab::config
