#include "net/ws_session.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/assert.hpp"
#include "net/close_metric.hpp"
#include "net/socket_io.hpp"
#include "ws/frame.hpp"

namespace confab::net {

using boost::asio::ip::tcp;
using metrics::Id;

WsSession::WsSession(tcp::socket socket, ConnectionContext& context, ConnectionCap::Slot slot,
                     std::unique_ptr<WsHandler> handler)
    : socket_(std::move(socket)),
      context_(context),
      slot_(std::move(slot)),
      handler_(std::move(handler)),
      reader_(context.ws.reader),
      deadlines_(context.ws.timeouts, context.loop.clock().steady_now()) {
    context_.loop.metrics().add(Id::connections_websocket);
}

WsSession::~WsSession() {
    context_.loop.metrics().sub(Id::connections_websocket);
}

void WsSession::start(const SharedBytes& answer, std::string early) {
    self_ = shared_from_this();
    context_.loop.add(*this);
    outbox_.push_last(answer);
    flush();  // alone and first: nothing may drop it any more
    if (state_ == State::ended) return;
    handler_->on_open(*this);
    if (context_.draining) close(ws::CloseCode::going_away, "server is going away");
    if (!early.empty()) take({early.data(), early.size()});
    if (state_ == State::ended) return;
    plan_timer();
    wait_readable();
}

void WsSession::wait_readable() {
    if (input_done_ || state_ == State::ended) return;
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                           if (error || self->state_ == State::ended) return;
                           self->on_readable();
                       });
}

void WsSession::on_readable() {
    if (state_ == State::open && !handler_->wants_input()) {
        // It stays in the socket, and the sender waits, until there is room for it.
        return context_.loop.retry_soon([weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && self->state_ != State::ended) {
                self->on_readable();
            }
        });
    }
    const auto buffer = context_.loop.read_buffer().first(kWsReadBytesPerTurn);
    const IoStep step = receive_some(socket_.native_handle(), buffer);
    if (step.what == IoStep::What::ended) {
        if (state_ == State::open) context_.loop.metrics().add(Id::closed_abrupt);
        return end();
    }
    if (step.what == IoStep::What::moved) {
        context_.loop.metrics().add(Id::bytes_received, static_cast<std::int64_t>(step.bytes));
        take(buffer.first(step.bytes));
    }
    wait_readable();
}

void WsSession::take(std::span<char> bytes) {
    if (state_ == State::finishing) return;  // thrown away: only the end of input matters now
    const bool was_in_message = reader_.in_message();
    message_ended_ = false;
    if (const auto failure = reader_.feed(bytes, *this)) {
        return fail(failure->code, failure->reason);
    }
    if (state_ == State::ended) return;
    const SteadyTime now = context_.loop.clock().steady_now();
    const bool in_message = reader_.in_message();
    deadlines_.received(now, in_message, !was_in_message || message_ended_);
    if (in_message) {
        context_.loop.timers().schedule_sooner(*this, now + context_.ws.timeouts.assembly);
    }
}

bool WsSession::on_message(ws::Opcode kind, std::string_view payload) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    message_ended_ = true;
    if (state_ != State::open) return true;
    if (kind == ws::Opcode::text) handler_->on_text(payload);
    if (kind == ws::Opcode::binary) handler_->on_binary(payload);
    return state_ != State::ended;  // a write to this very peer may have failed meanwhile
}

bool WsSession::on_ping(std::string_view payload) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    if (state_ != State::open) return true;
    pong_ = ws::encode_frame(ws::Opcode::pong, payload);
    context_.loop.mark_dirty(*this);
    return true;
}

bool WsSession::on_pong(std::string_view) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    return true;  // that it came is enough: received_at_
}

bool WsSession::on_close(std::optional<std::uint16_t> code, std::string_view) {
    if (state_ == State::ended) return false;
    if (state_ == State::open) {
        context_.loop.metrics().add(Id::closed_by_peer);
        // RFC 6455 section 5.5.1: the answer typically echoes the code.
        outbox_.push_last(code ? ws::encode_close(ws::CloseCode{*code}, {})
                               : ws::encode_frame(ws::Opcode::close, {}));
        leave_open(State::finishing);
    } else {
        state_ = State::finishing;
        context_.loop.mark_dirty(*this);
    }
    input_done_ = true;  // RFC 6455 section 5.5.1: nothing follows a Close
    return false;
}

