#include "app/module_options.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "app/own_secret.hpp"
#include "base/list.hpp"

namespace confab::app {

namespace {

net::HttpOptions http_options(const config::Options& options) {
    return {.limits = {.header_bytes_max = options.http.header_bytes_max,
                       .header_fields_max = options.http.header_fields_max,
                       .target_bytes_max = options.http.target_bytes_max,
                       .body_bytes_max = options.http.body_bytes_max},
            .tls_handshake_timeout = options.http.tls_handshake_timeout,
            .header_timeout = options.http.header_timeout,
            .body_timeout = options.http.body_timeout,
            .keep_alive_timeout = options.http.keep_alive_timeout};
}

// A rate that the load-test profile has lifted is none: asking would cost a little each time.
Rate rate(const config::Options& options, std::uint32_t per_second, std::uint32_t burst) {
    const bool lifted = per_second == config::kLifted && burst == config::kLifted;
    if (options.profile == "bench" && lifted) return Rate::unlimited;
    return {static_cast<double>(per_second), burst};
}

net::WsOptions ws_options(const config::Options& options) {
    const config::LimitOptions& limits = options.limits;
    return {.reader = {.message_bytes_max = options.ws.message_bytes_max,
                       .fragments_max = options.ws.fragments_max},
            .outbox = {.bytes_max = options.ws.outbox_bytes_max,
                       .frames_max = options.ws.outbox_frames_max},
            .timeouts = {.assembly = options.ws.assembly_timeout,
                         .ping_interval = options.ws.ping_interval,
                         .pong = options.ws.pong_timeout,
                         .close = options.ws.close_timeout,
                         .stall = options.ws.outbox_stall_timeout},
            .messages = rate(options, limits.messages_per_second, limits.messages_burst),
            .address_messages =
                rate(options, limits.address_messages_per_second, limits.address_messages_burst),
            .pings = rate(options, limits.pings_per_second, limits.pings_burst)};
}

net::Admission::Limits admission_limits(const config::Options& options) {
    const config::LimitOptions& limits = options.limits;
    auto trusted = net::TrustedPeers::parse(options.net.trusted_proxies);
    if (!trusted) throw std::runtime_error("net.trusted_proxies: " + trusted.error().detail);
    return {.connects = rate(options, limits.connects_per_second, limits.connects_burst),
            .address = {.connections = limits.connections_per_address,
                        .connects = rate(options, limits.address_connects_per_second,
                                         limits.address_connects_burst)},
            .trusted = std::move(*trusted)};
}

api::WsGateway::Options gateway_options(const config::Options& options) {
    std::vector<std::string> origins;
    for (const std::string_view origin : split_list(options.http.origins)) {
        origins.emplace_back(origin);
    }
    return {.default_room = options.chat.default_room,
            .close_on_token_expiry = options.auth.close_on_token_expiry,
            .origins = net::OriginPolicy(std::move(origins)),
            .user = {.connections = options.limits.connections_per_user},
            .user_messages = rate(options, options.limits.user_messages_per_second,
                                  options.limits.user_messages_burst),
            .user_reads = rate(options, options.limits.user_reads_per_second,
                               options.limits.user_reads_burst),
            .connects =
                rate(options, options.limits.connects_per_second, options.limits.connects_burst),
            .commands = {.body_bytes_max =
                             std::min<std::size_t>(kBodyBytesMax, options.ws.message_bytes_max)},
            .ping = std::chrono::ceil<std::chrono::seconds>(options.ws.ping_interval),
            .limits = {.message_bytes = options.ws.message_bytes_max,
                       .publish_per_s = std::min(options.limits.messages_per_second,
                                                 options.limits.user_messages_per_second),
                       .burst = std::min(options.limits.messages_burst,
                                         options.limits.user_messages_burst)}};
}

}  // namespace

std::size_t loop_count(const config::Options& options) {
    if (options.server.loops > 0) return options.server.loops;
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kLoopsMax);
}

std::size_t connections_max(const config::Options& options, std::size_t descriptors) {
    const std::size_t possible = descriptors > 2 * kReservedDescriptors
                                     ? descriptors - kReservedDescriptors
                                     : descriptors / 2;
    const std::size_t wanted = options.server.connections_max;
    return wanted == 0 ? possible : std::min(wanted, possible);
}

