// Options: everything an operator can decide, as plain values with their defaults.
// Thread: a value; built once before any thread starts, and again at a reload.
// Owns:   its values.
// Limits: each key has a range, see config/table_*.hpp.
// Invariants: (1) a default-constructed Options is what `confab serve` without arguments runs with.
//             (2) other modules get small structs of their own made from this one in `app`; none of
//             them includes this file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/secret.hpp"

namespace confab::config {

// The greatest value of every rate and cap in LimitOptions: what the bench profile sets them to.
inline constexpr std::uint32_t kLifted = 1'000'000;

struct ServerOptions {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 8080;          // 0: any free port; the start-up lines say which
    std::uint32_t loops = 0;            // 0: one per core
    std::uint32_t connections_max = 0;  // 0: what the descriptor limit allows
    bool deflate = false;               // permessage-deflate may be negotiated
    bool insecure_listen = false;       // in clear text where others can connect, without a proxy
    std::chrono::seconds drain_timeout = kDrainTimeout;
};

// [listeners.<name>]: one more socket to listen on.
struct ListenerSection {
    std::string address;  // see base/listen_address.hpp
    bool tls = false;
    std::string certificate_file;         // PEM, the chain
    std::string key_file;                 // PEM
    std::string tls_min_version = "1.2";  // 1.2 | 1.3
    bool deflate = false;
    bool proxy_protocol = false;      // every connection begins with a PROXY header
    std::string socket_mode = "660";  // of a Unix socket, octal
};

struct NetOptions {
    std::string io_uring = "auto";  // auto | off
    std::string trusted_proxies;    // networks, see base/list.hpp
};

struct DataOptions {
    std::string dir = "./data";
};

struct StoreOptions {
    std::string kind = "sqlite";           // sqlite | memory
    std::string check_at_start = "quick";  // quick | off
};

// What is kept of each room; 0: no limit.
struct RetentionRules {
    std::chrono::days age{0};
    std::uint64_t events_per_room = 0;
    std::uint64_t bytes_per_room = 0;
};

struct RetentionOptions {
    RetentionRules public_rooms;
    RetentionRules private_rooms;
    RetentionRules direct_rooms;
};

struct HttpOptions {
    std::uint32_t header_bytes_max = kHttpHeaderBytesMax;
    std::uint32_t header_fields_max = kHttpHeaderFieldsMax;
    std::uint32_t target_bytes_max = kHttpTargetBytesMax;
    std::uint32_t body_bytes_max = kHttpBodyBytesMax;
    std::chrono::milliseconds header_timeout = kHttpHeaderTimeout;
    std::chrono::milliseconds body_timeout = kHttpBodyTimeout;
    std::chrono::milliseconds keep_alive_timeout = kHttpKeepAliveTimeout;
    std::chrono::milliseconds tls_handshake_timeout = kTlsHandshakeTimeout;
    std::string origins;  // see base/list.hpp; empty: the server's own
};

struct WsOptions {
    std::uint32_t message_bytes_max = kWsMessageBytesMax;
    std::uint32_t fragments_max = kWsFragmentsMax;
    std::chrono::milliseconds assembly_timeout = kWsAssemblyTimeout;
    std::chrono::milliseconds ping_interval = kWsPingInterval;
    std::chrono::milliseconds pong_timeout = kWsPongTimeout;
    std::chrono::milliseconds close_timeout = kWsCloseTimeout;
    std::uint32_t outbox_bytes_max = kOutboxBytesMax;
    std::uint32_t outbox_frames_max = kOutboxFramesMax;
    std::chrono::milliseconds outbox_stall_timeout = kOutboxStallTimeout;
};

struct FeedOptions {
    std::uint64_t room_bytes_max = kFeedRoomBytesMax;
    std::uint64_t total_bytes_max = kFeedTotalBytesMax;
};

struct LimitOptions {
    std::uint32_t connections_per_address = kConnectionsPerAddressMax;
    std::uint32_t connections_per_user = kConnectionsPerUserMax;
    std::uint32_t connects_per_second = kConnectsPerSecond;
    std::uint32_t connects_burst = kConnectsBurst;
    std::uint32_t address_connects_per_second = kAddressConnectsPerSecond;
    std::uint32_t address_connects_burst = kAddressConnectsBurst;
    std::uint32_t messages_per_second = kMessagesPerSecond;
    std::uint32_t messages_burst = kMessagesBurst;
    std::uint32_t user_messages_per_second = kUserMessagesPerSecond;
    std::uint32_t user_messages_burst = kUserMessagesBurst;
    std::uint32_t user_reads_per_second = kUserReadsPerSecond;
    std::uint32_t user_reads_burst = kUserReadsBurst;
    std::uint32_t address_messages_per_second = kAddressMessagesPerSecond;
    std::uint32_t address_messages_burst = kAddressMessagesBurst;
    std::uint32_t pings_per_second = kPingsPerSecond;
    std::uint32_t pings_burst = kPingsBurst;
};

struct ChatOptions {
    std::string default_room = "general";
    std::uint32_t notice_merge_users = kRoomNoticeMergeUsers;
    std::chrono::milliseconds notice_merge_interval = kNoticeMergeInterval;
};

// [auth.issuers.<name>]: an outside issuer whose tokens are accepted.
struct IssuerSection {
    std::string algorithm;  // HS256 | RS256 | ES256 | EdDSA
    std::string iss;
    std::string aud;
    std::chrono::seconds leeway = kTokenLeeway;
    Secret secret;            // HS256: the bytes themselves
    std::string secret_file;  // HS256: or a file that holds them
    std::string jwks_file;
    std::string jwks_url;
    std::string user_id_prefix;
};

struct AuthOptions {
    Secret secret;            // own signing secret; empty: data directory's, made at first start
    std::string secret_file;  // or a file that holds it
    std::string issuer = "confab";
    std::string audience = "confab";
    std::chrono::seconds token_ttl = kAccessTokenTtl;
    std::chrono::seconds refresh_idle_ttl = kRefreshIdleTtl;
    std::chrono::seconds refresh_absolute_ttl = kRefreshAbsoluteTtl;
    std::chrono::seconds refresh_grace = kRefreshGrace;
    bool registration = true;           // false: only `confab user add` makes accounts
    bool close_on_token_expiry = true;  // v1: close 4001 when the token of an open connection ends
    std::uint32_t password_min = kPasswordCodePointsMin;
    std::uint64_t argon_memory_bytes = kArgonMemoryBytes;
    std::uint32_t argon_passes = kArgonPasses;
    std::uint32_t hash_threads = 0;  // 0: one per core, at most kHashThreadsMax
    std::uint32_t hash_queue_max = kHashQueueMax;
    bool throttle = true;  // delays after failed logins, limits on registrations
    std::uint32_t login_free_failures = kLoginFreeFailures;
    std::uint32_t login_failures_per_address_per_minute = kLoginPerAddressPerMinute;
    std::uint32_t registrations_per_address_per_hour = kRegistrationsPerAddressPerHour;
    std::map<std::string, IssuerSection> issuers;
};

struct MetricsOptions {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 0;  // 0: no listener of its own; the main one answers loopback peers
};

struct LogOptions {
    std::string level = "info";
    std::string format = "auto";  // auto | human | json
};

struct Options {
    std::string profile = "default";  // default | bench
    ServerOptions server;
    NetOptions net;
    HttpOptions http;
    WsOptions ws;
    FeedOptions feed;
    LimitOptions limits;
    DataOptions data;
    StoreOptions store;
    RetentionOptions retention;
    ChatOptions chat;
    AuthOptions auth;
    MetricsOptions metrics;
    LogOptions log;
    std::map<std::string, ListenerSection> listeners;
};

}  // namespace confab::config
