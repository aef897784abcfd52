#include "net/loop.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/transmitter.hpp"

namespace confab::net {

using metrics::Id;

struct Loop::Periodic final : TimerWheel::Timer {
    Periodic(Loop& owner, std::chrono::milliseconds every, std::function<void()> what)
        : loop(owner), interval(every), task(std::move(what)) {}
    void on_timer() override {
        task();
        loop.timers_.schedule(*this, loop.clock_.steady_now() + interval);
    }
    Loop& loop;
    const std::chrono::milliseconds interval;
    const std::function<void()> task;
};

Loop::Loop(LoopIndex index, const Clock& clock, metrics::Shard& metrics, bool want_io_uring)
    : index_(index),
      want_io_uring_(want_io_uring),
      clock_(clock),
      metrics_(metrics),
      timers_(clock.steady_now()),
      read_buffer_(kLoopReadBufferBytes),
      scratch_(kLoopReadBufferBytes),
      sender_(std::make_unique<SendmsgTransmitter>(), metrics),
      context_(1),
      poller_(context_),
      ticker_(context_),
      next_tick_(std::chrono::steady_clock::now()),
      retry_timer_(context_) {}

// Tasks may hold sessions, and a session must not outlive the event loop of its socket.
Loop::~Loop() {
    drop_tasks();
}

ws::Inflater& Loop::inflater() {
    if (!inflater_) inflater_ = std::make_unique<ws::Inflater>();
    return *inflater_;
}

void Loop::post(Mailbox::Task task) {
    metrics_.add(Id::mailbox_tasks);
    if (mailbox_.put(std::move(task)) == Mailbox::Put::queued_wake_owner) wake();
}

bool Loop::try_post(Mailbox::Task task) {
    switch (mailbox_.try_put(std::move(task))) {
        case Mailbox::Put::full:
            metrics_.add(Id::mailbox_overflows);
            return false;
        case Mailbox::Put::queued_wake_owner:
            wake();
            break;
        case Mailbox::Put::queued:
            break;
    }
    metrics_.add(Id::mailbox_tasks);
    return true;
}

void Loop::wake() {
    boost::asio::post(context_, [this] {
        const std::size_t count = mailbox_.run_all();
        metrics_.sub(Id::mailbox_tasks, static_cast<std::int64_t>(count));
    });
}

void Loop::mark_dirty(TurnEnd& object) {
    if (object.is_linked()) return;
    // Posted behind every handler that is ready now: they all belong to this turn.
    if (dirty_.empty()) boost::asio::post(context_, [this] { flush_dirty(); });
    dirty_.push_back(object);
}

void Loop::flush_dirty() {
    // What becomes dirty while flushing belongs to the next turn.
    decltype(dirty_) turn;
    turn.swap(dirty_);
    while (!turn.empty()) {
        TurnEnd& object = turn.front();
        turn.pop_front();
        object.on_turn_end();
    }
    sender_.flush();
}

void Loop::every(std::chrono::milliseconds interval, std::function<void()> task) {
    periodic_.push_back(std::make_unique<Periodic>(*this, interval, std::move(task)));
    timers_.schedule(*periodic_.back(), clock_.steady_now() + interval);
}

void Loop::retry_soon(Retry& object) {
    if (object.is_linked()) return;
    const bool first = retries_.empty();
    retries_.push_back(object);
    if (!first) return;
    retry_timer_.expires_after(kRetryDelay);
    retry_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) run_retries();
    });
}

void Loop::run_retries() {
    decltype(retries_) waiting;
    waiting.swap(retries_);
    while (!waiting.empty()) {
        Retry& object = waiting.front();
        waiting.pop_front();
        object.on_retry();
    }
}

void Loop::defer(std::function<void()> task) {
    boost::asio::post(context_, std::move(task));
}

void Loop::add(Session& session) {
    sessions_.push_back(session);
}

void Loop::drain_sessions() {
    // A session may end, and leave the list, while it is told.
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        (session++)->drain();
    }
}

void Loop::abort_sessions() {
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        (session++)->abort();
    }
}

void Loop::tick() {
    next_tick_ = std::chrono::steady_clock::now() + kTimerTick;
    ticker_.expires_at(next_tick_);
    ticker_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        // The ticker is always due at a known moment: how late it fires is how long a task waits.
        metrics_.loop_latency.observe(std::chrono::steady_clock::now() - next_tick_);
        timers_.advance(clock_.steady_now());
        tick();
    });
}

void Loop::run() {
    // Here, because a ring belongs to the thread that uses it.
    sender_.use(make_transmitter(want_io_uring_));
    poller_.start();
    tick();
    context_.run();
    do {
        abort_sessions();
        context_.restart();
        context_.poll();  // the handlers of what was aborted
    } while (has_sessions());
}

void Loop::stop() {
    context_.stop();
}

}  // namespace confab::net
