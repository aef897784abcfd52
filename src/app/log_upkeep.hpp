// LogUpkeep: what the log of the rooms needs besides being written to, when it is in a SQLite file.
// Thread: made, started and stopped on the main thread; the work is done on one of its own.
// Owns:   that thread, the timers, and what it does there.
// Limits: each kind of work waits or runs once; who comes meanwhile is left out until next time.
// Invariant: nobody reads the log before it is known whether its life goes on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "log/log.hpp"
#include "store/log_life.hpp"

namespace confab::app {

class LogUpkeep {
  public:
    // `database` null: the log is in memory, and there is nothing to do. Throws std::runtime_error
    // with a text for the operator.
    LogUpkeep(store::SqliteDatabase* database, const std::string& data_dir,
              boost::asio::io_context& main, const Clock& clock, log::Logger& logger);

    void start();
    // After the log has stopped, so that what it stored last is marked.
    void stop();

  private:
    void begin_life();
    void mark();
    void mark_again_later();

    log::Logger& logger_;
    std::optional<store::LogLife> life_;
    bool marks_ = true;  // the last mark was written; of the thread, or when it has ended
    boost::asio::steady_timer mark_timer_;
    WorkerPool worker_;
};

}  // namespace confab::app
