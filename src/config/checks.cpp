#include "config/checks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/ip_network.hpp"
#include "base/list.hpp"
#include "base/listen_address.hpp"
#include "config/keys.hpp"
#include "config/sources.hpp"

namespace confab::config {
namespace {

// One byte of a message is at most six in JSON (\u001f); names and the rest need room as well.
constexpr std::uint64_t kFeedMessagesMin = 8;

Result<void> check_limits(const Options& options) {
    const auto& http = options.http;
    const auto& ws = options.ws;
    if (http.header_bytes_max <= http.target_bytes_max) {
        return invalid("http.header_bytes_max", "must be greater than http.target_bytes_max");
    }
    if (options.feed.room_bytes_max < kFeedMessagesMin * ws.message_bytes_max) {
        return invalid("feed.room_bytes_max",
                       "must be at least 8 times ws.message_bytes_max: a message grows in JSON, "
                       "and one that does not fit would close everybody in the room");
    }
    if (options.feed.total_bytes_max < options.feed.room_bytes_max) {
        return invalid("feed.total_bytes_max", "must not be less than feed.room_bytes_max");
    }
    if (ws.pong_timeout > ws.ping_interval) {
        return invalid("ws.pong_timeout_ms", "must not be greater than ws.ping_interval_ms");
    }
    if (options.auth.refresh_idle_ttl > options.auth.refresh_absolute_ttl) {
        return invalid("auth.refresh_idle_ttl_s",
                       "must not be greater than auth.refresh_absolute_ttl_s");
    }
    if (!options.auth.secret.empty() && !options.auth.secret_file.empty()) {
        return invalid("auth.secret", "and auth.secret_file exclude each other");
    }
    if (options.metrics.port != 0 && options.metrics.port == options.server.port &&
        options.metrics.bind == options.server.bind) {
        return invalid("metrics.port", "must differ from server.port; 0 shares its listener");
    }
    if (options.metrics.port == 0 && options.metrics.bind != MetricsOptions{}.bind) {
        return invalid("metrics.bind", "needs metrics.port: without it nothing listens there");
    }
    return {};
}

Result<void> check_issuer(const std::string& where, const IssuerSection& issuer) {
    if (issuer.algorithm.empty()) return invalid(where + "algorithm", "is required");
    if (issuer.iss.empty()) return invalid(where + "iss", "is required");
    if (issuer.aud.empty()) return invalid(where + "aud", "is required");
    const int secrets = (issuer.secret.empty() ? 0 : 1) + (issuer.secret_file.empty() ? 0 : 1);
    const int key_sets = (issuer.jwks_file.empty() ? 0 : 1) + (issuer.jwks_url.empty() ? 0 : 1);
    if (issuer.algorithm == "HS256" && (secrets != 1 || key_sets != 0)) {
        return invalid(where + "algorithm", "HS256 needs secret or secret_file, and no other key");
    }
    if (issuer.algorithm != "HS256" && (key_sets != 1 || secrets != 0)) {
        return invalid(where + "algorithm",
                       issuer.algorithm + " needs jwks_file or jwks_url, and no other key");
    }
    if (!issuer.jwks_url.empty() && !is_safe_key_url(issuer.jwks_url)) {
        return invalid(where + "jwks_url",
                       "must begin with https://, or with http:// and be on this machine");
    }
    return {};
}

// Issuers without a prefix are trusted to name different people; two prefixes must keep them apart.
bool one_begins_the_other(std::string_view left, std::string_view right) {
    return !left.empty() && !right.empty() && (left.starts_with(right) || right.starts_with(left));
}

Result<void> check_issuers(const AuthOptions& auth) {
    if (auth.issuers.size() > kIssuersMax) {
        return invalid("auth.issuers", "at most " + std::to_string(kIssuersMax) + " issuers");
    }
    for (auto issuer = auth.issuers.begin(); issuer != auth.issuers.end(); ++issuer) {
        const auto where = std::string(kIssuersPrefix) + issuer->first + '.';
        const auto alone = check_issuer(where, issuer->second);
        if (!alone) return alone;
        if (issuer->second.iss == auth.issuer) {
            return invalid(where + "iss", "is that of own tokens (auth.issuer)");
        }
        for (auto other = auth.issuers.begin(); other != issuer; ++other) {
            if (issuer->second.iss == other->second.iss) {
                return invalid(where + "iss", "is that of issuer " + other->first + " as well");
            }
            if (one_begins_the_other(issuer->second.user_id_prefix, other->second.user_id_prefix)) {
                return invalid(where + "user_id_prefix",
                               "and that of issuer " + other->first +
                                   ": neither may begin with the other, or two people "
                                   "could get one user id");
            }
        }
    }
    return {};
}

Result<void> check_tls(const std::string& where, const ListenerSection& listener) {
    const bool certificate = !listener.certificate_file.empty();
    const bool key = !listener.key_file.empty();
    if (listener.tls && !certificate) {
        return invalid(where + "certificate_file", "is required with tls = true");
    }
    if (listener.tls && !key) return invalid(where + "key_file", "is required with tls = true");
    if (!listener.tls && certificate) {
        return invalid(where + "certificate_file", "needs tls = true");
    }
    if (!listener.tls && key) return invalid(where + "key_file", "needs tls = true");
    if (!listener.tls && listener.tls_min_version != ListenerSection{}.tls_min_version) {
        return invalid(where + "tls_min_version", "needs tls = true");
    }
    return {};
}

// Whether there can be a proxy at all from which a header is believed.
bool trusts_peers_of(const ListenAddress& address, std::string_view proxies) {
    const auto parts = split_list(proxies);
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return (part == "unix") == address.is_unix();
    });
}

