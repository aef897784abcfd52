#include "app/module_options.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;

TEST(ModuleOptions, TheDefaultsOfTheSettingsAreTheDefaultsOfTheModules) {
    const config::Options options;
    const app::LoopSettings settings = app::loop_settings(options, 1);
    const net::HttpOptions& http = settings.net.http;
    EXPECT_EQ(http.limits.header_bytes_max, net::HttpOptions{}.limits.header_bytes_max);
    EXPECT_EQ(http.limits.body_bytes_max, net::HttpOptions{}.limits.body_bytes_max);
    EXPECT_EQ(http.header_timeout, net::HttpOptions{}.header_timeout);
    const net::WsOptions& ws = settings.net.ws;
    EXPECT_EQ(ws.reader.message_bytes_max, net::WsOptions{}.reader.message_bytes_max);
    EXPECT_EQ(ws.outbox.bytes_max, net::WsOptions{}.outbox.bytes_max);
    EXPECT_EQ(ws.timeouts.stall, net::WsTimeouts{}.stall);
}

TEST(ModuleOptions, EachTimeoutGoesWhereItBelongs) {
    config::Options options;
    options.ws.assembly_timeout = 1ms;
    options.ws.ping_interval = 2ms;
    options.ws.pong_timeout = 3ms;
    options.ws.close_timeout = 4ms;
    options.ws.outbox_stall_timeout = 5ms;
    const net::WsTimeouts timeouts = app::loop_settings(options, 1).net.ws.timeouts;
    EXPECT_EQ(timeouts.assembly, 1ms);
    EXPECT_EQ(timeouts.ping_interval, 2ms);
    EXPECT_EQ(timeouts.pong, 3ms);
    EXPECT_EQ(timeouts.close, 4ms);
    EXPECT_EQ(timeouts.stall, 5ms);
}

TEST(ModuleOptions, TheLoadTestProfileHasNoRates) {
    config::Options options;
    EXPECT_FALSE(app::loop_settings(options, 1).net.ws.messages.is_unlimited());
    EXPECT_FALSE(app::loop_settings(options, 1).gateway.user_messages.is_unlimited());
    const auto bench = config::load({.profile = "bench"});
    ASSERT_TRUE(bench);
    EXPECT_TRUE(app::loop_settings(*bench, 1).net.ws.messages.is_unlimited());
    EXPECT_TRUE(app::loop_settings(*bench, 1).net.admission.connects.is_unlimited());
}

TEST(ModuleOptions, WhatIsSetWinsOverTheLoadTestProfile) {
    const auto options = config::load(
        {.settings = {{"limits.messages_per_second", "3"}, {"limits.address_connects_burst", "7"}},
         .profile = "bench"});
    ASSERT_TRUE(options);
    const auto settings = app::loop_settings(*options, 1);
    EXPECT_EQ(settings.net.ws.messages, Rate(3, config::kLifted));
    EXPECT_EQ(settings.net.admission.address.connects, Rate(config::kLifted, 7));
    EXPECT_TRUE(settings.net.ws.pings.is_unlimited());
}

TEST(ModuleOptions, ConnectionsAreNeverMoreThanTheDescriptorsAllow) {
    config::Options options;
    EXPECT_EQ(app::connections_max(options, 10'000), 10'000 - kReservedDescriptors);
    options.server.connections_max = 100;
    EXPECT_EQ(app::connections_max(options, 10'000), 100U);
    options.server.connections_max = 20'000;
    EXPECT_EQ(app::connections_max(options, 10'000), 10'000 - kReservedDescriptors);
}

TEST(ModuleOptions, TheLoopsShareTheBudgetOfTheFeeds) {
    config::Options options;
    options.feed.total_bytes_max = 4'000'000;
    options.feed.room_bytes_max = 900'000;
    EXPECT_EQ(app::loop_settings(options, 4).feed.total_bytes_max, 1'000'000U);
    EXPECT_EQ(app::loop_settings(options, 5).feed.total_bytes_max, 900'000U) << "room for a room";
}

TEST(ModuleOptions, TheOwnIssuerComesFirstAndTrustsNoOtherClock) {
    config::Options options;
    config::IssuerSection acme;
    acme.algorithm = "ES256";
    acme.iss = "https://acme";
    acme.aud = "chat";
    acme.leeway = 7s;
    acme.jwks_file = "/keys.json";
    acme.user_id_prefix = "acme:";
    options.auth.issuers["acme"] = acme;
    const auto issuers = app::issuer_options(options, Secret("own secret"));
    ASSERT_EQ(issuers.size(), 2U);
    EXPECT_TRUE(issuers[0].own);
    EXPECT_EQ(issuers[0].algorithm, auth::Algorithm::hs256);
    EXPECT_EQ(issuers[0].leeway, 0s);
    EXPECT_TRUE(issuers[0].secret.same_as("own secret"));
    EXPECT_FALSE(issuers[1].own);
    EXPECT_EQ(issuers[1].algorithm, auth::Algorithm::es256);
    EXPECT_EQ(issuers[1].leeway, 7s);
    EXPECT_EQ(issuers[1].user_id_prefix, "acme:");
}

TEST(ModuleOptions, NothingIsTakenAwayUnlessToldTo) {
    config::Options options;
    EXPECT_EQ(app::retention_policy(options), store::Retention::Policy{});
    options.retention.public_rooms = {
        .age = std::chrono::days(2), .events_per_room = 3, .bytes_per_room = 4};
    options.retention.private_rooms.events_per_room = 5;
    options.retention.direct_rooms.bytes_per_room = 6;
    EXPECT_EQ(app::retention_policy(options),
              (store::Retention::Policy{
                  .public_rooms = {.age = std::chrono::hours(48), .events = 3, .bytes = 4},
                  .private_rooms = {.events = 5},
                  .direct_rooms = {.bytes = 6}}));
}

TEST(ModuleOptions, HashingHasAsManyThreadsAsCoresButFew) {
    config::Options options;
    const auto automatic = app::hashing_pool_options(options);
    EXPECT_GE(automatic.threads, 1U);
    EXPECT_LE(automatic.threads, kHashThreadsMax);
    options.auth.hash_threads = 9;
    EXPECT_EQ(app::hashing_pool_options(options).threads, 9U);
}

}  // namespace
}  // namespace confab::test
