// Reader: a connection, as the feeds see it: it reads any number of them, each with a cursor.
// Thread: its loop.
// Owns:   the list of its subscriptions, not the subscriptions.
// Limits: none of its own; whoever subscribes bounds the number. What it holds of chunks counts in
//         the budget of the loop, and it is cut off when that is exceeded.
// Invariants: (1) a subscription is in the list of its reader from Feed::subscribe() to
//             Feed::unsubscribe(). (2) what it is told it only takes note of, and sends: no feed
//             gets or loses a subscription, and nothing is appended, before it returns.
#pragma once

#include <boost/intrusive/list.hpp>

#include "feed/subscription.hpp"

namespace confab::feed {

class Reader : public Budget::Holder {
  public:
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // There is something to read; called once, until something was read from that feed again.
    virtual void on_feed() = 0;
    // The feed has no room left in this very turn: read now, or lose what was not read.
    virtual void on_feed_full() = 0;
    // The loop's feeds have no room left, and this reader holds chunks that it does not get rid of:
    // it must let go of all of them before it returns.
    virtual void on_cut_off() = 0;

  protected:
    using Subscriptions =
        boost::intrusive::list<Subscription, boost::intrusive::base_hook<Subscription::Hook>,
                               boost::intrusive::constant_time_size<false>>;

    Reader() = default;
    ~Reader() override = default;
    [[nodiscard]] Subscriptions& subscriptions() { return subscriptions_; }

    // To be told after each write: it holds chunks, `rest` is of one of them; or none any more.
    void holds(const Rest& rest) { rest.budget().reader_holds(*this); }
    void holds_nothing() { Budget::Holder::unlink(); }

  private:
    friend class Feed;
    void give_way() final { on_cut_off(); }

    Subscriptions subscriptions_;
};

}  // namespace confab::feed
