// LogUpkeep: what the log of the rooms needs besides being written to, when it is in a SQLite file.
// Thread: everything on the main thread; the work is done on two of its own, so that a long pass of
//         the retention holds up no mark.
// Owns:   these threads, the timers, and what they do.
// Limits: of each kind of work one runs and one waits; what comes meanwhile is left out.
// Invariants: (1) nobody reads the log before it is known whether its life goes on. (2) a pass goes
//             by the rules as they are when it begins.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "store/log_life.hpp"
#include "store/retention.hpp"

namespace confab::app {

class LogUpkeep {
  public:
    // `database` null: the log is in memory, and there is nothing to do. Throws std::runtime_error
    // with a text for the operator.
    LogUpkeep(store::SqliteDatabase* database, const std::string& data_dir,
              boost::asio::io_context& main, const Clock& clock, metrics::Shard& metrics,
              log::Logger& logger);

    void start(const store::Retention::Policy& policy);
    // For passes from now on, and one at once when they are others.
    void set_policy(const store::Retention::Policy& policy);
    // After the log has stopped, so that what it stored last is marked.
    void stop();

  private:
    void begin_life();
    void mark();
    void mark_again_later();
    void pass();
    void pass_again_later();

    const Clock& clock_;
    log::Logger& logger_;
    std::optional<store::LogLife> life_;
    bool marks_ = true;  // the last mark was written; of the thread, or when it has ended
    std::optional<store::Retention> retention_;
    std::mutex mutex_;  // guards policy_
    store::Retention::Policy policy_;
    boost::asio::steady_timer mark_timer_;
    boost::asio::steady_timer retention_timer_;
    WorkerPool mark_worker_;
    WorkerPool retention_worker_;
};

}  // namespace confab::app
