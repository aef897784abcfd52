// SqliteRoomLog: the room log of all loops, in one SQLite file.
// Thread: side() and room_list() give each loop its own; stop() and waiting() from any.
// Owns:   the writer's thread, kLogReaders threads that read, one side for each loop.
// Limits: those of LogWriter; kLogReadsMax questions wait, at most kWorkerWaitMax: then `log_busy`.
// Invariant: answers reach a loop through its mailbox, in the order in which they were found.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "chat/loop_post.hpp"
#include "chat/room_list.hpp"
#include "chat/room_log.hpp"
#include "metrics/metrics.hpp"
#include "store/event_table.hpp"
#include "store/log_writer.hpp"

namespace confab::store {

class SqliteDatabase;

class SqliteRoomLog {
  public:
    // All of these outlive it; `loops` is not called before side() was.
    SqliteRoomLog(SqliteDatabase& database, chat::LoopPost& loops, std::size_t loop_count,
                  const Clock& clock, metrics::Shard& metrics);
    ~SqliteRoomLog();

    [[nodiscard]] chat::RoomLog& side(LoopIndex loop);
    [[nodiscard]] chat::RoomList& room_list(LoopIndex loop);
    // Stores what waits, then takes nothing more.
    void stop();
    [[nodiscard]] bool is_busy() const { return writer_.is_busy(); }
    // Events that are not stored yet.
    [[nodiscard]] std::size_t waiting() const { return writer_.waiting(); }

  private:
    class Side;

    void commit(std::vector<chat::Outcome>& batch);
    void deliver(LoopIndex loop, std::vector<chat::Outcome> outcomes);
    template <class T, class Work>
    void ask(LoopIndex loop, Work work, std::function<void(Result<T>)> done);

    SqliteDatabase& database_;
    chat::LoopPost& loops_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    EventTable table_;  // of the writer's thread
    std::vector<std::unique_ptr<Side>> sides_;
    WorkerPool readers_;
    LogWriter writer_;
};

}  // namespace confab::store
