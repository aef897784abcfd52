#include "store/sqlite_room_log.hpp"

#include <utility>

#include "store/read_table.hpp"
#include "store/sqlite_database.hpp"

namespace confab::store {

using metrics::Id;

// What one loop sees.
class SqliteRoomLog::Side final : public chat::RoomLog, public chat::RoomList {
  public:
    Side(SqliteRoomLog& log, LoopIndex loop) : log_(log), loop_(loop) {}

    void set_sink(Sink& sink) override { sink_ = &sink; }
    bool append(chat::Append append) override {
        if (!log_.writer_.append(loop_, std::move(append))) {
            log_.metrics_.add(Id::log_refused);
            return false;
        }
        wake_writer_later();
        return true;
    }
    bool is_busy() const override { return log_.writer_.is_busy(); }
    void open(const RoomName&) override {}  // the file remembers
    void close(const RoomName&) override {}
    void state(const RoomName& room, std::function<void(Result<chat::RoomState>)> done) override {
        log_.ask<chat::RoomState>(
            loop_,
            [room](SqliteConnection& connection) { return EventTable::state(connection, room); },
            std::move(done));
    }
    void page(const RoomName& room, const chat::PageRequest& request,
              std::function<void(Result<chat::Page>)> done) override {
        log_.ask<chat::Page>(
            loop_,
            [room, request](SqliteConnection& connection) {
                return EventTable::page(connection, room, request);
            },
            std::move(done));
    }
    void rooms_of(const UserId& user, Done done) override {
        log_.ask<std::vector<chat::RoomOverview>>(
            loop_,
            [user, now = log_.clock_.wall_now()](SqliteConnection& connection) {
                return ReadTable::rooms_of(connection, user, now);
            },
            std::move(done));
    }
    void names_of(std::vector<UserId> users,
                  std::function<void(const Result<Names>&)> done) override {
        log_.ask<Names>(
            loop_,
            [users = std::move(users)](SqliteConnection& connection) {
                return ReadTable::names_of(connection, users);
            },
            std::move(done));
    }
    void tell(std::vector<chat::Outcome>& outcomes) { sink_->on_logged(outcomes); }

  private:
    // Behind what the loop has to do now, so that its whole turn becomes one transaction.
    void wake_writer_later() {
        if (is_waking_) return;
        is_waking_ = true;
        log_.loops_.post(loop_, [this] {
            is_waking_ = false;
            log_.writer_.wake();
        });
    }

    SqliteRoomLog& log_;
    const LoopIndex loop_;
    bool is_waking_ = false;
    Sink* sink_ = nullptr;
};

SqliteRoomLog::SqliteRoomLog(SqliteDatabase& database, chat::LoopPost& loops,
                             std::size_t loop_count, const Clock& clock, metrics::Shard& metrics)
    : database_(database),
      loops_(loops),
      clock_(clock),
      metrics_(metrics),
      readers_({.name = "log reader",
                .threads = kLogReaders,
                .queue_max = kLogReadsMax,
                .wait_max = kWorkerWaitMax},
               clock),
      writer_(loop_count, {.commit = [this](std::vector<chat::Outcome>& batch) { commit(batch); },
                           .deliver =
                               [this](LoopIndex loop, std::vector<chat::Outcome> outcomes) {
                                   deliver(loop, std::move(outcomes));
                               }}) {
    for (LoopIndex loop = 0; loop < loop_count; ++loop)
        sides_.push_back(std::make_unique<Side>(*this, loop));
}

SqliteRoomLog::~SqliteRoomLog() {
    stop();
}

chat::RoomLog& SqliteRoomLog::side(LoopIndex loop) {
    return *sides_[loop];
}

chat::RoomList& SqliteRoomLog::room_list(LoopIndex loop) {
    return *sides_[loop];
}

void SqliteRoomLog::stop() {
    writer_.stop();
    readers_.stop();
}

void SqliteRoomLog::commit(std::vector<chat::Outcome>& batch) {
    const auto done = database_.write<void>([&](SqliteConnection& connection) -> Result<void> {
        table_.append(connection, batch);
        return {};
    });
    metrics_.add(Id::log_commits);
    std::int64_t stored = 0;
    if (!done) {
        table_.rolled_back();
        for (chat::Outcome& outcome : batch) {
            outcome.append.event.seq = 0;
            outcome.error = done.error();
        }
        metrics_.add(Id::log_failed, static_cast<std::int64_t>(batch.size()));
        return;
    }
    std::int64_t repeated = 0;
    for (const chat::Outcome& outcome : batch) {
        stored += outcome.is_new() ? 1 : 0;
        repeated += outcome.repeated ? 1 : 0;
    }
    metrics_.add(Id::log_stored, stored);
    metrics_.add(Id::log_repeated, repeated);
}

void SqliteRoomLog::deliver(LoopIndex loop, std::vector<chat::Outcome> outcomes) {
    // Shared, because a task can be copied.
    auto held = std::make_shared<std::vector<chat::Outcome>>(std::move(outcomes));
    loops_.post(loop, [side = sides_[loop].get(), held] { side->tell(*held); });
}

template <class T, class Work>
void SqliteRoomLog::ask(LoopIndex loop, Work work, std::function<void(Result<T>)> done) {
    auto answer = [this, loop, done = std::move(done)](Result<T> result) {
        auto held = std::make_shared<Result<T>>(std::move(result));
        loops_.post(loop, [done, held] { done(std::move(*held)); });
    };
    const bool taken = readers_.submit([this, work, answer](WorkerPool::Turn turn) {
        if (turn == WorkerPool::Turn::too_late) return answer(chat::log_busy());
        answer(database_.read<T>(work));
    });
    if (taken) {
        metrics_.add(Id::log_reads);
    } else {
        metrics_.add(Id::log_refused);
        answer(chat::log_busy());
    }
}

}  // namespace confab::store
