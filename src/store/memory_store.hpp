// MemoryStore: accounts and refresh families in memory, for `--store memory` and for tests.
// Thread: any; a call never blocks for long.
// Owns:   everything it was given; gone with the process.
// Limits: kMemoryAccountsMax, kMemoryFamiliesMax, kMemoryTokensMax (or those in the options); a
//         write beyond is refused with `store_full` (unavailable).
// Invariant: answers as SqliteStore does; tests/contract runs one suite against both.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "auth/account.hpp"
#include "auth/refresh_family.hpp"
#include "base/limits.hpp"

namespace confab::store {

class MemoryStore final : public auth::AccountStore, public auth::RefreshStore {
  public:
    struct Options {
        std::size_t accounts_max = kMemoryAccountsMax;
        std::size_t families_max = kMemoryFamiliesMax;
        std::size_t tokens_max = kMemoryTokensMax;
    };

    MemoryStore() : options_{} {}
    explicit MemoryStore(Options options) : options_(options) {}

    [[nodiscard]] Result<void> create_account(const auth::Account& account) override;
    [[nodiscard]] Result<std::optional<auth::Account>> find_account_by_email(
        std::string_view canonical_email) override;
    [[nodiscard]] Result<std::optional<auth::Account>> find_account(const UserId& id) override;
    [[nodiscard]] Result<void> set_password_hash(const UserId& id, const Secret& hash) override;
    [[nodiscard]] Result<void> set_disabled(const UserId& id, bool disabled) override;
    [[nodiscard]] Result<void> set_moderator(const UserId& id, bool is_moderator) override;
    [[nodiscard]] Result<std::vector<auth::Account>> list_accounts(std::string_view after_email,
                                                                   std::size_t limit) override;

    [[nodiscard]] Result<void> create_family(const auth::RefreshFamily& family,
                                             std::string_view token_hash,
                                             WallTime issued_at) override;
    [[nodiscard]] Result<std::optional<auth::RefreshToken>> find_token(
        std::string_view token_hash) override;
    [[nodiscard]] Result<bool> rotate(std::string_view token_hash, std::string_view successor_hash,
                                      WallTime now) override;
    [[nodiscard]] Result<void> revoke_family(std::string_view family_id, WallTime now) override;
    [[nodiscard]] Result<void> revoke_user(const UserId& user, std::string_view except_family_id,
                                           WallTime now) override;
    [[nodiscard]] Result<std::optional<auth::RefreshFamily>> find_family(
        std::string_view family_id) override;
    [[nodiscard]] Result<std::vector<auth::RefreshFamily>> revoked_since(
        WallTime since, std::size_t limit) override;
    [[nodiscard]] Result<std::size_t> remove_expired_families(WallTime now) override;

  private:
    void revoke(auth::RefreshFamily& family, WallTime now);

    struct Token {
        std::string family_id;
        WallTime issued_at{};
        std::optional<WallTime> used_at;
        std::string successor;
    };

    const Options options_;
    std::mutex mutex_;                                            // guards everything below
    std::map<std::string, auth::Account, std::less<>> accounts_;  // by e-mail
    std::unordered_map<UserId, std::string> emails_;
    std::map<std::string, auth::RefreshFamily, std::less<>> families_;
    std::multimap<UserId, std::string> families_by_user_;
    std::set<std::pair<WallTime, std::string>> families_by_revocation_;
    std::map<std::string, Token, std::less<>> tokens_;  // by hash
};

}  // namespace confab::store
