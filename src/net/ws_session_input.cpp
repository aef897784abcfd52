// WsSession, what comes in: readiness, messages, control frames, and how many of them may come.
#include <optional>
#include <utility>

#include "net/ws_session.hpp"
#include "ws/frame.hpp"

namespace confab::net {

using metrics::Id;

void WsSession::update_interest() {
    if (state_ == State::ended) return;
    const std::uint32_t events =
        (input_done_ || paused_ ? 0U : EPOLLIN) | (blocked_ ? EPOLLOUT : 0U);
    if (!context_.loop.poller().set_interest(stream_.socket(), *this, events)) end();
}

void WsSession::on_ready(std::uint32_t events) {
    if (state_ == State::ended) return;
    if ((events & EPOLLOUT) != 0 && std::exchange(blocked_, false)) {
        context_.loop.mark_dirty(*this);
        update_interest();
        if (state_ == State::ended) return;
    }
    if (input_done_) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) end();  // nothing can be written any more
    } else if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !paused_) {
        read_all();
    }
}

// What TLS has decrypted already does not make the socket readable.
void WsSession::read_all() {
    while (read_some() && stream_.has_input()) {
    }
    if (state_ != State::ended && stream_.has_unsent()) context_.loop.mark_dirty(*this);
}

// True: something was read, and there may be more.
bool WsSession::read_some() {
    if (state_ == State::ended || input_done_) return false;
    if (const auto reason = why_not_read()) {
        // It stays in the socket, and the sender waits.
        context_.loop.metrics().add(*reason);
        paused_ = true;
        deadlines_.input_paused(context_.loop.clock().steady_now());
        update_interest();
        context_.loop.retry_soon(*this);
        return false;
    }
    const auto buffer = context_.loop.read_buffer().first(kWsReadBytesPerTurn);
    const IoStep step = stream_.receive(buffer, context_.loop.scratch());
    if (step.what == IoStep::What::ended) {
        if (state_ == State::open) context_.loop.metrics().add(Id::closed_abrupt);
        end();
    }
    if (step.what != IoStep::What::moved) return false;
    context_.loop.metrics().add(Id::bytes_received, static_cast<std::int64_t>(step.bytes));
    take(buffer.first(step.bytes));
    return true;
}

// The counter of the reason. An address that has used up its messages is slowed down, not closed:
// those who live behind it may know nothing of one another.
std::optional<Id> WsSession::why_not_read() const {
    if (state_ != State::open) return std::nullopt;
    if (!handler_->wants_input()) return Id::paused_busy;
    const Rate& rate = context_.options.ws.address_messages;
    if (!address_ || rate.is_unlimited()) return std::nullopt;
    const bool spent = address_->messages().is_spent(context_.loop.clock().steady_now(), rate);
    return spent ? std::optional(Id::paused_address_rate) : std::nullopt;
}

void WsSession::on_retry() {
    if (state_ == State::ended) return;
    if (why_not_read()) return context_.loop.retry_soon(*this);
    paused_ = false;
    deadlines_.input_resumed(context_.loop.clock().steady_now());
    plan_timer();
    update_interest();
    if (stream_.has_input()) read_all();
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
        context_.loop.timers().schedule_sooner(*this, now + context_.options.ws.timeouts.assembly);
    }
}

bool WsSession::on_message(ws::Opcode kind, std::string_view payload) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    message_ended_ = true;
    if (state_ != State::open || !admits_message(payload)) return state_ != State::ended;
    if (kind == ws::Opcode::text) handler_->on_text(payload);
    if (kind == ws::Opcode::binary) handler_->on_binary(payload);
    return state_ != State::ended;  // a write to this very peer may have failed meanwhile
}

// Only what a client says counts, not what it is told: a reader is never limited.
bool WsSession::admits_message(std::string_view payload) {
    const WsOptions& options = context_.options.ws;
    if (options.messages.is_unlimited() && options.address_messages.is_unlimited()) return true;
    const SteadyTime now = context_.loop.clock().steady_now();
    if (!messages_.take(now, options.messages)) {
        handler_->on_rate_limited(payload, messages_.retry_after(now, options.messages));
        return false;
    }
    if (address_) address_->messages().charge(now, options.address_messages);
    return true;
}

bool WsSession::on_ping(std::string_view payload) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    if (state_ != State::open) return true;
    if (!admits_ping()) return false;
    SharedBytes pong = ws::encode_frame(ws::Opcode::pong, payload);
    // Each in its place while they go out; once they wait, RFC 6455 section 5.5.3 allows to answer
    // the newest alone.
    if (blocked_) {
        pong_ = std::move(pong);
    } else {
        pong_ = {};
        enqueue(pong);
    }
    return state_ != State::ended;
}

// Pongs nobody asked for cost as much as pings.
bool WsSession::admits_ping() {
    const SteadyTime now = context_.loop.clock().steady_now();
    if (pings_.take(now, context_.options.ws.pings)) return true;
    close(ws::CloseCode::rate_limited, "too many pings", Id::closed_ping_flood);
    state_ = State::finishing;
    return false;
}

bool WsSession::on_pong(std::string_view) {
    context_.loop.metrics().add(Id::websocket_frames_received);
    if (state_ == State::open && !admits_ping()) return false;
    return true;  // that it came is enough: received_at_
}

bool WsSession::on_close(std::optional<std::uint16_t> code, std::string_view) {
    if (state_ == State::ended) return false;
    input_done_ = true;  // RFC 6455 section 5.5.1: nothing follows a Close
    if (state_ == State::open) {
        context_.loop.metrics().add(Id::closed_by_peer);
        seal();
        // RFC 6455 section 5.5.1: the answer typically echoes the code.
        push_close(code ? ws::encode_close(ws::CloseCode{*code}, {})
                        : ws::encode_frame(ws::Opcode::close, {}));
        leave_open(State::finishing);
    } else {
        state_ = State::finishing;
        context_.loop.mark_dirty(*this);
    }
    update_interest();
    return false;
}

}  // namespace confab::net
