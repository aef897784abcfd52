// AccountService: what people do with their accounts: register, log in, stay in, leave.
// Thread: any, concurrently; calls block on stores and hashes, so only on a worker.
// Owns:   its sessions and a dummy hash. Everything else must outlive it.
// Limits: those of auth/registration.hpp, auth/password.hpp and auth/login_throttle.hpp.
// Invariants: (1) a log-in does the same work and gives the same answer for an unknown user, a
//             wrong password and a disabled account. (2) no session is opened with a password that
//             was changed meanwhile. (3) no password hash leaves this class.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "auth/account.hpp"
#include "auth/identity.hpp"
#include "auth/login_throttle.hpp"
#include "auth/password.hpp"
#include "auth/refresh_family.hpp"
#include "auth/registration.hpp"
#include "auth/revocations.hpp"
#include "auth/session_service.hpp"
#include "auth/token_signer.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"

namespace confab::auth {

class AccountService {
  public:
    struct Options {
        bool registration = true;
        std::uint32_t password_min = kPasswordCodePointsMin;
        std::chrono::seconds refresh_idle_ttl = kRefreshIdleTtl;
        std::chrono::seconds refresh_absolute_ttl = kRefreshAbsoluteTtl;
        std::chrono::seconds refresh_grace = kRefreshGrace;
    };
    using Tokens = SessionService::Tokens;
    struct Profile {
        UserId id;
        std::string name;
        std::optional<Account> account;  // only for own accounts, without the password hash
    };

    // Throws std::runtime_error when no hash can be made, std::invalid_argument for a short key.
    AccountService(AccountStore& accounts, RefreshStore& families, Revocations& revocations,
                   const PasswordHasher& hasher, const TokenSigner& signer, LoginThrottle& throttle,
                   const Clock& clock, Secret successor_key, metrics::Shard& metrics,
                   log::Logger& logger, Options options);

    // Every call may fail with an error of the store; those that hash with `hash_memory`.
    // `address` is the peer's, as text.

    // The new account, without the password hash. Errors: `invalid_field` and `password_*`
    // (invalid), `email_taken` (conflict), `registration_closed` (forbidden), `rate_limited`.
    [[nodiscard]] Result<Account> register_account(Registration registration,
                                                   std::string_view address);
    // Errors: `invalid_credentials` (unauthenticated), `rate_limited`.
    [[nodiscard]] Result<Tokens> log_in(std::string_view email, const Secret& password,
                                        std::string_view address);
    // Errors: `refresh_invalid` (unauthenticated).
    [[nodiscard]] Result<Tokens> refresh(std::string_view refresh_token);
    // For a token without a session (outside issuer, minted) what its claims say. Errors:
    // `session_revoked`
    // (unauthenticated).
    [[nodiscard]] Result<Profile> profile(const Identity& identity);
    // Ends all other sessions of the user. Errors: `session_revoked` (unauthenticated),
    // `not_own_account` (forbidden): the password is kept by an outside issuer,
    // `invalid_credentials` (forbidden, field old_password), `password_*` (field new_password),
    // `rate_limited`.
    [[nodiscard]] Result<void> change_password(const Identity& identity, const Secret& old_password,
                                               const Secret& new_password,
                                               std::string_view address);
    // Ends the session of the token; nothing to do for tokens of outside issuers.
    [[nodiscard]] Result<void> log_out(const Identity& identity);

    // Any thread; for the requests to come.
    void set_registration(bool open) { registration_ = open; }

  private:
    [[nodiscard]] Result<std::optional<Account>> find_by_email(std::string_view canonical_email);
    [[nodiscard]] bool proves(const std::optional<Account>& account,
                              const Result<Secret>& normalised) const;
    [[nodiscard]] Result<bool> still_current(const Account& account);
    [[nodiscard]] Result<std::optional<Tokens>> open_session(const Account& account);
    [[nodiscard]] Result<bool> replace_password(const Identity& identity, const Account& account,
                                                const Secret& new_hash);
    void renew_hash(const Account& account, const Secret& normalised);
    [[nodiscard]] Error rate_limited(metrics::Id counter, std::chrono::milliseconds wait,
                                     std::string_view address);
    void count_login_failure(std::string_view event, const std::optional<Account>& account,
                             std::string_view address);

    AccountStore& accounts_;
    const PasswordHasher& hasher_;
    LoginThrottle& throttle_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    log::Logger& logger_;
    const std::uint32_t password_min_;
    std::atomic<bool> registration_;
    const Secret dummy_hash_;
    SessionService sessions_;
    // Shared: "the hash is still the one that was verified, so open a session". Exclusive: replace
    // the hash. Never held while hashing.
    std::shared_mutex credentials_;
};

}  // namespace confab::auth
