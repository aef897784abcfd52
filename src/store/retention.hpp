// Retention: deletes what is older, or more, than is to be kept of each room.
// Thread: pass() one at a time, on a thread that may block; stop() any.
// Owns:   nothing.
// Limits: kRetentionEventsPerWrite events, of however many rooms, in one transaction, with all
//         reactions to them;
//         kRetentionRowsPerRead rows in one read. Between two transactions all who wait to write
//         have their turn.
// Invariants: (1) of a room its oldest events go, never one behind an event that stays; where it
//             begins is moved in the same transaction. (2) its head stays, so no seq comes again.
//             (3) a rule of 0 takes nothing away.
// Errors: those of the database; what was deleted until then stays deleted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "metrics/metrics.hpp"
#include "store/sqlite_database.hpp"

namespace confab::store {

class Retention {
  public:
    struct Rules {
        std::chrono::milliseconds age{0};
        std::uint64_t events = 0;  // of one room
        std::uint64_t bytes = 0;   // of the texts of one room
        bool operator==(const Rules&) const = default;
    };
    // For each kind of room.
    struct Policy {
        Rules public_rooms{};
        Rules private_rooms{};
        Rules direct_rooms{};
        bool operator==(const Policy&) const = default;
        [[nodiscard]] const Rules& of(RoomKind kind) const {
            if (kind == RoomKind::public_room) return public_rooms;
            return kind == RoomKind::private_room ? private_rooms : direct_rooms;
        }
    };

    Retention(SqliteDatabase& database, metrics::Shard& metrics);

    // Returns how many events are gone.
    [[nodiscard]] Result<std::uint64_t> pass(const Policy& policy, WallTime now);
    // Ends a pass after the transaction that it is in, and every later one.
    void stop() { stopped_ = true; }

  private:
    struct Room {
        std::int64_t number = 0;
        RoomKind kind = RoomKind::public_room;
        std::int64_t head = 0;
        std::int64_t oldest = 1;
    };

    struct Cut {
        std::int64_t room = 0;
        std::int64_t begin = 0;  // seq of the oldest event that stays
    };

    [[nodiscard]] Result<std::int64_t> begin_of_kept(const Rules& rules, WallTime now, Room room);
    [[nodiscard]] Result<std::int64_t> first_within(std::uint64_t bytes, const Room& room);
    [[nodiscard]] Result<std::int64_t> first_since(WallTime time, WallTime now, const Room& room);
    [[nodiscard]] Result<void> cut(Room room, std::int64_t begin);
    [[nodiscard]] Result<void> remove();

    SqliteDatabase& database_;
    metrics::Shard& metrics_;
    std::atomic<bool> stopped_ = false;
    // Of the pass that runs.
    std::vector<Cut> cuts_;  // of the next transaction
    std::int64_t events_cut_ = 0;
    std::uint64_t deleted_ = 0;
};

}  // namespace confab::store