LoopSettings loop_settings(const config::Options& options, std::size_t loops) {
    return {.net = {.http = http_options(options),
                    .ws = ws_options(options),
                    .admission = admission_limits(options)},
            .feed = {.room_bytes_max = options.feed.room_bytes_max,
                     // Less than one room would close readers that keep what a room allows.
                     .total_bytes_max = std::max(options.feed.total_bytes_max / loops,
                                                 options.feed.room_bytes_max)},
            .gateway = gateway_options(options)};
}

chat::Sequencer::Options sequencer_options(const config::Options& options, std::size_t loops) {
    return {.loops = loops, .notice_merge_users = options.chat.notice_merge_users};
}

store::Retention::Policy retention_policy(const config::Options& options) {
    const auto rules_of = [](const config::RetentionRules& rules) {
        return store::Retention::Rules{
            .age = rules.age, .events = rules.events_per_room, .bytes = rules.bytes_per_room};
    };
    return {.public_rooms = rules_of(options.retention.public_rooms),
            .private_rooms = rules_of(options.retention.private_rooms),
            .direct_rooms = rules_of(options.retention.direct_rooms)};
}

auth::PasswordHasher::Options password_options(const config::Options& options) {
    return {.memory_bytes = options.auth.argon_memory_bytes, .passes = options.auth.argon_passes};
}

auth::LoginThrottle::Options throttle_options(const config::Options& options) {
    return {.enabled = options.auth.throttle,
            .free_failures = options.auth.login_free_failures,
            .failures_per_address_per_minute = options.auth.login_failures_per_address_per_minute,
            .registrations_per_address_per_hour = options.auth.registrations_per_address_per_hour};
}

auth::AccountService::Options account_options(const config::Options& options) {
    return {.registration = options.auth.registration,
            .password_min = options.auth.password_min,
            .refresh_idle_ttl = options.auth.refresh_idle_ttl,
            .refresh_absolute_ttl = options.auth.refresh_absolute_ttl,
            .refresh_grace = options.auth.refresh_grace};
}

auth::TokenSigner::Options signer_options(const config::Options& options,
                                          const Secret& own_secret) {
    return {.secret = own_secret,
            .issuer = options.auth.issuer,
            .audience = options.auth.audience,
            .ttl = options.auth.token_ttl};
}

std::vector<auth::IssuerOptions> issuer_options(const config::Options& options,
                                                const Secret& own_secret) {
    std::vector<auth::IssuerOptions> issuers;
    auth::IssuerOptions own;
    own.name = "own";
    own.algorithm = auth::Algorithm::hs256;
    own.issuer = options.auth.issuer;
    own.audience = options.auth.audience;
    own.leeway = std::chrono::seconds(0);  // signed and checked by the same clock
    own.secret = own_secret;
    own.own = true;
    issuers.push_back(std::move(own));
    for (const auto& [name, section] : options.auth.issuers) {
        const auto algorithm = auth::parse_algorithm(section.algorithm);
        if (!algorithm) {
            throw std::runtime_error("auth.issuers." + name + ".algorithm: unknown algorithm");
        }
        auth::IssuerOptions issuer;
        issuer.name = name;
        issuer.algorithm = *algorithm;
        issuer.issuer = section.iss;
        issuer.audience = section.aud;
        issuer.leeway = section.leeway;
        issuer.secret = issuer_secret(section);
        issuer.jwks_file = section.jwks_file;
        issuer.jwks_url = section.jwks_url;
        issuer.user_id_prefix = section.user_id_prefix;
        issuers.push_back(std::move(issuer));
    }
    return issuers;
}

WorkerPool::Options hashing_pool_options(const config::Options& options) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = options.auth.hash_threads > 0 ? options.auth.hash_threads
                                                              : std::min(cores, kHashThreadsMax);
    return {.name = "hash",
            .threads = threads,
            .queue_max = options.auth.hash_queue_max,
            .wait_max = kWorkerWaitMax};
}

WorkerPool::Options account_pool_options() {
    return {.name = "accounts",
            .threads = 2,
            .queue_max = kAccountQueueMax,
            .wait_max = kWorkerWaitMax};
}

}  // namespace confab::app
