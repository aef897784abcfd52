// Loop: one thread with its event loop, timers, mailbox and read buffer.
// Thread: post() and try_post() from any thread; everything else on the loop's own thread, and
//         before run() begins.
// Owns:   the io_context, the timing wheel, the mailbox, one shared read buffer.
// Limits: the mailbox (net/mailbox.hpp); kLoopReadBufferBytes are read at most in one call.
// Invariants: (1) a session lives on one loop for life. (2) what is marked dirty during a turn is
//             flushed once, after the handlers that were ready together. (3) the read buffer's
//             content is only valid inside the handler that filled it.
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
#include "net/mailbox.hpp"
#include "net/timer_wheel.hpp"

namespace confab::net {

// Something that wants to be called once at the end of the turn in which it was marked dirty.
class TurnEnd : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    virtual void on_turn_end() = 0;

  protected:
    ~TurnEnd() = default;
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
    Loop(LoopIndex index, const Clock& clock, metrics::Shard& metrics);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] LoopIndex index() const { return index_; }
    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    [[nodiscard]] TimerWheel& timers() { return timers_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] metrics::Shard& metrics() { return metrics_; }
    [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

    // The task runs on the loop's thread, in order with the others. try_post(): false when the
    // mailbox is full. Tasks left when the loop stops are destroyed without being run.
    void post(Mailbox::Task task);
    [[nodiscard]] bool try_post(Mailbox::Task task);
    // From any thread: how many tasks wait.
    [[nodiscard]] std::size_t waiting_tasks() const { return mailbox_.waiting(); }

    void mark_dirty(TurnEnd& object);

    // Calls the task about every `interval` from now on.
    void every(std::chrono::milliseconds interval, std::function<void()> task);

    // Calls the task once, after about kRetryDelay.
    void retry_soon(std::function<void()> task);

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
    const Clock& clock_;
    metrics::Shard& metrics_;
    TimerWheel timers_;
    Mailbox mailbox_;
    std::vector<char> read_buffer_;
    boost::intrusive::list<TurnEnd, boost::intrusive::constant_time_size<false>> dirty_;
    boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions_;
    std::vector<std::unique_ptr<Periodic>> periodic_;
    boost::asio::io_context context_;  // ends before what its handlers refer to
    boost::asio::steady_timer ticker_;
    SteadyTime next_tick_;
    boost::asio::steady_timer retry_timer_;
    std::vector<std::function<void()>> retries_;
};

}  // namespace confab::net
