#include "net/ws_session.hpp"

#include <utility>

#include "base/assert.hpp"
#include "net/close_metric.hpp"
#include "ws/frame.hpp"

namespace confab::net {

using metrics::Id;

WsSession::WsSession(Parts parts, ConnectionContext& context)
    : stream_(std::move(parts.stream)),
      context_(context),
      slot_(std::move(parts.slot)),
      address_(std::move(parts.address)),
      handler_(std::move(parts.handler)),
      reader_(context.options.ws.reader, parts.deflate ? &context.loop.inflater() : nullptr),
      deadlines_(context.options.ws.timeouts, context.loop.clock().steady_now()) {
    context_.loop.metrics().add(Id::connections_websocket);
}

WsSession::~WsSession() {
    context_.loop.metrics().sub(Id::connections_websocket);
}

void WsSession::start(Parts parts, Pollable& before, ConnectionContext& context,
                      const SharedBytes& answer, std::string early) {
    // Owned by itself from here on; end() sees to its destruction.
    auto* session = new WsSession(std::move(parts), context);
    context.loop.poller().hand_over(session->stream_.socket(), before, *session);
    context.loop.add(*session);
    session->open(answer, std::move(early));
}

void WsSession::open(const SharedBytes& answer, std::string early) {
    push_first(answer);
    flush_now();
    if (state_ == State::ended) return;
    handler_->on_open(*this);
    if (context_.draining) close(ws::CloseCode::going_away, "server is going away");
    if (!early.empty()) take({early.data(), early.size()});
    if (state_ == State::ended) return;
    plan_timer();
    update_interest();
    if (stream_.has_input()) read_all();
}

void WsSession::close(ws::CloseCode code, std::string_view reason) {
    close(code, reason, close_metric(code));
}

void WsSession::close(ws::CloseCode code, std::string_view reason, Id counted) {
    if (state_ != State::open) return;
    context_.loop.metrics().add(counted);
    seal();
    push_close(ws::encode_close(code, reason));
    leave_open(State::closing);
}

void WsSession::close_at(WallTime when, ws::CloseCode code, std::string_view reason_literal) {
    deadlines_.close_at(when);
    plan_close(code, reason_literal);
}

void WsSession::close_in(std::chrono::milliseconds time, ws::CloseCode code,
                         std::string_view reason_literal) {
    deadlines_.close_in(context_.loop.clock().steady_now(), time);
    plan_close(code, reason_literal);
}

void WsSession::plan_close(ws::CloseCode code, std::string_view reason_literal) {
    close_at_code_ = code;
    close_at_reason_ = reason_literal;
    plan_timer();
}

// A broken peer gets its Close, and no more attention.
void WsSession::fail(ws::CloseCode code, std::string_view reason) {
    if (state_ == State::ended) return;
    close(code, reason);
    state_ = State::finishing;
}

// Too slow: what waits is dropped, so that nothing can follow the hole but the Close.
void WsSession::cut_off() {
    drop_unstarted();
    pong_ = {};
    fail(ws::CloseCode::too_slow, "reading too slowly");
}

// Without a Close when the frame that has begun cannot be finished, or a Close was said already.
void WsSession::on_cut_off() {
    const bool can_go_on = drop_chunks();
    if (can_go_on && state_ == State::open) return cut_off();
    if (state_ == State::open) context_.loop.metrics().add(Id::closed_too_slow);
    end();
}

void WsSession::leave_open(State next) {
    state_ = next;
    deadlines_.closing(context_.loop.clock().steady_now());
    plan_timer();
    context_.loop.mark_dirty(*this);
    context_.loop.defer([this] { tell_closed(); });
}

void WsSession::tell_closed() {
    // A local: the handler may reach this session while it leaves.
    if (const auto handler = std::move(handler_)) handler->on_closed();
}

void WsSession::on_timer() {
    const Clock& clock = context_.loop.clock();
    meet_deadline(deadlines_.due(clock.steady_now(), clock.wall_now()));
    if (state_ != State::ended) plan_timer();
}

void WsSession::meet_deadline(WsDeadlines::Due due) {
    using Due = WsDeadlines::Due;
    switch (due) {
        case Due::nothing:
            break;
        case Due::ping:
            deadlines_.ping_sent(context_.loop.clock().steady_now());
            enqueue(ws::encode_frame(ws::Opcode::ping, {}));
            break;
        case Due::peer_is_gone:
            context_.loop.metrics().add(Id::closed_ping_timeout);
            end();  // nobody is there to say goodbye to
            break;
        case Due::message:
            fail(ws::CloseCode::policy_violation, "message not complete in time");
            break;
        case Due::stall:
            cut_off();
            break;
        case Due::close_at:
            close(close_at_code_, close_at_reason_);
            break;
        case Due::close_timeout:
            end();
            break;
    }
}

void WsSession::plan_timer() {
    const Clock& clock = context_.loop.clock();
    const SteadyTime next = deadlines_.next(clock.steady_now(), clock.wall_now());
    context_.loop.timers().schedule(*this, next);
}

void WsSession::drain() {
    if (state_ != State::open) return;
    constexpr auto kReason = "server is going away";
    const auto grace = handler_->on_drain();
    if (grace.count() == 0) return close(ws::CloseCode::going_away, kReason);
    close_in(grace, ws::CloseCode::going_away, kReason);
}

void WsSession::abort() {
    end();
}

void WsSession::end() {
    if (state_ == State::ended) return;
    state_ = State::ended;  // for good: nobody may set another one
    Session::unlink();
    TimerWheel::cancel(*this);
    Retry::unlink();
    (void)context_.loop.poller().set_interest(stream_.socket(), *this, 0);
    // Behind whoever called us, and behind the batch that may name our socket: only then is the
    // number of the descriptor free for somebody else.
    context_.loop.defer([this] {
        tell_closed();
        delete this;
    });
}

}  // namespace confab::net
