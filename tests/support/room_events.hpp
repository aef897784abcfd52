// RoomEvents: events for the log of rooms, stored without a server.
// Thread: one at a time.
// Owns:   nothing.
// Limits: none.
// Invariant: every append is a transaction of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "store/event_table.hpp"
#include "store/sqlite_database.hpp"

namespace confab::test {

class RoomEvents {
  public:
    RoomEvents(store::SqliteDatabase& database, store::EventTable& table)
        : database_(database), table_(table) {}

    void append(const std::string& room, int count, WallTime at = {},
                const std::string& body = "text") {
        append(std::vector<std::string>(static_cast<std::size_t>(count), room), at, body);
    }
    // One event for each name.
    void append(const std::vector<std::string>& rooms, WallTime at = {},
                const std::string& body = "text") {
        std::vector<chat::Outcome> batch;
        for (const std::string& room : rooms) {
            chat::Append append{*RoomName::parse(room), {}, {}};
            append.event.id = ids_.next(at);
            append.event.from = std::make_shared<const chat::User>(chat::User{UserId("u"), "U"});
            append.event.at = at;
            append.event.body = SharedBytes::copy_of(body);
            batch.push_back({std::move(append), false, std::nullopt});
        }
        const auto done =
            database_.write<void>([&](store::SqliteConnection& connection) -> Result<void> {
                table_.append(connection, batch);
                return {};
            });
        EXPECT_TRUE(done.has_value());
    }
    chat::LogState state(const std::string& room) {
        return database_
            .read<chat::LogState>([&](store::SqliteConnection& connection) {
                return store::EventTable::state(connection, *RoomName::parse(room)).log;
            })
            .value();
    }

  private:
    store::SqliteDatabase& database_;
    store::EventTable& table_;
    UuidSource ids_;
};

}  // namespace confab::test
