// RoomLogs: the room log of each loop: all in one SQLite file, or each in the memory of its loop.
// Thread: made and stopped on the main thread; side() and what it returns on that loop; the rest
//         from any.
// Owns:   the logs.
// Limits: those of the logs.
// Invariant: what was taken is stored before stop() returns.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "chat/loop_post.hpp"
#include "chat/room_log.hpp"
#include "metrics/metrics.hpp"
#include "store/memory_room_list.hpp"
#include "store/memory_room_log.hpp"
#include "store/sqlite_room_log.hpp"

namespace confab::app {

class RoomLogs {
  public:
    // `database` null: in memory. Everything referred to outlives this.
    RoomLogs(store::SqliteDatabase* database, chat::LoopPost& loops, std::size_t loop_count,
             const Clock& clock, metrics::Shard& metrics);

    [[nodiscard]] chat::RoomLog& side(LoopIndex loop);
    [[nodiscard]] chat::RoomList& room_list(LoopIndex loop);
    // Whether nobody should say anything new for a moment.
    [[nodiscard]] bool is_busy() const;
    [[nodiscard]] std::size_t waiting() const;
    void stop();

  private:
    std::vector<std::unique_ptr<store::MemoryRoomLog>> in_memory_;
    std::vector<std::unique_ptr<store::MemoryRoomList>> lists_in_memory_;
    std::unique_ptr<store::SqliteRoomLog> on_disk_;
};

}  // namespace confab::app
