// Module options: the operator's settings, cut into the small structs that each module declares.
// Thread: the main one, at the start and at a reload.
// Owns:   nothing.
// Limits: none.
// Invariant: this is the only place where a setting's name meets a module's option.
#pragma once

#include <vector>

#include "api/ws_gateway.hpp"
#include "auth/account_service.hpp"
#include "auth/login_throttle.hpp"
#include "auth/password.hpp"
#include "auth/token_verifier.hpp"
#include "base/worker_pool.hpp"
#include "chat/sequencer.hpp"
#include "config/options.hpp"
#include "net/connection.hpp"
#include "store/retention.hpp"

namespace confab::app {

// What a loop may take over while it runs.
struct LoopSettings {
    net::NetOptions net;
    feed::Budget::Limits feed;
    api::WsGateway::Options gateway;
};

[[nodiscard]] std::size_t loop_count(const config::Options& options);
// How many connections there may be when so many descriptors may be open.
[[nodiscard]] std::size_t connections_max(const config::Options& options, std::size_t descriptors);
[[nodiscard]] LoopSettings loop_settings(const config::Options& options, std::size_t loops);
[[nodiscard]] chat::Sequencer::Options sequencer_options(const config::Options& options,
                                                         std::size_t loops);
[[nodiscard]] store::Retention::Policy retention_policy(const config::Options& options);
[[nodiscard]] auth::PasswordHasher::Options password_options(const config::Options& options);
[[nodiscard]] auth::LoginThrottle::Options throttle_options(const config::Options& options);
[[nodiscard]] auth::AccountService::Options account_options(const config::Options& options);
[[nodiscard]] auth::TokenSigner::Options signer_options(const config::Options& options,
                                                        const Secret& own_secret);
// The own issuer first, then those configured. Throws when a secret file cannot be read.
[[nodiscard]] std::vector<auth::IssuerOptions> issuer_options(const config::Options& options,
                                                              const Secret& own_secret);
[[nodiscard]] WorkerPool::Options hashing_pool_options(const config::Options& options);
[[nodiscard]] WorkerPool::Options account_pool_options();

}  // namespace confab::app
