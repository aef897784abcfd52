// WsDeadlines: what has to happen on a WebSocket by a certain time; it decides, others act.
// Thread: its session's loop.
// Owns:   the moments it was told.
// Limits: WsTimeouts.
// Invariants: (1) next() is never later than the moment at which due() would say something.
//             (2) the wall clock is used for close_at() only, and looked at again at least every
//             ping interval, should it be moved; close_in() takes no notice of it.
#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace confab::net {

struct WsTimeouts {
    std::chrono::milliseconds assembly = kWsAssemblyTimeout;    // begin to end of one message
    std::chrono::milliseconds ping_interval = kWsPingInterval;  // of silence, until we ask
    std::chrono::milliseconds pong = kWsPongTimeout;            // from asking to any sign of life
    std::chrono::milliseconds close = kWsCloseTimeout;          // from our Close to the end
    std::chrono::milliseconds stall = kOutboxStallTimeout;      // without a byte being taken
};

class WsDeadlines {
  public:
    enum class Due {
        nothing,
        ping,           // send one, then ping_sent()
        peer_is_gone,   // no answer to it
        message,        // one has been incomplete for too long
        stall,          // the peer does not read
        close_at,       // the moment given to close_at() or close_in() has come
        close_timeout,  // the close handshake takes too long
    };

    // `timeouts` must outlive the object.
    WsDeadlines(const WsTimeouts& timeouts, SteadyTime now)
        : timeouts_(timeouts), received_at_(now) {}

    // Something came from the peer; `in_message`: it ends inside of a message, which began now
    // when `message_began`.
    void received(SteadyTime now, bool in_message, bool message_began);
    // We do not read for a while: until then the peer's silence is ours.
    void input_paused(SteadyTime now) { paused_since_ = now; }
    void input_resumed(SteadyTime now);
    void ping_sent(SteadyTime now) { ping_sent_at_ = now; }
    // Output waits, and something of it was just taken or it has just begun to wait.
    void output_moved(SteadyTime now) { output_since_ = now; }
    void output_done() { output_since_ = kNever; }
    [[nodiscard]] bool output_waits() const { return output_since_ != kNever; }
    void closing(SteadyTime now) { closing_since_ = now; }
    // The last of these two that was called is the one that counts.
    void close_at(WallTime when);
    void close_in(SteadyTime now, std::chrono::milliseconds time);

    [[nodiscard]] Due due(SteadyTime now, WallTime wall) const;
    // When to ask again.
    [[nodiscard]] SteadyTime next(SteadyTime now, WallTime wall) const;

  private:
    static constexpr SteadyTime kNever = SteadyTime::max();

    const WsTimeouts& timeouts_;
    SteadyTime received_at_;
    SteadyTime paused_since_ = kNever;
    SteadyTime ping_sent_at_ = kNever;
    SteadyTime message_since_ = kNever;
    SteadyTime output_since_ = kNever;
    SteadyTime closing_since_ = kNever;
    WallTime close_at_ = WallTime::max();
    SteadyTime close_in_ = kNever;
};

}  // namespace confab::net
