// Account: a registered person, and the store that keeps accounts.
// Thread: Account is a value. AccountStore may be called from several threads at once; calls block,
//         so never from an event loop.
// Owns:   its fields.
// Limits: lengths are checked before a store sees them (auth/account_service.hpp).
// Invariants: (1) `email` is canonical (lower case) and unique in the store. (2) `id` never
//             changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::auth {

struct Account {
    UserId id;
    std::string email;
    std::string full_name;
    std::int32_t age = 0;
    std::string date_of_birth;  // RFC 3339, as given
    std::string gender;
    std::string phone_number;  // E.164
    Secret password_hash;      // PHC string
    bool disabled = false;
    bool is_moderator = false;  // of all public rooms
    WallTime created_at{};      // whole seconds
};

class AccountStore {
  public:
    virtual ~AccountStore() = default;

    // Errors: `email_taken` (conflict); `store_unavailable` (unavailable), here and below.
    [[nodiscard]] virtual Result<void> create_account(const Account& account) = 0;
    [[nodiscard]] virtual Result<std::optional<Account>> find_account_by_email(
        std::string_view canonical_email) = 0;
    [[nodiscard]] virtual Result<std::optional<Account>> find_account(const UserId& id) = 0;
    // Errors: `account_unknown` (not_found).
    [[nodiscard]] virtual Result<void> set_password_hash(const UserId& id, const Secret& hash) = 0;
    [[nodiscard]] virtual Result<void> set_disabled(const UserId& id, bool disabled) = 0;
    [[nodiscard]] virtual Result<void> set_moderator(const UserId& id, bool is_moderator) = 0;
    // At most `limit` accounts in the order of their e-mail, those after `after_email` ("" = from
    // the first).
    [[nodiscard]] virtual Result<std::vector<Account>> list_accounts(std::string_view after_email,
                                                                     std::size_t limit) = 0;
};

}  // namespace confab::auth
