// RoomTable: the SQL of the rooms themselves: where each stands, who may do what in it, and what
// was done to it.
// Thread: find() and access() any, on a connection of its own; the rest by whoever holds the
//         writing connection.
// Owns:   nothing.
// Limits: those of chat/room_access.hpp.
// Invariant: at the end of each transaction the tables say what the events of the room say.
// Errors: SQLite::Exception, for SqliteDatabase to translate.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "chat/room_access.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {

class RoomTable {
  public:
    struct Row {
        std::int64_t number = 0;  // 0: there is no such room
        chat::LogState state;
        chat::RoomSettings settings;
    };

    [[nodiscard]] static Row find(SqliteConnection& connection, const RoomName& name);
    [[nodiscard]] static chat::RoomAccess access(SqliteConnection& connection, const RoomName& name,
                                                 const Row& row);
    // The room of this first event is there from now on, under the number that is returned.
    [[nodiscard]] static std::int64_t make(SqliteConnection& connection, const chat::Append& first);
    // How many rooms the user has made in which somebody still is; counts no further than `most`.
    [[nodiscard]] static std::size_t made_by(SqliteConnection& connection, const UserId& user,
                                             std::size_t most);
    // The event has been stored with its seq, and `access` follows from it.
    static void record(SqliteConnection& connection, std::int64_t room,
                       const chat::RoomAccess& access, const chat::Append& append);
    // The same of the deletion of somebody else's message.
    static void note_removal(SqliteConnection& connection, const chat::Append& append);
    static void set_head(SqliteConnection& connection, std::int64_t room, Seq head);
};

}  // namespace confab::store
