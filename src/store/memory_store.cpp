#include "store/memory_store.hpp"

#include <chrono>

#include "store/store_errors.hpp"

namespace confab::store {
namespace {

WallTime whole_seconds(WallTime time) {
    return from_unix_seconds(unix_seconds(time));
}

std::optional<WallTime> whole_seconds(const std::optional<WallTime>& time) {
    if (!time) return std::nullopt;
    return whole_seconds(*time);
}

Error store_full() {
    return Error(ErrorKind::unavailable, "store_full", "the server's memory store is full")
        .retry_in(kStorageFullRetryAfter);
}

}  // namespace

Result<void> MemoryStore::create_account(const auth::Account& account) {
    const std::lock_guard lock(mutex_);
    if (accounts_.contains(account.email)) return email_taken();
    if (emails_.contains(account.id)) return account_exists();
    if (accounts_.size() >= options_.accounts_max) return store_full();
    auth::Account stored = account;
    stored.created_at = whole_seconds(account.created_at);
    emails_.emplace(account.id, account.email);
    accounts_.emplace(account.email, std::move(stored));
    return {};
}

Result<std::optional<auth::Account>> MemoryStore::find_account_by_email(
    std::string_view canonical_email) {
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(canonical_email);
    if (found == accounts_.end()) return std::optional<auth::Account>();
    return std::optional(found->second);
}

Result<std::optional<auth::Account>> MemoryStore::find_account(const UserId& id) {
    const std::lock_guard lock(mutex_);
    const auto email = emails_.find(id);
    if (email == emails_.end()) return std::optional<auth::Account>();
    return std::optional(accounts_.at(email->second));
}

Result<void> MemoryStore::set_password_hash(const UserId& id, const Secret& hash) {
    const std::lock_guard lock(mutex_);
    const auto email = emails_.find(id);
    if (email == emails_.end()) return account_unknown();
    accounts_.at(email->second).password_hash = hash;
    return {};
}

Result<void> MemoryStore::set_disabled(const UserId& id, bool disabled) {
    const std::lock_guard lock(mutex_);
    const auto email = emails_.find(id);
    if (email == emails_.end()) return account_unknown();
    accounts_.at(email->second).disabled = disabled;
    return {};
}

Result<void> MemoryStore::set_moderator(const UserId& id, bool is_moderator) {
    const std::lock_guard lock(mutex_);
    const auto email = emails_.find(id);
    if (email == emails_.end()) return account_unknown();
    accounts_.at(email->second).is_moderator = is_moderator;
    return {};
}

Result<std::vector<auth::Account>> MemoryStore::list_accounts(std::string_view after_email,
                                                              std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<auth::Account> accounts;
    auto next = accounts_.upper_bound(after_email);
    for (; next != accounts_.end() && accounts.size() < limit; ++next) {
        accounts.push_back(next->second);
    }
    return accounts;
}

Result<void> MemoryStore::create_family(const auth::RefreshFamily& family,
                                        std::string_view token_hash, WallTime issued_at) {
    const std::lock_guard lock(mutex_);
    if (families_.contains(family.id) || tokens_.contains(token_hash)) return family_exists();
    if (families_.size() >= options_.families_max || tokens_.size() >= options_.tokens_max) {
        return store_full();
    }
    auth::RefreshFamily stored = family;
    stored.created_at = whole_seconds(family.created_at);
    stored.expires_at = whole_seconds(family.expires_at);
    stored.revoked_at = whole_seconds(family.revoked_at);
    if (stored.revoked_at) families_by_revocation_.emplace(*stored.revoked_at, stored.id);
    families_.emplace(family.id, std::move(stored));
    families_by_user_.emplace(family.user, family.id);
    tokens_.emplace(token_hash, Token{family.id, whole_seconds(issued_at), std::nullopt, {}});
    return {};
}

Result<std::optional<auth::RefreshToken>> MemoryStore::find_token(std::string_view token_hash) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(token_hash);
    if (found == tokens_.end()) return std::optional<auth::RefreshToken>();
    const Token& stored = found->second;
    auth::RefreshToken token;
    token.family = families_.at(stored.family_id);
    token.issued_at = stored.issued_at;
    token.used_at = stored.used_at;
    token.successor_used = stored.used_at && tokens_.at(stored.successor).used_at.has_value();
    return std::optional(std::move(token));
}

Result<bool> MemoryStore::rotate(std::string_view token_hash, std::string_view successor_hash,
                                 WallTime now) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(token_hash);
    if (found == tokens_.end()) return false;
    Token& token = found->second;
    if (token.used_at || families_.at(token.family_id).revoked_at) return false;
    if (tokens_.contains(successor_hash)) return family_exists();
    if (tokens_.size() >= options_.tokens_max) return store_full();
    tokens_.emplace(successor_hash, Token{token.family_id, whole_seconds(now), std::nullopt, {}});
    token.used_at = whole_seconds(now);
    token.successor = successor_hash;
    return true;
}

Result<void> MemoryStore::revoke_family(std::string_view family_id, WallTime now) {
    const std::lock_guard lock(mutex_);
    const auto found = families_.find(family_id);
    if (found == families_.end() || found->second.revoked_at) return {};
    revoke(found->second, now);
    return {};
}

// Call with the mutex.
void MemoryStore::revoke(auth::RefreshFamily& family, WallTime now) {
    family.revoked_at = whole_seconds(now);
    families_by_revocation_.emplace(*family.revoked_at, family.id);
}

Result<void> MemoryStore::revoke_user(const UserId& user, std::string_view except_family_id,
                                      WallTime now) {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = families_by_user_.equal_range(user);
    for (auto entry = first; entry != last; ++entry) {
        auth::RefreshFamily& family = families_.at(entry->second);
        if (family.id == except_family_id || family.revoked_at) continue;
        revoke(family, now);
    }
    return {};
}

Result<std::optional<auth::RefreshFamily>> MemoryStore::find_family(std::string_view family_id) {
    const std::lock_guard lock(mutex_);
    const auto found = families_.find(family_id);
    if (found == families_.end()) return std::optional<auth::RefreshFamily>();
    return std::optional(found->second);
}

Result<std::vector<auth::RefreshFamily>> MemoryStore::revoked_since(WallTime since,
                                                                    std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<auth::RefreshFamily> families;
    auto next = families_by_revocation_.lower_bound({whole_seconds(since), std::string()});
    for (; next != families_by_revocation_.end() && families.size() < limit; ++next) {
        families.push_back(families_.at(next->second));
    }
    return families;
}

Result<std::size_t> MemoryStore::remove_expired_families(WallTime now) {
    const std::lock_guard lock(mutex_);
    const WallTime limit = whole_seconds(now);
    const auto expired = [&](const std::string& id) {
        const auto family = families_.find(id);
        return family != families_.end() && family->second.expires_at < limit;
    };
    std::erase_if(tokens_, [&](const auto& entry) { return expired(entry.second.family_id); });
    std::erase_if(families_by_revocation_,
                  [&](const auto& entry) { return expired(entry.second); });
    std::erase_if(families_by_user_, [&](const auto& entry) { return expired(entry.second); });
    return std::erase_if(families_,
                         [&](const auto& entry) { return entry.second.expires_at < limit; });
}

}  // namespace confab::store
