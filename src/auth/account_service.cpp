#include "auth/account_service.hpp"

#include <mutex>
#include <stdexcept>
#include <utility>

#include "auth/email.hpp"
#include "auth/login_attempt.hpp"
#include "base/crypto.hpp"

namespace confab::auth {
namespace {

constexpr std::size_t kDummyPasswordBytes = 32;
// How often a verified password is verified again because its hash was replaced meanwhile.
constexpr int kVerificationsMax = 2;

Secret make_dummy_hash(const PasswordHasher& hasher) {
    const Secret unknown(random_bytes(kDummyPasswordBytes));
    auto hash = hasher.hash(unknown.reveal());
    if (hash.has_error()) throw std::runtime_error("argon2id: not enough memory for one hash");
    return std::move(*hash);
}

Error invalid_credentials() {
    return Error(ErrorKind::unauthenticated, "invalid_credentials", "e-mail or password is wrong");
}

Error email_taken() {
    return Error(ErrorKind::conflict, "email_taken", "there is an account with this e-mail",
                 "email");
}

Account new_account(const Registration& checked, Secret password_hash, WallTime now) {
    Account account;
    account.id = UserId(random_uuid());
    account.email = checked.email;
    account.full_name = checked.full_name;
    account.age = static_cast<std::int32_t>(checked.age);
    account.date_of_birth = checked.date_of_birth;
    account.gender = checked.gender;
    account.phone_number = checked.phone_number;
    account.password_hash = std::move(password_hash);
    account.created_at = from_unix_seconds(unix_seconds(now));
    return account;
}

}  // namespace

AccountService::AccountService(AccountStore& accounts, RefreshStore& families,
                               Revocations& revocations, const PasswordHasher& hasher,
                               const TokenSigner& signer, LoginThrottle& throttle,
                               const Clock& clock, Secret successor_key, metrics::Shard& metrics,
                               log::Logger& logger, Options options)
    : accounts_(accounts),
      hasher_(hasher),
      throttle_(throttle),
      clock_(clock),
      metrics_(metrics),
      logger_(logger),
      password_min_(options.password_min),
      registration_(options.registration),
      dummy_hash_(make_dummy_hash(hasher)),
      sessions_(accounts, families, revocations, signer, clock, std::move(successor_key), metrics,
                logger,
                {options.refresh_idle_ttl, options.refresh_absolute_ttl, options.refresh_grace}) {}

Result<Account> AccountService::register_account(Registration registration,
                                                 std::string_view address) {
    if (!registration_) {
        return Error(ErrorKind::forbidden, "registration_closed",
                     "accounts are made by the operator of this server");
    }
    auto checked = check_registration(std::move(registration), password_min_);
    if (checked.has_error()) return checked.error();
    if (const auto wait = throttle_.registration_wait(address)) {
        return rate_limited(metrics::Id::auth_registration_throttled, *wait, address);
    }
    // A taken e-mail stays counted: the answer tells who has an account.
    const auto give_up = [&](const Error& error) {
        if (error.kind == ErrorKind::conflict) return email_taken();
        throttle_.registration_abandoned(address);
        return error;
    };
    auto taken = accounts_.find_account_by_email(checked->email);
    if (taken.has_error()) return give_up(taken.error());
    if (taken->has_value()) return email_taken();
    auto hash = hasher_.hash(checked->password.reveal());
    if (hash.has_error()) return give_up(hash.error());
    Account account = new_account(*checked, std::move(*hash), clock_.wall_now());
    // The store decides between two that come at once.
    auto created = accounts_.create_account(account);
    if (created.has_error()) return give_up(created.error());
    metrics_.add(metrics::Id::auth_registered);
    logger_.info("registered", {{"user", account.id.text()}, {"address", address}});
    account.password_hash = Secret();
    return account;
}

Result<AccountService::Tokens> AccountService::log_in(std::string_view email,
                                                      const Secret& password,
                                                      std::string_view address) {
    const std::string canonical = canonical_email(email);
    LoginAttempt attempt(throttle_, canonical, address);
    if (const auto wait = attempt.begin()) {
        return rate_limited(metrics::Id::auth_login_throttled, *wait, address);
    }
    auto account = find_by_email(canonical);
    if (account.has_error()) return account.error();
    const auto normalised = normalise_password(password.reveal(), 0);
    for (int tries = 0; tries < kVerificationsMax && proves(*account, normalised); ++tries) {
        auto tokens = open_session(**account);
        if (tokens.has_error()) return tokens.error();
        if (tokens->has_value()) {
            attempt.succeeded();
            metrics_.add(metrics::Id::auth_login_ok);
            logger_.info("login_ok", {{"user", (*account)->id.text()}, {"address", address}});
            renew_hash(**account, *normalised);
            return std::move(**tokens);
        }
        account = find_by_email(canonical);
        if (account.has_error()) return account.error();
    }
    attempt.failed();
    count_login_failure("login_failed", *account, address);
    return invalid_credentials();
}

Result<AccountService::Tokens> AccountService::refresh(std::string_view refresh_token) {
    return sessions_.refresh(refresh_token);
}

Result<AccountService::Profile> AccountService::profile(const Identity& identity) {
    // Tokens of outside issuers, and those an operator minted, stand for nobody in the store.
    if (!identity.own || identity.session_id.empty()) {
        return Profile{identity.user, identity.name, std::nullopt};
    }
    auto account = sessions_.account_of(identity);
    if (account.has_error()) return account.error();
    account->password_hash = Secret();
    Profile own{account->id, account->full_name, std::nullopt};
    own.account = std::move(*account);
    return own;
}

Result<void> AccountService::change_password(const Identity& identity, const Secret& old_password,
                                             const Secret& new_password, std::string_view address) {
    if (!identity.own) {
        return Error(ErrorKind::forbidden, "not_own_account",
                     "the password is kept by the issuer of the token");
    }
    auto account = sessions_.account_of(identity);
    if (account.has_error()) return account.error();
    auto new_normalised = normalise_password(new_password.reveal(), password_min_);
    if (new_normalised.has_error()) {
        Error error = new_normalised.error();
        error.field = "new_password";
        return error;
    }
    LoginAttempt attempt(throttle_, account->email, address);
    if (const auto wait = attempt.begin()) {
        return rate_limited(metrics::Id::auth_login_throttled, *wait, address);
    }
    const auto old_normalised = normalise_password(old_password.reveal(), 0);
    for (int tries = 0; tries < kVerificationsMax && proves(*account, old_normalised); ++tries) {
        auto new_hash = hasher_.hash(new_normalised->reveal());
        if (new_hash.has_error()) return new_hash.error();
        auto replaced = replace_password(identity, *account, *new_hash);
        if (replaced.has_error()) return replaced.error();
        if (*replaced) {
            attempt.succeeded();
            metrics_.add(metrics::Id::auth_password_changed);
            logger_.info("password_changed", {{"user", account->id.text()}, {"address", address}});
            return {};
        }
        account = sessions_.account_of(identity);
        if (account.has_error()) return account.error();
    }
    attempt.failed();
    count_login_failure("password_change_failed", *account, address);
    return Error(ErrorKind::forbidden, "invalid_credentials", "the old password is wrong",
                 "old_password");
}

Result<void> AccountService::log_out(const Identity& identity) {
    if (!identity.own) return {};
    auto closed = sessions_.close(identity);
    if (closed.has_error()) return closed.error();
    metrics_.add(metrics::Id::auth_logout);
    logger_.info("logout", {{"user", identity.user.text()}});
    return {};
}

Result<std::optional<Account>> AccountService::find_by_email(std::string_view canonical_email) {
    if (!is_email(canonical_email)) return std::optional<Account>();
    return accounts_.find_account_by_email(canonical_email);
}

// Whether the password is the account's. One verification in every case, so that the time tells
// nothing about the account.
bool AccountService::proves(const std::optional<Account>& account,
                            const Result<Secret>& normalised) const {
    const bool usable = account && !account->disabled && hasher_.is_hash(account->password_hash) &&
                        normalised.has_value();
    const bool same = hasher_.verify(usable ? account->password_hash : dummy_hash_,
                                     normalised ? normalised->reveal() : std::string_view());
    return usable && same;
}

// Whether the account may still log in with the hash that was verified. Call with credentials_.
Result<bool> AccountService::still_current(const Account& account) {
    auto stored = accounts_.find_account(account.id);
    if (stored.has_error()) return stored.error();
    return stored->has_value() && !(*stored)->disabled &&
           (*stored)->password_hash.same_as(account.password_hash.reveal());
}

// Nothing: the account was changed since it was read.
Result<std::optional<AccountService::Tokens>> AccountService::open_session(const Account& account) {
    const std::shared_lock lock(credentials_);
    auto current = still_current(account);
    if (current.has_error()) return current.error();
    if (!*current) return std::optional<Tokens>();
    auto tokens = sessions_.open(account);
    if (tokens.has_error()) return tokens.error();
    return std::optional<Tokens>(std::move(*tokens));
}

// False: the account was changed since it was read. The other sessions end first: should the second
// step fail, the old password still stands, but no stranger holds a session.
Result<bool> AccountService::replace_password(const Identity& identity, const Account& account,
                                              const Secret& new_hash) {
    const std::lock_guard lock(credentials_);
    auto current = still_current(account);
    if (current.has_error()) return current.error();
    if (!*current) return false;
    auto closed = sessions_.close_others(identity);
    if (closed.has_error()) return closed.error();
    auto stored = accounts_.set_password_hash(account.id, new_hash);
    if (stored.has_error()) return stored.error();
    return true;
}

// The parameters have risen: the password is known just now, so hash it again. Failing is no harm,
// the next log-in tries again.
void AccountService::renew_hash(const Account& account, const Secret& normalised) {
    if (!hasher_.needs_rehash(account.password_hash)) return;
    auto hash = hasher_.hash(normalised.reveal());
    if (hash.has_error()) return;
    const std::lock_guard lock(credentials_);
    auto current = still_current(account);
    if (current.has_error() || !*current) return;
    if (accounts_.set_password_hash(account.id, *hash).has_error()) {
        logger_.warn("rehash_failed", {{"user", account.id.text()}});
    }
}

Error AccountService::rate_limited(metrics::Id counter, std::chrono::milliseconds wait,
                                   std::string_view address) {
    metrics_.add(counter);
    logger_.debug("auth_throttled", {{"address", address}});
    return Error(ErrorKind::rate_limited, "rate_limited", "too many attempts, try later")
        .retry_in(wait);
}

void AccountService::count_login_failure(std::string_view event,
                                         const std::optional<Account>& account,
                                         std::string_view address) {
    metrics_.add(metrics::Id::auth_login_failed);
    logger_.info(
        event, {{"user", account ? account->id.text() : std::string_view()}, {"address", address}});
}

}  // namespace confab::auth
