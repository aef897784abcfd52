#include "app/module_options.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "app/own_secret.hpp"

namespace confab::app {

net::HttpOptions http_options(const config::Options& options) {
    return {.limits = {.header_bytes_max = options.http.header_bytes_max,
                       .header_fields_max = options.http.header_fields_max,
                       .target_bytes_max = options.http.target_bytes_max,
                       .body_bytes_max = options.http.body_bytes_max},
            .header_timeout = options.http.header_timeout,
            .body_timeout = options.http.body_timeout,
            .keep_alive_timeout = options.http.keep_alive_timeout};
}

net::WsOptions ws_options(const config::Options& options) {
    return {.reader = {.message_bytes_max = options.ws.message_bytes_max,
                       .fragments_max = options.ws.fragments_max},
            .outbox = {.bytes_max = options.ws.outbox_bytes_max,
                       .frames_max = options.ws.outbox_frames_max},
            .timeouts = {.assembly = options.ws.assembly_timeout,
                         .ping_interval = options.ws.ping_interval,
                         .pong = options.ws.pong_timeout,
                         .close = options.ws.close_timeout,
                         .stall = options.ws.outbox_stall_timeout}};
}

api::WsGateway::Options gateway_options(const config::Options& options) {
    return {.default_room = options.chat.default_room,
            .close_on_token_expiry = options.auth.close_on_token_expiry};
}

chat::Sequencer::Options sequencer_options(const config::Options& options, std::size_t loops) {
    return {.loops = loops, .notice_merge_users = options.chat.notice_merge_users};
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
