// EventTable: the SQL of the room log: events go in at the end, pages come out.
// Thread: append() and rolled_back() by whoever holds the writing connection; state() and page()
//         any, on a connection of their own.
// Owns:   the numbers and heads of rooms it has lately written to.
// Limits: kLogRoomsCached of these; when there are more all are forgotten, and read again.
// Invariant: a cached head is the one in the file, as long as this process alone writes events.
// Errors: SQLite::Exception, for SqliteDatabase to translate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "chat/room_access.hpp"
#include "chat/room_log.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {

class EventTable {
  public:
    // Stores what is new and completes each outcome. Inside a transaction of the caller, who says
    // so when it does not end well.
    void append(SqliteConnection& connection, std::span<chat::Outcome> outcomes);
    void rolled_back();

    [[nodiscard]] static chat::RoomState state(SqliteConnection& connection, const RoomName& name);
    [[nodiscard]] static chat::Page page(SqliteConnection& connection, const RoomName& room,
                                         const chat::PageRequest& request);

  private:
    struct Room {
        std::int64_t number = 0;
        Seq head = 0;
        bool changed = false;  // since the last update of its row
        chat::RoomAccess access;
    };

    [[nodiscard]] static std::optional<Error> refusal_of_first(SqliteConnection& connection,
                                                               const chat::Append& append);
    // Null: there is none.
    [[nodiscard]] Room* find(SqliteConnection& connection, const RoomName& name);
    [[nodiscard]] Room& make(SqliteConnection& connection, const chat::Append& append);
    void store(SqliteConnection& connection, chat::Outcome& outcome);
    static void mark_read(SqliteConnection& connection, const Room& room, chat::Outcome& outcome);
    [[nodiscard]] static bool may_store(SqliteConnection& connection, const Room& room,
                                        chat::Outcome& outcome);
    static void record(SqliteConnection& connection, Room& room, const chat::Append& append);
    void update_heads(SqliteConnection& connection);

    std::unordered_map<RoomName, Room> rooms_;
    std::vector<Room*> changed_;
};

}  // namespace confab::store
