#include "net/ws_deadlines.hpp"

#include <algorithm>

namespace confab::net {

void WsDeadlines::received(SteadyTime now, bool in_message, bool message_began) {
    received_at_ = now;
    ping_sent_at_.reset();
    if (!in_message) {
        message_since_.reset();
    } else if (message_began || !message_since_) {
        message_since_ = now;
    }
}

WsDeadlines::Due WsDeadlines::due(SteadyTime now, WallTime wall) const {
    if (closing_since_) {
        return now - *closing_since_ >= timeouts_.close ? Due::close_timeout : Due::nothing;
    }
    if (wall >= close_at_) return Due::close_at;
    if (output_since_ && now - *output_since_ >= timeouts_.stall) return Due::stall;
    if (message_since_ && now - *message_since_ >= timeouts_.assembly) return Due::message;
    if (ping_sent_at_) {
        return now - *ping_sent_at_ >= timeouts_.pong ? Due::peer_is_gone : Due::nothing;
    }
    return now - received_at_ >= timeouts_.ping_interval ? Due::ping : Due::nothing;
}

SteadyTime WsDeadlines::next(SteadyTime now, WallTime wall) const {
    if (closing_since_) return *closing_since_ + timeouts_.close;
    SteadyTime next =
        ping_sent_at_ ? *ping_sent_at_ + timeouts_.pong : received_at_ + timeouts_.ping_interval;
    if (output_since_) next = std::min(next, *output_since_ + timeouts_.stall);
    if (message_since_) next = std::min(next, *message_since_ + timeouts_.assembly);
    if (close_at_ != WallTime::max() && close_at_ - wall < next - now) {
        next = now + std::chrono::duration_cast<SteadyTime::duration>(close_at_ - wall);
    }
    return next;
}

}  // namespace confab::net
