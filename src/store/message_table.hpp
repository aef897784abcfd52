// MessageTable: the SQL of what becomes of messages: edits, deletions, reactions.
// Thread: record(), forget() and target_of() by whoever holds the writing connection; fold() any,
//         on a connection of its own.
// Owns:   nothing.
// Limits: those of chat/message_rules.hpp.
// Invariant: the tables say what the events of the room say, at the end of each transaction; a
//            deleted message has lost its text, in its own row and in those of its edits.
// Errors: SQLite::Exception, for SqliteDatabase to translate.
#pragma once

#include <cstdint>

#include "chat/message_rules.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {

class MessageTable {
  public:
    // What the event is about, before it is stored.
    [[nodiscard]] static chat::Target target_of(SqliteConnection& connection, std::int64_t room,
                                                const chat::LogEvent& event);
    // The event has been stored with its seq.
    static void record(SqliteConnection& connection, std::int64_t room,
                       const chat::LogEvent& event);
    // All that was before `begin` is gone, messages and what happened to them.
    static void forget(SqliteConnection& connection, std::int64_t room, std::int64_t begin);
    // Makes a page of events one of messages.
    static void fold(SqliteConnection& connection, std::int64_t room,
                     const chat::PageRequest& request, chat::Page& page);
};

}  // namespace confab::store