bool trusts_another_machine(std::string_view proxies) {
    const auto parts = split_list(proxies);
    return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
        const auto network = IpNetwork::parse(part);
        return network && !network->is_loopback();
    });
}

// Whoever names a proxy on another machine has TLS there.
Result<void> check_clear_text(const std::string& key, const ListenAddress& address,
                              const Options& options) {
    if (options.server.insecure_listen || address.is_local()) return {};
    if (trusts_another_machine(options.net.trusted_proxies)) return {};
    return invalid(key, address.to_string() +
                            ": passwords and tokens would go over the network in clear text. Use a "
                            "listener with tls, or name the TLS proxy in front in "
                            "net.trusted_proxies, or say --insecure-listen");
}

Result<void> check_listener(const std::string& where, const ListenerSection& listener,
                            const Options& options) {
    if (listener.address.empty()) return invalid(where + "address", "is required");
    const auto address = ListenAddress::parse(listener.address);
    if (!address) return invalid(where + "address", address.error().detail);
    if (listener.proxy_protocol && !trusts_peers_of(*address, options.net.trusted_proxies)) {
        return invalid(where + "proxy_protocol",
                       std::string("needs ") + (address->is_unix() ? "unix" : "a network") +
                           " in net.trusted_proxies: anybody could claim any address");
    }
    if (!address->is_unix() && listener.socket_mode != ListenerSection{}.socket_mode) {
        return invalid(where + "socket_mode", "is for Unix sockets alone");
    }
    const auto tls = check_tls(where, listener);
    if (!tls || listener.tls) return tls;
    return check_clear_text(where + "address", *address, options);
}

// Port 0 is a different one each time.
bool is_same(const ListenAddress& one, const ListenAddress& other) {
    return one == other && (one.is_unix() || one.port != 0);
}

Result<void> check_listeners(const Options& options) {
    if (options.listeners.size() > kListenersMax) {
        return invalid("listeners", "at most " + std::to_string(kListenersMax) + " listeners");
    }
    const auto main = ListenAddress::parse_ip(options.server.bind, options.server.port);
    const auto metrics = ListenAddress::parse_ip(options.metrics.bind, options.metrics.port);
    if (!main) return invalid("server.bind", main.error().detail);
    if (!metrics) return invalid("metrics.bind", metrics.error().detail);
    const auto clear_text = check_clear_text("server.bind", *main, options);
    if (!clear_text) return clear_text;
    std::vector<std::pair<std::string, ListenAddress>> taken = {
        {"server.bind and server.port", *main}, {"metrics.bind and metrics.port", *metrics}};
    for (const auto& [name, listener] : options.listeners) {
        const auto where = std::string(kListenersPrefix) + name + '.';
        const auto alone = check_listener(where, listener, options);
        if (!alone) return alone;
        const auto address = *ListenAddress::parse(listener.address);
        for (const auto& [owner, its] : taken) {
            if (is_same(address, its)) return invalid(where + "address", "is that of " + owner);
        }
        taken.emplace_back("listener " + name, address);
    }
    return {};
}

}  // namespace

Result<void> check(const Options& options) {
    const auto limits = check_limits(options);
    if (!limits) return limits;
    const auto issuers = check_issuers(options.auth);
    return issuers ? check_listeners(options) : issuers;
}

bool is_safe_key_url(std::string_view url) {
    const bool encrypted = url.starts_with("https://");
    if (!encrypted && !url.starts_with("http://")) return false;
    url.remove_prefix(encrypted ? 8 : 7);
    const auto authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.empty() || authority.find_first_of("@\\ ") != std::string_view::npos)
        return false;
    const bool bracketed = authority.front() == '[';
    const auto host = std::string(bracketed ? authority.substr(0, authority.find(']') + 1)
                                            : authority.substr(0, authority.find(':')));
    if (host.empty()) return false;
    if (encrypted) return true;
    const auto port = authority.substr(host.size());
    if (!port.empty() && port.front() != ':') return false;
    in_addr address{};
    const bool loopback =
        ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
    return loopback || host == "localhost" || host == "[::1]";
}

}  // namespace confab::config
