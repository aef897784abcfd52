#include "app/log_upkeep.hpp"

#include <filesystem>
#include <stdexcept>

#include "base/limits.hpp"

namespace confab::app {

using Start = store::LogLife::Start;

LogUpkeep::LogUpkeep(store::SqliteDatabase* database, const std::string& data_dir,
                     boost::asio::io_context& main, const Clock& clock, log::Logger& logger)
    : logger_(logger),
      mark_timer_(main),
      worker_({.name = "log upkeep", .threads = 1, .queue_max = 1, .wait_max = kWorkerWaitMax},
              clock) {
    if (database == nullptr) return;
    life_.emplace(*database, (std::filesystem::path(data_dir) / "confab.mark").string());
    begin_life();
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

void LogUpkeep::start() {
    if (life_) mark_again_later();
}

void LogUpkeep::mark_again_later() {
    mark_timer_.expires_after(kLogMarkInterval);
    mark_timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        // A worker that is busy: the next time is soon enough.
        (void)worker_.submit([this](WorkerPool::Turn turn) {
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
    worker_.stop();
    if (life_) mark();
}

}  // namespace confab::app
