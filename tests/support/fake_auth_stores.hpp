// Fake stores: the two ports of auth in maps, with a switch that makes every call fail.
// Thread: any; one mutex each.
// Owns:   what was stored.
// Limits: none; for tests.
// Invariant: behaves as the ports say; tests/contract proves the real ones.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/account.hpp"
#include "auth/refresh_family.hpp"

namespace confab::test {

inline Error store_down() {
    return Error(ErrorKind::unavailable, "store_unavailable");
}

class FakeAccountStore final : public auth::AccountStore {
  public:
    std::atomic<bool> down = false;
    // Called once, without the lock, after the next search by e-mail: for races.
    std::function<void()> after_find_by_email;

    Result<void> create_account(const auth::Account& account) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        for (const auto& [id, other] : accounts_) {
            if (other.email == account.email) {
                return Error(ErrorKind::conflict, "email_taken");
            }
        }
        accounts_[account.id] = account;
        return {};
    }
    Result<std::optional<auth::Account>> find_account_by_email(
        std::string_view canonical_email) override {
        if (down) return store_down();
        std::optional<auth::Account> found;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [id, account] : accounts_) {
                if (account.email == canonical_email) found = account;
            }
        }
        if (auto hook = take(after_find_by_email)) hook();
        return found;
    }
    Result<std::optional<auth::Account>> find_account(const UserId& id) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        const auto found = accounts_.find(id);
        if (found == accounts_.end()) return std::optional<auth::Account>();
        return std::optional<auth::Account>(found->second);
    }
    Result<void> set_password_hash(const UserId& id, const Secret& hash) override {
        return change(id, [&](auth::Account& account) { account.password_hash = hash; });
    }
    Result<void> set_disabled(const UserId& id, bool disabled) override {
        return change(id, [&](auth::Account& account) { account.disabled = disabled; });
    }
    Result<void> set_moderator(const UserId& id, bool is_moderator) override {
        return change(id, [&](auth::Account& account) { account.is_moderator = is_moderator; });
    }
    Result<std::vector<auth::Account>> list_accounts(std::string_view after_email,
                                                     std::size_t limit) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        std::map<std::string, auth::Account> by_email;
        for (const auto& [id, account] : accounts_) {
            if (account.email > after_email) by_email[account.email] = account;
        }
        std::vector<auth::Account> page;
        for (const auto& [email, account] : by_email) {
            if (page.size() < limit) page.push_back(account);
        }
        return page;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return accounts_.size();
    }

  private:
    std::function<void()> take(std::function<void()>& hook) {
        const std::lock_guard lock(mutex_);
        return std::exchange(hook, nullptr);
    }
    Result<void> change(const UserId& id, const std::function<void(auth::Account&)>& how) {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        const auto found = accounts_.find(id);
        if (found == accounts_.end()) return Error(ErrorKind::not_found, "account_unknown");
        how(found->second);
        return {};
    }

    mutable std::mutex mutex_;  // guards accounts_ and the hook
    std::map<UserId, auth::Account> accounts_;
};

class FakeRefreshStore final : public auth::RefreshStore {
  public:
    std::atomic<bool> down = false;
    std::atomic<int> rotations = 0;
    // Called once, without the lock, before the next rotation: for races.
    std::function<void()> before_rotate;

    Result<void> create_family(const auth::RefreshFamily& family, std::string_view token_hash,
                               WallTime issued_at) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        families_[family.id] = family;
        tokens_[std::string(token_hash)] = {family.id, issued_at, std::nullopt, {}};
        return {};
    }
    Result<std::optional<auth::RefreshToken>> find_token(std::string_view token_hash) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        const auto found = tokens_.find(std::string(token_hash));
        if (found == tokens_.end()) return std::optional<auth::RefreshToken>();
        auth::RefreshToken token;
        token.family = families_.at(found->second.family);
        token.issued_at = found->second.issued_at;
        token.used_at = found->second.used_at;
        token.successor_used = !found->second.successor.empty() &&
                               tokens_.at(found->second.successor).used_at.has_value();
        return std::optional<auth::RefreshToken>(std::move(token));
    }
    Result<bool> rotate(std::string_view token_hash, std::string_view successor_hash,
                        WallTime now) override {
        if (down) return store_down();
        if (auto hook = take(before_rotate)) hook();
        const std::lock_guard lock(mutex_);
        const auto found = tokens_.find(std::string(token_hash));
        if (found == tokens_.end() || found->second.used_at ||
            families_.at(found->second.family).revoked_at) {
            return false;
        }
        found->second.used_at = now;
        found->second.successor = successor_hash;
        tokens_[std::string(successor_hash)] = {found->second.family, now, std::nullopt, {}};
        ++rotations;
        return true;
    }
    Result<void> revoke_family(std::string_view family_id, WallTime now) override {
        return revoke([&](const auto& family) { return family.id == family_id; }, now);
    }
    Result<void> revoke_user(const UserId& user, std::string_view except_family_id,
                             WallTime now) override {
        return revoke(
            [&](const auto& family) {
                return family.user == user && family.id != except_family_id;
            },
            now);
    }
    Result<std::optional<auth::RefreshFamily>> find_family(std::string_view family_id) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        const auto found = families_.find(std::string(family_id));
        if (found == families_.end()) return std::optional<auth::RefreshFamily>();
        return std::optional<auth::RefreshFamily>(found->second);
    }
    Result<std::vector<auth::RefreshFamily>> revoked_since(WallTime since,
                                                           std::size_t limit) override {
        if (down) return store_down();
        std::vector<auth::RefreshFamily> revoked;
        for (const auto& family : families()) {
            if (family.revoked_at && *family.revoked_at >= since) revoked.push_back(family);
        }
        std::stable_sort(revoked.begin(), revoked.end(), [](const auto& a, const auto& b) {
            return *a.revoked_at < *b.revoked_at;
        });
        if (revoked.size() > limit) revoked.resize(limit);
        return revoked;
    }
    Result<std::size_t> remove_expired_families(WallTime now) override {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        std::erase_if(tokens_, [&](const auto& entry) {
            return families_.at(entry.second.family).expires_at < now;
        });
        return std::erase_if(families_,
                             [&](const auto& entry) { return entry.second.expires_at < now; });
    }

    // What is kept of tokens: the texts by which they are found.
    [[nodiscard]] std::vector<std::string> stored_texts() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> texts;
        for (const auto& [hash, token] : tokens_)
            texts.push_back(hash);
        return texts;
    }
    [[nodiscard]] std::vector<auth::RefreshFamily> families() const {
        const std::lock_guard lock(mutex_);
        std::vector<auth::RefreshFamily> all;
        for (const auto& [id, family] : families_)
            all.push_back(family);
        return all;
    }

  private:
    struct Token {
        std::string family;
        WallTime issued_at{};
        std::optional<WallTime> used_at;
        std::string successor;
    };

    std::function<void()> take(std::function<void()>& hook) {
        const std::lock_guard lock(mutex_);
        return std::exchange(hook, nullptr);
    }
    Result<void> revoke(const std::function<bool(const auth::RefreshFamily&)>& which,
                        WallTime now) {
        if (down) return store_down();
        const std::lock_guard lock(mutex_);
        for (auto& [id, family] : families_) {
            if (which(family) && !family.revoked_at) family.revoked_at = now;
        }
        return {};
    }

    mutable std::mutex mutex_;  // guards both maps and the hook
    std::map<std::string, auth::RefreshFamily> families_;
    std::map<std::string, Token> tokens_;
};

}  // namespace confab::test
