#include "config/checks.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace confab::config {
namespace {

using namespace std::chrono_literals;

IssuerSection hs256(const std::string& iss, const std::string& prefix = "") {
    IssuerSection issuer;
    issuer.algorithm = "HS256";
    issuer.iss = iss;
    issuer.aud = "confab";
    issuer.secret_file = "/etc/confab/acme.secret";
    issuer.user_id_prefix = prefix;
    return issuer;
}

// The detail of the error after the change; "" when there is none.
std::string detail_after(const std::function<void(Options&)>& change) {
    Options options;
    change(options);
    const auto result = check(options);
    return result ? std::string() : result.error().detail;
}

std::string detail_of_issuer(const std::function<void(IssuerSection&)>& change) {
    return detail_after([&](Options& o) { change(o.auth.issuers["acme"] = hs256("acme")); });
}

TEST(ConfigChecks, DefaultsHold) {
    EXPECT_EQ(detail_after([](Options&) {}), "");
}

TEST(ConfigChecks, ContradictionsNameTheirKeys) {
    const auto starts = [](const std::string& detail, const std::string& key) {
        EXPECT_TRUE(detail.starts_with(key + ": ")) << detail;
    };
    starts(detail_after([](Options& o) { o.http.target_bytes_max = o.http.header_bytes_max; }),
           "http.header_bytes_max");
    starts(detail_after([](Options& o) { o.ws.outbox_bytes_max = o.ws.message_bytes_max * 8 - 1; }),
           "ws.outbox_bytes_max");
    starts(detail_after([](Options& o) { o.ws.pong_timeout = o.ws.ping_interval + 1ms; }),
           "ws.pong_timeout_ms");
    starts(detail_after(
               [](Options& o) { o.auth.refresh_idle_ttl = o.auth.refresh_absolute_ttl + 1s; }),
           "auth.refresh_idle_ttl_s");
    starts(detail_after([](Options& o) {
               o.auth.secret = Secret("x");
               o.auth.secret_file = "y";
           }),
           "auth.secret");
    starts(detail_after([](Options& o) { o.metrics.port = o.server.port; }), "metrics.port");
}

TEST(ConfigChecks, TheEdgesAreAllowed) {
    EXPECT_EQ(detail_after([](Options& o) {
                  o.ws.outbox_bytes_max = o.ws.message_bytes_max * 8;
                  o.ws.pong_timeout = o.ws.ping_interval;
                  o.auth.refresh_idle_ttl = o.auth.refresh_absolute_ttl;
                  o.metrics.port = o.server.port;
                  o.metrics.bind = "127.0.0.2";
              }),
              "");
}

TEST(ConfigChecks, IssuerNeedsAlgorithmIssAndAud) {
    EXPECT_EQ(detail_of_issuer([](IssuerSection&) {}), "");
    EXPECT_EQ(detail_of_issuer([](IssuerSection& i) { i.algorithm.clear(); }),
              "auth.issuers.acme.algorithm: is required");
    EXPECT_EQ(detail_of_issuer([](IssuerSection& i) { i.iss.clear(); }),
              "auth.issuers.acme.iss: is required");
    EXPECT_EQ(detail_of_issuer([](IssuerSection& i) { i.aud.clear(); }),
              "auth.issuers.acme.aud: is required");
}

TEST(ConfigChecks, IssuerHasExactlyOneKeySourceThatFitsItsAlgorithm) {
    for (const char* algorithm : {"HS256", "RS256", "ES256", "EdDSA"}) {
        for (unsigned sources = 0; sources < 16; ++sources) {
            const auto detail = detail_of_issuer([&](IssuerSection& i) {
                i.algorithm = algorithm;
                i.secret = Secret((sources & 1U) != 0 ? "s" : "");
                i.secret_file = (sources & 2U) != 0 ? "f" : "";
                i.jwks_file = (sources & 4U) != 0 ? "j" : "";
                i.jwks_url = (sources & 8U) != 0 ? "https://acme.example/keys" : "";
            });
            const bool shared_secret = std::string_view(algorithm) == "HS256";
            const bool fits =
                shared_secret ? sources == 1 || sources == 2 : sources == 4 || sources == 8;
            EXPECT_EQ(detail.empty(), fits) << algorithm << ' ' << sources << ' ' << detail;
        }
    }
}

TEST(ConfigChecks, IssuersDifferInIssAndPrefix) {
    EXPECT_EQ(detail_after([](Options& o) {
                  o.auth.issuers["a"] = hs256("a", "a:");
                  o.auth.issuers["b"] = hs256("b", "b:");
              }),
              "");
    EXPECT_EQ(detail_of_issuer([](IssuerSection& i) { i.iss = "confab"; }),
              "auth.issuers.acme.iss: is that of own tokens (auth.issuer)");
    EXPECT_EQ(detail_after([](Options& o) {
                  o.auth.issuers["a"] = hs256("same", "a:");
                  o.auth.issuers["b"] = hs256("same", "b:");
              }),
              "auth.issuers.b.iss: is that of issuer a as well");
    for (const auto& [left, right] : {std::pair("a", "a"), {"a", "ab"}, {"ab", "a"}}) {
        EXPECT_TRUE(detail_after([&, l = left, r = right](Options& o) {
                        o.auth.issuers["a"] = hs256("a", l);
                        o.auth.issuers["b"] = hs256("b", r);
                    }).starts_with("auth.issuers.b.user_id_prefix: "));
    }
}

TEST(ConfigChecks, IssuersAreBounded) {
    for (const std::size_t count : {kIssuersMax, kIssuersMax + 1}) {
        const auto detail = detail_after([&](Options& o) {
            for (std::size_t i = 0; i < count; ++i) {
                const auto name = "i" + std::to_string(i);
                o.auth.issuers[name] = hs256(name, name + ":");
            }
        });
        EXPECT_EQ(detail.empty(), count == kIssuersMax) << detail;
    }
}

TEST(ConfigChecks, KeysAreFetchedEncryptedOrFromThisMachine) {
    for (const char* good :
         {"https://acme.example/.well-known/jwks.json", "https://acme.example",
          "https://[2001:db8::1]/k", "http://127.0.0.1:9000/keys", "http://127.9.9.9/",
          "http://localhost/keys", "http://localhost:80", "http://[::1]:9000/keys"}) {
        EXPECT_TRUE(is_safe_key_url(good)) << good;
    }
    for (const char* bad :
         {"", "https://", "https:///keys", "http://acme.example/keys", "http://127.0.0.1.example/",
          "http://localhost.example/", "http://localhost@evil.example/", "http://10.0.0.1/",
          "http://[::1].example/", "http://[::2]/", "http://127.1/", "file:///etc/passwd",
          "ftp://127.0.0.1/", "//acme.example", "HTTP://acme.example", "http://127.0.0.1\\@evil/",
          "https://user:pass@acme.example/", "http://:80/"}) {
        EXPECT_FALSE(is_safe_key_url(bad)) << bad;
    }
}

}  // namespace
}  // namespace confab::config
