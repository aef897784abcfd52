#include "app/log_upkeep.hpp"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/limits.hpp"

namespace confab::app {

using Start = store::LogLife::Start;

LogUpkeep::LogUpkeep(store::SqliteDatabase* database, const std::string& data_dir,
                     boost::asio::io_context& main, const Clock& clock, metrics::Shard& metrics,
                     log::Logger& logger)
    : clock_(clock),
      logger_(logger),
      mark_timer_(main),
      retention_timer_(main),
      mark_worker_({.name = "log mark", .threads = 1, .queue_max = 1, .wait_max = kWorkerWaitMax},
                   clock),
      retention_worker_(
          {.name = "retention", .threads = 1, .queue_max = 1, .wait_max = kRetentionInterval},
          clock) {
    if (database == nullptr) return;
    life_.emplace(*database, (std::filesystem::path(data_dir) / "confab.mark").string());
    begin_life();
    retention_.emplace(*database, metrics);
}

void LogUpkeep::begin_life() {
    const auto start = life_->begin();
    if (!start) throw std::runtime_error("cannot begin the log: " + start.error().detail);
    if (*start == Start::was_a_copy) {
        logger_.warn("log_new_epoch", {{"reason", "the database was restored from a backup"}});
    }
    if (*start == Start::went_back) {
        logger_.warn("log_new_epoch",
                     {{"reason",
                       "the database holds less than it did: an older one was put in its "
                       "place"}});
    }
    mark();
}

void LogUpkeep::start(const store::Retention::Policy& policy) {
    if (!life_) return;
    set_policy(policy);
    mark_again_later();
    pass_again_later();
}

void LogUpkeep::set_policy(const store::Retention::Policy& policy) {
    if (!retention_) return;
    {
        const std::lock_guard lock(mutex_);
        if (policy == std::exchange(policy_, policy)) return;
    }
    pass();
}

void LogUpkeep::pass_again_later() {
    retention_timer_.expires_after(kRetentionInterval);
    retention_timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        pass();
        pass_again_later();
    });
}

void LogUpkeep::pass() {
    // One that waits already will go by the same policy.
    (void)retention_worker_.submit([this](WorkerPool::Turn turn) {
        if (turn == WorkerPool::Turn::too_late) return;
        store::Retention::Policy policy;
        {
            const std::lock_guard lock(mutex_);
            policy = policy_;
        }
        const auto deleted = retention_->pass(policy, clock_.wall_now());
        if (!deleted) {
            logger_.warn("retention_failed", {{"reason", deleted.error().code}});
        } else if (*deleted > 0) {
            logger_.info("retention", {{"deleted", *deleted}});
        }
    });
}

void LogUpkeep::mark_again_later() {
    mark_timer_.expires_after(kLogMarkInterval);
    mark_timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        // A worker that is busy: the next time is soon enough.
        (void)mark_worker_.submit([this](WorkerPool::Turn turn) {
            if (turn == WorkerPool::Turn::run) mark();
        });
        mark_again_later();
    });
}

void LogUpkeep::mark() {
    const bool could = marks_;
    marks_ = life_->mark();
    if (could && !marks_) {
        logger_.warn(
            "log_mark_unwritten",
            {{"consequence", "an older database put in place of this one may stay unseen"}});
    }
}

void LogUpkeep::stop() {
    if (retention_) retention_->stop();
    retention_worker_.stop();
    mark_worker_.stop();
    if (life_) mark();
}

}  // namespace confab::app
