#include "auth/session_service.hpp"

#include <sodium.h>

#include <stdexcept>
#include <utility>

#include "base/crypto.hpp"
#include "base/octets.hpp"

namespace confab::auth {
namespace {

constexpr std::string_view kSuccessorLabel = "confab refresh successor";
constexpr std::size_t kRefreshTokenCharacters = (kRefreshTokenBytes * 4 + 2) / 3;
// One look finds the token unused, the next finds what the winner made of it.
constexpr int kRefreshLooksMax = 3;

// What the store knows a token by: SHA-256 in lower-case hexadecimal digits.
std::string token_hash(std::string_view token) {
    const std::string digest = sha256(token);
    std::string text(digest.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), octets_of(digest), digest.size());
    text.pop_back();  // the terminating zero
    return text;
}

Error refresh_invalid() {
    return Error(ErrorKind::unauthenticated, "refresh_invalid", "log in again");
}

Error session_revoked() {
    return Error(ErrorKind::unauthenticated, "session_revoked", "log in again");
}

}  // namespace

SessionService::SessionService(AccountStore& accounts, RefreshStore& families,
                               Revocations& revocations, const TokenSigner& signer,
                               const Clock& clock, Secret successor_key, metrics::Shard& metrics,
                               log::Logger& logger, Options options)
    : accounts_(accounts),
      families_(families),
      revocations_(revocations),
      signer_(signer),
      clock_(clock),
      successor_key_(std::move(successor_key)),
      metrics_(metrics),
      logger_(logger),
      options_(options) {
    if (successor_key_.size() < kTokenSecretBytesMin) {
        throw std::invalid_argument("the key of the refresh tokens is too short");
    }
}

Result<SessionService::Tokens> SessionService::open(const Account& account) {
    RefreshFamily family;
    family.id = random_uuid();
    family.user = account.id;
    family.created_at = now();
    family.expires_at = family.created_at + options_.absolute_ttl;
    Secret first(base64url(random_bytes(kRefreshTokenBytes)));
    auto stored = families_.create_family(family, token_hash(first.reveal()), family.created_at);
    if (stored.has_error()) return stored.error();
    return tokens(account, family.id, std::move(first));
}

Result<SessionService::Tokens> SessionService::refresh(std::string_view token) {
    Error failure = refresh_invalid();
    if (token.size() == kRefreshTokenCharacters) {
        for (int look = 0; look < kRefreshLooksMax; ++look) {
            auto result = try_refresh(token);
            if (result.has_value() && result->has_value()) {
                metrics_.add(metrics::Id::auth_refreshed);
                return std::move(**result);
            }
            if (result.has_error()) {
                failure = result.error();
                break;
            }
        }
    }
    metrics_.add(metrics::Id::auth_refresh_failed);
    return failure;
}

Result<std::optional<SessionService::Tokens>> SessionService::try_refresh(std::string_view token) {
    const std::string hash = token_hash(token);
    const WallTime time = now();
    auto found = families_.find_token(hash);
    if (found.has_error()) return found.error();
    if (!found->has_value()) return refresh_invalid();
    const RefreshToken& known = **found;
    if (known.family.revoked_at || time >= known.family.expires_at) return refresh_invalid();

    const bool used = known.used_at.has_value();
    if (used) {
        // Either way: a wall clock that was set back must neither end a session nor open the grace.
        // Times are whole seconds: no grace must mean none, also within the same second.
        const bool in_grace = options_.grace > std::chrono::seconds(0) &&
                              std::chrono::abs(time - *known.used_at) <= options_.grace;
        if (!in_grace || known.successor_used) return reused(known.family);
    } else if (time >= known.issued_at + options_.idle_ttl) {
        return refresh_invalid();
    }
    auto account = accounts_.find_account(known.family.user);
    if (account.has_error()) return account.error();
    if (!account->has_value() || (*account)->disabled) return refresh_invalid();

    Secret successor = successor_of(token);
    if (!used) {
        auto rotated = families_.rotate(hash, token_hash(successor.reveal()), time);
        if (rotated.has_error()) return rotated.error();
        if (!*rotated) return std::optional<Tokens>();
    }
    return std::optional<Tokens>(tokens(**account, known.family.id, std::move(successor)));
}

// Two hold the token, and one of them is a thief; nobody can tell which, so both must log in again.
Error SessionService::reused(const RefreshFamily& family) {
    metrics_.add(metrics::Id::auth_refresh_reused);
    logger_.warn("refresh_reused", {{"family", family.id}, {"user", family.user.text()}});
    auto revoked = end(family.id);
    if (revoked.has_error()) return revoked.error();
    return refresh_invalid();
}

Result<Account> SessionService::account_of(const Identity& identity) {
    if (!identity.own) return session_revoked();
    auto account = accounts_.find_account(identity.user);
    if (account.has_error()) return account.error();
    if (!account->has_value() || (*account)->disabled) return session_revoked();
    auto family = families_.find_family(identity.session_id);
    if (family.has_error()) return family.error();
    if (!family->has_value() || (*family)->revoked_at || (*family)->user != identity.user) {
        return session_revoked();
    }
    return std::move(**account);
}

Result<void> SessionService::close(const Identity& identity) {
    return end(identity.session_id);
}

Result<void> SessionService::close_others(const Identity& identity) {
    const WallTime time = now();
    auto revoked = families_.revoke_user(identity.user, identity.session_id, time);
    if (revoked.has_error()) return revoked.error();
    return revocations_.catch_up(families_, time);  // which families these are, the store knows
}

Result<void> SessionService::end(const std::string& family_id) {
    const WallTime time = now();
    auto revoked = families_.revoke_family(family_id, time);
    if (revoked.has_error()) return revoked.error();
    revocations_.add(family_id, time);
    return {};
}

// Stores keep whole seconds; so does everything that is compared with what they kept.
WallTime SessionService::now() const {
    return from_unix_seconds(unix_seconds(clock_.wall_now()));
}

Secret SessionService::successor_of(std::string_view token) const {
    const Secret labelled(std::string(kSuccessorLabel) + std::string(token));
    return Secret(base64url(hmac_sha256(successor_key_.reveal(), labelled.reveal())));
}

SessionService::Tokens SessionService::tokens(const Account& account, const std::string& family,
                                              Secret refresh) const {
    Tokens issued;
    issued.access = signer_.sign({account.id, account.full_name, family, account.is_moderator});
    issued.refresh = std::move(refresh);
    issued.expires_in = signer_.ttl();
    return issued;
}

}  // namespace confab::auth
