// SessionService: sessions of own accounts: made at log-in, kept alive by rotating refresh tokens.
// Thread: any, concurrently; calls block on the stores, so only on a worker.
// Owns:   the key of the successors. Everything else must outlive it.
// Limits: a presented token of any other length than ours is refused before the store is asked.
// Invariants: (1) a token is known to the store only as the SHA-256 of it. (2) the successor of a
//             token is a function of the token and a secret key, so that a client whose answer was
//             lost gets the same one again. (3) a used token that comes back outside the grace
//             ends its whole family (RFC 9700 section 4.14.2). (4) what was ended here without an
//             error is in the Revocations when the call returns.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "auth/account.hpp"
#include "auth/identity.hpp"
#include "auth/refresh_family.hpp"
#include "auth/revocations.hpp"
#include "auth/token_signer.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"

namespace confab::auth {

class SessionService {
  public:
    struct Options {
        std::chrono::seconds idle_ttl = kRefreshIdleTtl;          // of one refresh token
        std::chrono::seconds absolute_ttl = kRefreshAbsoluteTtl;  // of a family
        std::chrono::seconds grace = kRefreshGrace;               // for the last predecessor
    };
    struct Tokens {
        Secret access;
        Secret refresh;
        std::chrono::seconds expires_in{0};  // of `access`
    };

    // Throws std::invalid_argument when the key is shorter than kTokenSecretBytesMin.
    SessionService(AccountStore& accounts, RefreshStore& families, Revocations& revocations,
                   const TokenSigner& signer, const Clock& clock, Secret successor_key,
                   metrics::Shard& metrics, log::Logger& logger, Options options);

    // A new family for the account. Errors: those of the store, here and below.
    [[nodiscard]] Result<Tokens> open(const Account& account);

    // Exchanges a refresh token for its successor. Of many at once with one token, one rotates and
    // all get the same successor. Errors: `refresh_invalid` (unauthenticated), whatever is wrong.
    [[nodiscard]] Result<Tokens> refresh(std::string_view token);

    // The account of an own token whose session still stands. Errors: `session_revoked`
    // (unauthenticated): no account, disabled, or the family is revoked or gone.
    [[nodiscard]] Result<Account> account_of(const Identity& identity);

    // Revokes the family of the identity, or all others of the user. Doing it twice is no error.
    [[nodiscard]] Result<void> close(const Identity& identity);
    [[nodiscard]] Result<void> close_others(const Identity& identity);

  private:
    [[nodiscard]] WallTime now() const;
    [[nodiscard]] Secret successor_of(std::string_view token) const;
    [[nodiscard]] Tokens tokens(const Account& account, const std::string& family,
                                Secret refresh) const;
    // The tokens, an error, or nothing: somebody else was first, look again.
    [[nodiscard]] Result<std::optional<Tokens>> try_refresh(std::string_view token);
    [[nodiscard]] Error reused(const RefreshFamily& family);
    [[nodiscard]] Result<void> end(const std::string& family_id);

    AccountStore& accounts_;
    RefreshStore& families_;
    Revocations& revocations_;
    const TokenSigner& signer_;
    const Clock& clock_;
    const Secret successor_key_;
    metrics::Shard& metrics_;
    log::Logger& logger_;
    const Options options_;
};

}  // namespace confab::auth
