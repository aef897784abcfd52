// ReadTable: the SQL of what users have read, of whom messages name, of the rooms of one user, and
//         of what accounts are called.
// Thread: rooms_of() and names_of() any, on a connection of their own; the rest by whoever holds
//         the writing connection; mentions_of() and text_of() any.
// Owns:   nothing.
// Limits: those of chat/room_list.hpp; kUnreadScanned events of a room, and
//         kUnreadScannedInAll of all, are looked at for what is unread.
// Invariants: (1) a marker never goes back. (2) whom a message names is known here for as long as
//             the message is kept and not deleted.
// Errors: SQLite::Exception, for SqliteDatabase to translate.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chat/log_event.hpp"
#include "chat/room_list.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {

class ReadTable {
  public:
    using Mentions = std::shared_ptr<const std::vector<UserId>>;

    // As a message keeps them: one in a line. Nobody is no text.
    [[nodiscard]] static Mentions mentions_of(const std::string& text);
    [[nodiscard]] static std::optional<std::string> text_of(const Mentions& mentions);

    // The user has read up to `seq`; returns the marker as it is now.
    [[nodiscard]] static Seq mark(SqliteConnection& connection, std::int64_t room,
                                  const UserId& user, Seq seq);
    // The message, which names somebody, has been stored with its seq; it is deleted; all before
    // `begin` is gone.
    static void mention(SqliteConnection& connection, std::int64_t room,
                        const chat::LogEvent& message);
    static void forget(SqliteConnection& connection, std::int64_t room, Seq message);
    static void forget_before(SqliteConnection& connection, std::int64_t room, std::int64_t begin);

    [[nodiscard]] static std::vector<chat::RoomOverview> rooms_of(SqliteConnection& connection,
                                                                  const UserId& user, WallTime now);
    // Those of accounts; whom an outside issuer knows has none here.
    [[nodiscard]] static chat::RoomList::Names names_of(SqliteConnection& connection,
                                                        const std::vector<UserId>& users);
};

}  // namespace confab::store
