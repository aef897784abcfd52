// SqliteStore: accounts and refresh families in one SQLite file.
// Thread: any; calls block (a write waits for the disk), so never from an event loop.
// Owns:   the database (store/sqlite_database.hpp).
// Limits: as there; remove_expired_families() holds the database for kExpiredFamiliesPerWrite
//         families at a time.
// Invariants: (1) an answer without an error means: it is on the disk. (2) after a fatal error
//             (failed sync, damaged file) on_fatal has been called once, every later write is
//             refused and reads go on.
// Errors besides those of the ports: `storage_full` (unavailable) from every write.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/account.hpp"
#include "auth/refresh_family.hpp"

namespace confab::store {

class SqliteDatabase;

class SqliteStore final : public auth::AccountStore, public auth::RefreshStore {
  public:
    struct Options {
        std::string path;    // of the database file; its directory is created when missing
        bool server = true;  // the server, which alone checkpoints; false: a tool beside it
        // Called once, from the thread whose write failed. `what` has no path and no SQL text.
        std::function<void(std::string_view what)> on_fatal;
    };

    // Throws std::runtime_error with a text for the operator.
    explicit SqliteStore(Options options);
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    // True once writing has ended for good.
    [[nodiscard]] bool failed() const;
    // For whatever else lives in the same file.
    [[nodiscard]] SqliteDatabase& database() { return *database_; }

    // sqlite_accounts.cpp
    [[nodiscard]] Result<void> create_account(const auth::Account& account) override;
    [[nodiscard]] Result<std::optional<auth::Account>> find_account_by_email(
        std::string_view canonical_email) override;
    [[nodiscard]] Result<std::optional<auth::Account>> find_account(const UserId& id) override;
    [[nodiscard]] Result<void> set_password_hash(const UserId& id, const Secret& hash) override;
    [[nodiscard]] Result<void> set_disabled(const UserId& id, bool disabled) override;
    [[nodiscard]] Result<void> set_moderator(const UserId& id, bool is_moderator) override;
    [[nodiscard]] Result<std::vector<auth::Account>> list_accounts(std::string_view after_email,
                                                                   std::size_t limit) override;

    // sqlite_refresh.cpp
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
    std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace confab::store