void WsSession::send(const SharedBytes& frame) {
    if (state_ == State::open) enqueue(frame);
}

void WsSession::enqueue(const SharedBytes& frame) {
    if (!outbox_.push(frame, context_.ws.outbox)) {
        // Full within one turn says nothing about the reader: what the socket takes does.
        flush();
        if (state_ != State::open) return;
        if (!outbox_.push(frame, context_.ws.outbox)) return cut_off();
    }
    context_.loop.mark_dirty(*this);
}

void WsSession::close(ws::CloseCode code, std::string_view reason) {
    if (state_ != State::open) return;
    context_.loop.metrics().add(close_metric(code));
    outbox_.push_last(ws::encode_close(code, reason));
    leave_open(State::closing);
}

void WsSession::close_at(WallTime when, ws::CloseCode code, std::string_view reason_literal) {
    deadlines_.close_at(when);
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
    outbox_.drop_unstarted();
    pong_ = {};
    fail(ws::CloseCode::too_slow, "reading too slowly");
}

void WsSession::leave_open(State next) {
    state_ = next;
    deadlines_.closing(context_.loop.clock().steady_now());
    plan_timer();
    context_.loop.mark_dirty(*this);
}

void WsSession::on_turn_end() {
    const auto self = shared_from_this();
    if (state_ == State::open && !pong_.empty()) enqueue(std::exchange(pong_, {}));
    if (state_ != State::ended && !writable_pending_) flush();
    if (state_ != State::open && handler_) {
        // A local: the handler may reach this session while it leaves.
        const auto handler = std::move(handler_);
        handler->on_closed();
    }
}

void WsSession::flush() {
    std::array<iovec, 64> parts;
    while (!outbox_.empty()) {
        const IoStep step =
            send_some(socket_.native_handle(), std::span(parts).first(outbox_.gather(parts)));
        if (step.what == IoStep::What::would_block) return wait_writable();
        if (step.what == IoStep::What::ended) {
            if (state_ == State::open) context_.loop.metrics().add(Id::closed_abrupt);
            return end();
        }
        outbox_.consume(step.bytes);
        if (deadlines_.output_waits()) deadlines_.output_moved(context_.loop.clock().steady_now());
        context_.loop.metrics().add(Id::bytes_sent, static_cast<std::int64_t>(step.bytes));
    }
    deadlines_.output_done();
    on_flushed();
}

void WsSession::wait_writable() {
    const bool waiting_already = std::exchange(writable_pending_, true);
    if (!deadlines_.output_waits()) {
        deadlines_.output_moved(context_.loop.clock().steady_now());
        plan_timer();
    }
    if (waiting_already) return;
    socket_.async_wait(tcp::socket::wait_write,
                       [self = shared_from_this()](boost::system::error_code error) {
                           self->writable_pending_ = false;
                           if (error || self->state_ == State::ended) return;
                           self->flush();
                       });
}

void WsSession::on_flushed() {
    if (state_ != State::finishing) return;
    if (input_done_) return end();
    // The peer broke the rules and may still be sending: closing now would reset the connection
    // before it has read the Close. It gets the end of our side and close_timeout to go.
    if (std::exchange(send_shut_down_, true)) return;
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void WsSession::on_timer() {
    const auto self = shared_from_this();
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
    close(ws::CloseCode::going_away, "server is going away");
}

void WsSession::abort() {
    const auto self = shared_from_this();
    end();
    on_turn_end();  // there will be no other turn
}

void WsSession::end() {
    if (state_ == State::ended) return;
    CONFAB_ASSERT(self_);
    state_ = State::ended;  // for good: nobody may set another one
    Session::unlink();
    TimerWheel::cancel(*this);
    boost::system::error_code ignored;
    socket_.close(ignored);
    // The handler is told when whoever called us has returned.
    boost::asio::post(context_.loop.context(), [self = std::move(self_)] { self->on_turn_end(); });
}

}  // namespace confab::net
