#include "config/lookup.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::config {
namespace {

TEST(ConfigLookup, FindsExactNamesOnly) {
    EXPECT_EQ(find_key("server.port")->info().name, "server.port");
    for (const char* name :
         {"", "server", "server.", "server.Port", "server.port ", "port", "auth.issuers",
          "auth.issuers.", "auth.issuers.acme", "auth.issuers.acme.", "auth.issuers..iss",
          "auth.issuers.a_b.iss", "auth.issuers.acme.iss.x", "auth.issuers.ACME.iss", "listeners",
          "listeners.", "listeners.public", "listeners..tls", "listeners.public.iss"}) {
        EXPECT_FALSE(find_key(name)) << name;
    }
}

TEST(ConfigLookup, TakesIssuerKeysApart) {
    const auto found = find_key("auth.issuers.acme.jwks_url");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->section_name, "acme");
    EXPECT_EQ(found->info().name, "jwks_url");
}

TEST(ConfigLookup, PutsIntoTheSectionThatIsNamed) {
    Options options;
    find_key("listeners.public.tls")->put(options, true);
    find_key("listeners.inside.address")->put(options, std::string_view("127.0.0.1:1"));
    find_key("server.port")->put(options, std::uint64_t{7});
    EXPECT_EQ(options.listeners.size(), 2U);
    EXPECT_TRUE(options.listeners.at("public").tls);
    EXPECT_EQ(options.listeners.at("inside").address, "127.0.0.1:1");
    EXPECT_EQ(options.server.port, 7);
    EXPECT_TRUE(options.auth.issuers.empty());
}

TEST(ConfigLookup, OpensOnlySectionsWithAName) {
    Options options;
    EXPECT_TRUE(open_section(options, "listeners.public"));
    EXPECT_TRUE(open_section(options, "auth.issuers.acme"));
    for (const char* name : {"listeners", "listeners.", "listeners.a_b", "server", "auth.issuers"})
        EXPECT_FALSE(open_section(options, name)) << name;
    EXPECT_EQ(options.listeners.size(), 1U);
    EXPECT_EQ(options.auth.issuers.size(), 1U);
}

TEST(ConfigLookup, VariableStandsForOneKey) {
    EXPECT_EQ(key_of_variable("CONFAB_SERVER_PORT"), "server.port");
    EXPECT_EQ(key_of_variable("CONFAB_PROFILE"), "profile");
    EXPECT_EQ(key_of_variable("CONFAB_AUTH_ISSUERS_ACME_USER_ID_PREFIX"),
              "auth.issuers.acme.user_id_prefix");
    for (const char* name : {"CONFAB_", "CONFAB_PORT", "CONFAB_server_port", "CONFAB_SERVER.PORT",
                             "CONFAB_AUTH_ISSUERS_", "CONFAB_AUTH_ISSUERS_acme_ISS",
                             "CONFAB_AUTH_ISSUERS_ACME", "CONFAB_AUTH_ISSUERS_ACME_X"}) {
        EXPECT_EQ(key_of_variable(name), std::nullopt) << name;
    }
}

TEST(ConfigLookup, EveryKeyIsFoundByItsVariable) {
    for (const auto& key : option_keys()) {
        EXPECT_EQ(key_of_variable(environment_name(key.info.name)), key.info.name);
    }
    for_each_section_kind([](std::string_view prefix, auto keys) {
        for (const auto& key : keys) {
            const auto name = std::string(prefix) + "acme." + std::string(key.info.name);
            EXPECT_EQ(key_of_variable(environment_name(name)), name);
        }
    });
}

TEST(ConfigLookup, HintNamesTheNearestKey) {
    EXPECT_EQ(key_hint("server.prot"), "; did you mean server.port?");
    EXPECT_EQ(key_hint("servr.bind"), "; did you mean server.bind?");
    EXPECT_EQ(key_hint("http.message_bytes_max"), "; did you mean ws.message_bytes_max?");
    EXPECT_EQ(key_hint("default_room"), "; did you mean chat.default_room?");
    EXPECT_EQ(key_hint("auth.issuers.acme.jwks_uri"), "; did you mean auth.issuers.acme.jwks_url?");
    EXPECT_EQ(key_hint("listeners.public.adress"), "; did you mean listeners.public.address?");
    EXPECT_EQ(variable_hint("CONFAB_SERVER_PROT"), "; did you mean CONFAB_SERVER_PORT?");
}

TEST(ConfigLookup, NoHintForWhatIsNearNothing) {
    EXPECT_EQ(key_hint("completely.different_thing"), "");
    EXPECT_EQ(key_hint(""), "");
    EXPECT_EQ(key_hint(std::string(1'000'000, 'x')), "");
}

}  // namespace
}  // namespace confab::config
