// The accounts of SqliteStore.
#include <algorithm>
#include <limits>

#include "store/sqlite_database.hpp"
#include "store/sqlite_store.hpp"
#include "store/store_errors.hpp"

// One list of columns for every SELECT, in the order account_at() reads them.
#define CONFAB_ACCOUNT_COLUMNS                                                        \
    "id, email, full_name, age, date_of_birth, gender, phone_number, password_hash, " \
    "disabled, created_at, moderator"

namespace confab::store {
namespace {

auth::Account account_at(const Query& row) {
    auth::Account account;
    account.id = UserId(row.text_at(0));
    account.email = row.text_at(1);
    account.full_name = row.text_at(2);
    account.age = static_cast<std::int32_t>(row.integer_at(3));
    account.date_of_birth = row.text_at(4);
    account.gender = row.text_at(5);
    account.phone_number = row.text_at(6);
    account.password_hash = Secret(row.text_at(7));
    account.disabled = row.integer_at(8) != 0;
    account.created_at = row.time_at(9);
    account.is_moderator = row.integer_at(10) != 0;
    return account;
}

std::optional<auth::Account> first_account(Query& rows) {
    if (!rows.step()) return std::nullopt;
    return account_at(rows);
}

bool email_exists(SqliteConnection& connection, std::string_view email) {
    return connection.query("SELECT 1 FROM accounts WHERE email = ?").text(email).step();
}

template <std::size_t size>
Result<void> set_flag(SqliteDatabase& database, const char (&sql)[size], const UserId& id,
                      bool value) {
    return database.write<void>([&](SqliteConnection& connection) -> Result<void> {
        const std::size_t rows = connection.query(sql).integer(value ? 1 : 0).text(id.text()).run();
        if (rows == 0) return account_unknown();
        return {};
    });
}

}  // namespace

Result<void> SqliteStore::create_account(const auth::Account& account) {
    return database_->write<void>([&](SqliteConnection& connection) -> Result<void> {
        const std::size_t rows =
            connection
                .query("INSERT INTO accounts (" CONFAB_ACCOUNT_COLUMNS
                       ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
                .text(account.id.text())
                .text(account.email)
                .text(account.full_name)
                .integer(account.age)
                .text(account.date_of_birth)
                .text(account.gender)
                .text(account.phone_number)
                .text(account.password_hash.reveal())
                .integer(account.disabled ? 1 : 0)
                .time(account.created_at)
                .integer(account.is_moderator ? 1 : 0)
                .run();
        if (rows == 1) return {};
        return email_exists(connection, account.email) ? email_taken() : account_exists();
    });
}

Result<std::optional<auth::Account>> SqliteStore::find_account_by_email(
    std::string_view canonical_email) {
    return database_->read<std::optional<auth::Account>>([&](SqliteConnection& connection) {
        return first_account(
            connection.query("SELECT " CONFAB_ACCOUNT_COLUMNS " FROM accounts WHERE email = ?")
                .text(canonical_email));
    });
}

Result<std::optional<auth::Account>> SqliteStore::find_account(const UserId& id) {
    return database_->read<std::optional<auth::Account>>([&](SqliteConnection& connection) {
        return first_account(
            connection.query("SELECT " CONFAB_ACCOUNT_COLUMNS " FROM accounts WHERE id = ?")
                .text(id.text()));
    });
}

Result<void> SqliteStore::set_password_hash(const UserId& id, const Secret& hash) {
    return database_->write<void>([&](SqliteConnection& connection) -> Result<void> {
        const std::size_t rows =
            connection.query("UPDATE accounts SET password_hash = ? WHERE id = ?")
                .text(hash.reveal())
                .text(id.text())
                .run();
        if (rows == 0) return account_unknown();
        return {};
    });
}

Result<void> SqliteStore::set_disabled(const UserId& id, bool disabled) {
    return set_flag(*database_, "UPDATE accounts SET disabled = ? WHERE id = ?", id, disabled);
}

Result<void> SqliteStore::set_moderator(const UserId& id, bool is_moderator) {
    return set_flag(*database_, "UPDATE accounts SET moderator = ? WHERE id = ?", id, is_moderator);
}

Result<std::vector<auth::Account>> SqliteStore::list_accounts(std::string_view after_email,
                                                              std::size_t limit) {
    constexpr auto kLimitMax = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
    return database_->read<std::vector<auth::Account>>([&](SqliteConnection& connection) {
        std::vector<auth::Account> accounts;
        Query rows = connection.query("SELECT " CONFAB_ACCOUNT_COLUMNS
                                      " FROM accounts WHERE email > ? ORDER BY email LIMIT ?");
        rows.text(after_email).integer(static_cast<std::int64_t>(std::min(limit, kLimitMax)));
        while (rows.step())
            accounts.push_back(account_at(rows));
        return accounts;
    });
}

}  // namespace confab::store
