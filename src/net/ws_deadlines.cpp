#include "net/ws_deadlines.hpp"

#include <algorithm>

namespace confab::net {

void WsDeadlines::received(SteadyTime now, bool in_message, bool message_began) {
    received_at_ = now;
    ping_sent_at_ = kNever;
    if (!in_message) {
        message_since_ = kNever;
    } else if (message_began || message_since_ == kNever) {
        message_since_ = now;
    }
}

void WsDeadlines::input_resumed(SteadyTime now) {
    const auto pause = now - paused_since_;
    paused_since_ = kNever;
    received_at_ += pause;
    if (ping_sent_at_ != kNever) ping_sent_at_ += pause;
    if (message_since_ != kNever) message_since_ += pause;
}

void WsDeadlines::close_at(WallTime when) {
    close_at_ = when;
    close_in_ = kNever;
}

void WsDeadlines::close_in(SteadyTime now, std::chrono::milliseconds time) {
    close_at_ = WallTime::max();
    close_in_ = now + time;
}

WsDeadlines::Due WsDeadlines::due(SteadyTime now, WallTime wall) const {
    if (closing_since_ != kNever) {
        return now - closing_since_ >= timeouts_.close ? Due::close_timeout : Due::nothing;
    }
    if (wall >= close_at_ || now >= close_in_) return Due::close_at;
    if (output_waits() && now - output_since_ >= timeouts_.stall) return Due::stall;
    if (paused_since_ != kNever) return Due::nothing;
    if (message_since_ != kNever && now - message_since_ >= timeouts_.assembly) {
        return Due::message;
    }
    if (ping_sent_at_ != kNever) {
        return now - ping_sent_at_ >= timeouts_.pong ? Due::peer_is_gone : Due::nothing;
    }
    return now - received_at_ >= timeouts_.ping_interval ? Due::ping : Due::nothing;
}

SteadyTime WsDeadlines::next(SteadyTime now, WallTime wall) const {
    if (closing_since_ != kNever) return closing_since_ + timeouts_.close;
    SteadyTime next = now + timeouts_.ping_interval;  // to look at the wall clock, if nothing else
    if (paused_since_ == kNever) {
        next = ping_sent_at_ != kNever ? ping_sent_at_ + timeouts_.pong
                                       : received_at_ + timeouts_.ping_interval;
        if (message_since_ != kNever) next = std::min(next, message_since_ + timeouts_.assembly);
    }
    next = std::min(next, close_in_);
    if (output_waits()) next = std::min(next, output_since_ + timeouts_.stall);
    if (close_at_ != WallTime::max() && close_at_ - wall < next - now) {
        next = now + std::chrono::duration_cast<SteadyTime::duration>(close_at_ - wall);
    }
    return next;
}

}  // namespace confab::net
