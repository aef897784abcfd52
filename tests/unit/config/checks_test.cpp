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
    starts(detail_after([](Options& o) { o.feed.room_bytes_max = o.ws.message_bytes_max * 8 - 1; }),
           "feed.room_bytes_max");
    starts(detail_after([](Options& o) { o.feed.total_bytes_max = o.feed.room_bytes_max - 1; }),
           "feed.total_bytes_max");
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
    starts(detail_after([](Options& o) { o.metrics.bind = "127.0.0.2"; }), "metrics.bind");
}

TEST(ConfigChecks, TheEdgesAreAllowed) {
    EXPECT_EQ(detail_after([](Options& o) {
                  o.feed.room_bytes_max = o.ws.message_bytes_max * 8;
                  o.feed.total_bytes_max = o.feed.room_bytes_max;
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

std::string detail_of_listener(const std::function<void(ListenerSection&)>& change) {
    return detail_after([&](Options& o) {
        o.listeners["a"].address = "127.0.0.1:9000";
        change(o.listeners["a"]);
    });
}

TEST(ConfigChecks, ListenerNeedsAnAddressOfItsOwn) {
    EXPECT_EQ(detail_of_listener([](ListenerSection&) {}), "");
    EXPECT_EQ(detail_of_listener([](ListenerSection& l) { l.address.clear(); }),
              "listeners.a.address: is required");
    EXPECT_EQ(detail_of_listener([](ListenerSection& l) { l.address = "127.0.0.1:8080"; }),
              "listeners.a.address: is that of server.bind and server.port");
    EXPECT_EQ(detail_after([](Options& o) {
                  o.metrics.port = 9100;
                  o.listeners["a"].address = "127.0.0.1:9100";
              }),
              "listeners.a.address: is that of metrics.bind and metrics.port");
    for (const char* same : {"127.0.0.1:9000", "unix:/run/c"}) {
        EXPECT_EQ(detail_after([&](Options& o) {
                      o.listeners["a"].address = same;
                      o.listeners["b"].address = same;
                  }),
                  "listeners.b.address: is that of listener a");
    }
    EXPECT_EQ(detail_after([](Options& o) {
                  o.server.port = 0;  // any free one, three times
                  o.listeners["a"].address = "127.0.0.1:0";
                  o.listeners["b"].address = "127.0.0.1:0";
              }),
              "");
}

TEST(ConfigChecks, ClearTextStaysOnThisMachineUnlessSomebodySaysOtherwise) {
    const auto bound = [](const char* bind, const char* proxies, bool insecure) {
        return detail_after([&](Options& o) {
            o.server.bind = bind;
            o.server.insecure_listen = insecure;
            o.net.trusted_proxies = proxies;
        });
    };
    for (const char* far : {"0.0.0.0", "::", "192.0.2.1"}) {
        EXPECT_TRUE(bound(far, "", false).starts_with("server.bind: ")) << far;
        EXPECT_TRUE(bound(far, "unix, ::1", false).starts_with("server.bind: ")) << far;
        EXPECT_EQ(bound(far, "10.0.0.1", false), "") << far;
        EXPECT_EQ(bound(far, "", true), "") << far;
    }
    EXPECT_EQ(bound("::1", "", false), "");
    EXPECT_TRUE(detail_of_listener([](ListenerSection& l) {
                    l.address = "0.0.0.0:80";
                }).starts_with("listeners.a.address: 0.0.0.0:80: passwords and tokens would"));
    EXPECT_EQ(detail_of_listener([](ListenerSection& l) {
                  l.address = "0.0.0.0:443";
                  l.tls = true;
                  l.certificate_file = l.key_file = "f";
              }),
              "");
}

TEST(ConfigChecks, TlsNeedsCertificateAndKeyAndTheyNeedTls) {
    for (unsigned set = 0; set < 8; ++set) {
        const auto detail = detail_of_listener([&](ListenerSection& l) {
            l.tls = (set & 1U) != 0;
            l.certificate_file = (set & 2U) != 0 ? "c" : "";
            l.key_file = (set & 4U) != 0 ? "k" : "";
        });
        EXPECT_EQ(detail.empty(), set == 0 || set == 7) << set << ' ' << detail;
    }
    EXPECT_EQ(detail_of_listener([](ListenerSection& l) { l.tls_min_version = "1.3"; }),
              "listeners.a.tls_min_version: needs tls = true");
    EXPECT_EQ(detail_of_listener([](ListenerSection& l) { l.tls = true; }),
              "listeners.a.certificate_file: is required with tls = true");
}

TEST(ConfigChecks, OnlyAUnixSocketHasAMode) {
    const auto with_mode = [](const char* address) {
        return detail_of_listener([&](ListenerSection& l) {
            l.address = address;
            l.socket_mode = "600";
        });
    };
    EXPECT_EQ(with_mode("unix:/run/c"), "");
    EXPECT_TRUE(with_mode("127.0.0.1:1").starts_with("listeners.a.socket_mode: "));
}

TEST(ConfigChecks, PathOfAUnixSocketFitsTheSystemsField) {
    const auto with_path = [](std::size_t bytes) {
        return detail_of_listener(
            [&](ListenerSection& l) { l.address = "unix:/" + std::string(bytes - 1, 'x'); });
    };
    EXPECT_EQ(with_path(kUnixPathBytesMax), "");
    EXPECT_EQ(with_path(kUnixPathBytesMax + 1), "listeners.a.address: \"unix:/" +
                                                    std::string(kUnixPathBytesMax, 'x') +
                                                    "\": the path has more than 107 bytes");
}

TEST(ConfigChecks, ProxyHeaderIsBelievedOnlyOfTrustedProxies) {
    const auto with = [](const char* address, const char* proxies) {
        return detail_after([&](Options& o) {
            o.net.trusted_proxies = proxies;
            o.listeners["a"].address = address;
            o.listeners["a"].proxy_protocol = true;
        });
    };
    for (const char* proxies : {"", "unix"}) {
        EXPECT_TRUE(with("0.0.0.0:81", proxies)
                        .starts_with("listeners.a.proxy_protocol: needs a network in net.trust"));
    }
    EXPECT_EQ(with("0.0.0.0:81", "10.0.0.0/8"), "");
    for (const char* proxies : {"", "10.0.0.0/8"}) {
        EXPECT_TRUE(with("unix:/run/c", proxies)
                        .starts_with("listeners.a.proxy_protocol: needs unix in net.trust"));
    }
    EXPECT_EQ(with("unix:/run/c", "10.0.0.0/8, unix"), "");
}

TEST(ConfigChecks, ListenersAreBounded) {
    for (const std::size_t count : {kListenersMax, kListenersMax + 1}) {
        const auto detail = detail_after([&](Options& o) {
            for (std::size_t i = 0; i < count; ++i)
                o.listeners["l" + std::to_string(i)].address = "127.0.0.1:0";
        });
        EXPECT_EQ(detail.empty(), count == kListenersMax) << detail;
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
