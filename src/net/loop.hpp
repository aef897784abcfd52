// Loop: one thread with its event loop, timers, mailbox and read buffer.
// Thread: post() and try_post() from any thread; everything else on the loop's own thread, and
//         before run() begins.
// Owns:   the io_context, the set of sockets, the timing wheel, the mailbox, one shared read
//         buffer, the batch of what is sent at the end of a turn.
// Limits: the mailbox (net/mailbox.hpp); kLoopReadBufferBytes are read at most in one call.
// Invariants: (1) a session lives on one loop for life. (2) what is marked dirty during a turn is
//             flushed once, after the handlers that were ready together: all of it describes what
//             it has to send, then all is sent. (3) the read buffer's content is only valid inside
//             the handler that filled it.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "metrics/metrics.hpp"
#include "net/batch_sender.hpp"
#include "net/mailbox.hpp"
#include "net/poller.hpp"
#include "net/timer_wheel.hpp"
#include "ws/inflater.hpp"

namespace confab::net {

// Something that wants to be called once at the end of the turn in which it was marked dirty, to
// add what it has to send to the loop's batch. It must not call anybody else's handler.
class TurnEnd : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    virtual void on_turn_end() = 0;

  protected:
    ~TurnEnd() = default;
};

// Something that waits for room and asks again a little later.
class Retry : public boost::intrusive::list_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                  boost::intrusive::tag<struct RetryTag>> {
  public:
    virtual void on_retry() = 0;

  protected:
    ~Retry() = default;
};

// A connection, as the loop sees it when the server stops.
class Session : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    // Finish what is under way, say goodbye, then end.
    virtual void drain() = 0;
    // End now.
    virtual void abort() = 0;

  protected:
    ~Session() = default;
};

class Loop {
  public:
    Loop(LoopIndex index, const Clock& clock, metrics::Shard& metrics, bool want_io_uring = true);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] LoopIndex index() const { return index_; }
    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    [[nodiscard]] Poller& poller() { return poller_; }
    [[nodiscard]] TimerWheel& timers() { return timers_; }
    [[nodiscard]] BatchSender& sender() { return sender_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] metrics::Shard& metrics() { return metrics_; }
    [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
    // Another one, for bytes on their way into or out of the read buffer.
    [[nodiscard]] std::span<char> scratch() { return scratch_; }
    // For compressed messages; made when the first connection agrees on it.
    [[nodiscard]] ws::Inflater& inflater();

    // The task runs on the loop's thread, in order with the others. try_post(): false when the
    // mailbox is full. Tasks left when the loop stops are destroyed without being run.
    void post(Mailbox::Task task);
    [[nodiscard]] bool try_post(Mailbox::Task task);
    // Destroys what waits without running it; after run(). A task may hold a session: all of them
    // must be gone before what a session refers to.
    void drop_tasks() { mailbox_.drop_all(); }
    // From any thread: how many tasks wait.
    [[nodiscard]] std::size_t waiting_tasks() const { return mailbox_.waiting(); }

    void mark_dirty(TurnEnd& object);

    // Calls the task about every `interval` from now on.
    void every(std::chrono::milliseconds interval, std::function<void()> task);

    // Calls on_retry() once, after about kRetryDelay.
    void retry_soon(Retry& object);
    // Runs the task behind the handler that is running now.
    void defer(std::function<void()> task);

    void add(Session& session);
    [[nodiscard]] bool has_sessions() const { return !sessions_.empty(); }
    void drain_sessions();
    void abort_sessions();

    // Blocks until stop(); then ends the sessions that are left.
    void run();
    void stop();

  private:
    struct Periodic;
    void wake();
    void tick();
    void flush_dirty();
    void run_retries();

    const LoopIndex index_;
    const bool want_io_uring_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    TimerWheel timers_;
    Mailbox mailbox_;
    std::vector<char> read_buffer_;
    std::vector<char> scratch_;
    std::unique_ptr<ws::Inflater> inflater_;
    BatchSender sender_;
    boost::intrusive::list<TurnEnd, boost::intrusive::constant_time_size<false>> dirty_;
    boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions_;
    std::vector<std::unique_ptr<Periodic>> periodic_;
    boost::asio::io_context context_;  // ends before what its handlers refer to
    Poller poller_;
    boost::asio::steady_timer ticker_;
    SteadyTime next_tick_;
    boost::asio::steady_timer retry_timer_;
    boost::intrusive::list<Retry,
                           boost::intrusive::base_hook<boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                               boost::intrusive::tag<struct RetryTag>>>,
                           boost::intrusive::constant_time_size<false>>
        retries_;
};

}  // namespace confab::net
