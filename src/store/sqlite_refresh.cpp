// The refresh families of SqliteStore.
#include "base/limits.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_store.hpp"
#include "store/store_errors.hpp"

namespace confab::store {
namespace {

// Columns 0 to 4 of the row: id, user_id, created_at, expires_at, revoked_at.
auth::RefreshFamily family_at(const Query& row) {
    auth::RefreshFamily family;
    family.id = row.text_at(0);
    family.user = UserId(row.text_at(1));
    family.created_at = row.time_at(2);
    family.expires_at = row.time_at(3);
    family.revoked_at = row.optional_time_at(4);
    return family;
}

std::size_t insert_token(SqliteConnection& connection, std::string_view hash,
                         std::string_view family_id, WallTime issued_at) {
    return connection
        .query(
            "INSERT INTO refresh_tokens (hash, family_id, issued_at) VALUES (?, ?, ?) "
            "ON CONFLICT DO NOTHING")
        .blob(hash)
        .text(family_id)
        .time(issued_at)
        .run();
}

// The family of a token that may be exchanged.
std::optional<std::string> family_to_rotate(SqliteConnection& connection,
                                            std::string_view token_hash) {
    Query row = connection.query(
        "SELECT t.family_id FROM refresh_tokens t JOIN refresh_families f ON f.id = t.family_id "
        "WHERE t.hash = ? AND t.used_at IS NULL AND f.revoked_at IS NULL");
    if (!row.blob(token_hash).step()) return std::nullopt;
    return row.text_at(0);
}

}  // namespace

Result<void> SqliteStore::create_family(const auth::RefreshFamily& family,
                                        std::string_view token_hash, WallTime issued_at) {
    return database_->write<void>([&](SqliteConnection& connection) -> Result<void> {
        const std::size_t families =
            connection
                .query(
                    "INSERT INTO refresh_families (id, user_id, created_at, expires_at, "
                    "revoked_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
                .text(family.id)
                .text(family.user.text())
                .time(family.created_at)
                .time(family.expires_at)
                .optional_time(family.revoked_at)
                .run();
        if (families == 0) return family_exists();
        if (insert_token(connection, token_hash, family.id, issued_at) == 0) return family_exists();
        return {};
    });
}

Result<std::optional<auth::RefreshToken>> SqliteStore::find_token(std::string_view token_hash) {
    using Answer = std::optional<auth::RefreshToken>;
    return database_->read<Answer>([&](SqliteConnection& connection) -> Answer {
        Query row = connection.query(
            "SELECT f.id, f.user_id, f.created_at, f.expires_at, f.revoked_at, t.issued_at, "
            "t.used_at, s.used_at IS NOT NULL FROM refresh_tokens t "
            "JOIN refresh_families f ON f.id = t.family_id "
            "LEFT JOIN refresh_tokens s ON s.hash = t.successor WHERE t.hash = ?");
        if (!row.blob(token_hash).step()) return std::nullopt;
        auth::RefreshToken token;
        token.family = family_at(row);
        token.issued_at = row.time_at(5);
        token.used_at = row.optional_time_at(6);
        token.successor_used = row.integer_at(7) != 0;
        return token;
    });
}

Result<bool> SqliteStore::rotate(std::string_view token_hash, std::string_view successor_hash,
                                 WallTime now) {
    return database_->write<bool>([&](SqliteConnection& connection) -> Result<bool> {
        // The transaction holds the write lock from its beginning, so nobody comes in between.
        const auto family_id = family_to_rotate(connection, token_hash);
        if (!family_id) return false;
        connection.query("UPDATE refresh_tokens SET used_at = ?, successor = ? WHERE hash = ?")
            .time(now)
            .blob(successor_hash)
            .blob(token_hash)
            .run();
        if (insert_token(connection, successor_hash, *family_id, now) == 0) return family_exists();
        return true;
    });
}

Result<void> SqliteStore::revoke_family(std::string_view family_id, WallTime now) {
    return database_->write<void>([&](SqliteConnection& connection) -> Result<void> {
        connection
            .query("UPDATE refresh_families SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
            .time(now)
            .text(family_id)
            .run();
        return {};
    });
}

Result<void> SqliteStore::revoke_user(const UserId& user, std::string_view except_family_id,
                                      WallTime now) {
    return database_->write<void>([&](SqliteConnection& connection) -> Result<void> {
        connection
            .query(
                "UPDATE refresh_families SET revoked_at = ? WHERE user_id = ? AND id <> ? AND "
                "revoked_at IS NULL")
            .time(now)
            .text(user.text())
            .text(except_family_id)
            .run();
        return {};
    });
}

Result<std::optional<auth::RefreshFamily>> SqliteStore::find_family(std::string_view family_id) {
    using Answer = std::optional<auth::RefreshFamily>;
    return database_->read<Answer>([&](SqliteConnection& connection) -> Answer {
        Query row = connection.query(
            "SELECT id, user_id, created_at, expires_at, revoked_at FROM refresh_families "
            "WHERE id = ?");
        if (!row.text(family_id).step()) return std::nullopt;
        return family_at(row);
    });
}

Result<std::vector<auth::RefreshFamily>> SqliteStore::revoked_since(WallTime since,
                                                                    std::size_t limit) {
    using Answer = std::vector<auth::RefreshFamily>;
    return database_->read<Answer>([&](SqliteConnection& connection) -> Answer {
        Query row = connection.query(
            "SELECT id, user_id, created_at, expires_at, revoked_at FROM refresh_families "
            "WHERE revoked_at >= ? ORDER BY revoked_at, id LIMIT ?");
        row.time(since).integer(static_cast<std::int64_t>(limit));
        Answer families;
        while (row.step()) {
            families.push_back(family_at(row));
        }
        return families;
    });
}

Result<std::size_t> SqliteStore::remove_expired_families(WallTime now) {
    std::size_t removed = 0;
    while (true) {
        // In pieces, so that a login does not wait for the whole of it.
        auto piece =
            database_->write<std::size_t>([&](SqliteConnection& connection) -> Result<std::size_t> {
                return connection
                    .query(
                        "DELETE FROM refresh_families WHERE id IN (SELECT id FROM "
                        "refresh_families WHERE expires_at < ? LIMIT ?)")
                    .time(now)
                    .integer(static_cast<std::int64_t>(kExpiredFamiliesPerWrite))
                    .run();
            });
        if (piece.has_error()) return piece.error();
        removed += *piece;
        if (*piece < kExpiredFamiliesPerWrite) return removed;
    }
}

}  // namespace confab::store
