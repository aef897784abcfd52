// WsSession, its second half: what the connection is owed, on its way to the socket.
#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "net/socket_io.hpp"
#include "net/ws_session.hpp"
#include "ws/frame.hpp"

namespace confab::net {

using metrics::Id;

void WsSession::send(const SharedBytes& frame) {
    if (state_ == State::open) enqueue(frame);
}

bool WsSession::has_room_for(std::size_t bytes) {
    const Outbox::Limits& limits = context_.options.ws.outbox;
    const auto fits = [&] {
        return Outbox::bytes() + bytes <= limits.bytes_max && frames() < limits.frames_max;
    };
    if (state_ == State::open && !fits()) try_now();
    return state_ == State::open && fits();
}

void WsSession::enqueue(const SharedBytes& frame) {
    if (!push(frame, context_.options.ws.outbox)) {
        // Full within one turn says nothing about the reader: what the socket takes does.
        try_now();
        if (state_ != State::open) return;
        if (!push(frame, context_.options.ws.outbox)) return cut_off();
    }
    context_.loop.mark_dirty(*this);
}

void WsSession::on_feed() {
    if (state_ == State::open && !blocked_) context_.loop.mark_dirty(*this);
}

void WsSession::on_feed_full() {
    if (state_ == State::open) try_now();
}

// The socket may have got room in this very turn; the poller tells of it only in the next one.
void WsSession::try_now() {
    blocked_ = false;
    flush_now();
    update_interest();
}

void WsSession::mind_what_was_lost() {
    while (feed::Subscription* subscription = lost()) {
        if (!handler_->on_lost(*subscription)) return cut_off();
        CONFAB_ASSERT(!subscription->lost());
    }
}

void WsSession::on_turn_end() {
    if (state_ == State::open && !pong_.empty()) enqueue(std::exchange(pong_, {}));
    if (state_ == State::ended || blocked_) return;
    if (state_ == State::open) mind_what_was_lost();
    const std::size_t count = describe(context_.loop.sender().space());
    if (state_ == State::ended) return;
    if (count == 0) {
        deadlines_.output_done();  // what waited may have been given up
        return on_flushed();
    }
    context_.loop.sender().add(*this, stream_.socket(), count);
}

// What is to be handed to the socket next. With TLS that is ciphertext: what it was made of counts
// as written.
std::size_t WsSession::describe(std::span<iovec> parts) {
    if (!stream_.encrypts()) return gather(parts);
    if (!stream_.has_unsent()) {
        const std::size_t count = gather(parts);
        if (count == 0) return 0;
        if (!encrypt(parts.first(count))) {
            end();
            return 0;
        }
    }
    const std::string_view bytes = stream_.unsent();
    parts.front() = {const_cast<char*>(bytes.data()), bytes.size()};
    return 1;
}

bool WsSession::encrypt(std::span<iovec> parts) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < parts.size() && bytes < kStreamBytesPerSend) {
        iovec& part = parts[count++];
        part.iov_len = std::min(part.iov_len, kStreamBytesPerSend - bytes);
        bytes += part.iov_len;
    }
    if (!stream_.encrypt(parts.first(count), context_.loop.scratch())) return false;
    consume(bytes);
    return true;
}

void WsSession::on_sent(IoStep step, bool whole) {
    if (state_ == State::ended) return;
    if (step.what == IoStep::What::ended) {
        if (state_ == State::open) context_.loop.metrics().add(Id::closed_abrupt);
        return end();
    }
    if (step.what == IoStep::What::moved) {
        stream_.encrypts() ? stream_.did_send(step.bytes) : consume(step.bytes);
        if (deadlines_.output_waits()) deadlines_.output_moved(context_.loop.clock().steady_now());
        context_.loop.metrics().add(Id::bytes_sent, static_cast<std::int64_t>(step.bytes));
    }
    if (!whole) return wait_writable();
    if (owes()) return context_.loop.mark_dirty(*this);  // more than one send may describe
    deadlines_.output_done();
    on_flushed();
}

void WsSession::flush_now() {
    std::array<iovec, kSendPartsMax> parts;
    if (state_ == State::open) mind_what_was_lost();
    while (state_ != State::ended && !blocked_) {
        const std::span<iovec> owed = std::span(parts).first(describe(parts));
        if (owed.empty()) return;
        const std::size_t bytes = bytes_of(owed);
        const IoStep step = send_some(stream_.socket(), owed);
        on_sent(step, step.bytes == bytes);
    }
}

void WsSession::wait_writable() {
    if (!deadlines_.output_waits()) {
        deadlines_.output_moved(context_.loop.clock().steady_now());
        plan_timer();
    }
    blocked_ = true;
    update_interest();
}

void WsSession::on_flushed() {
    if (state_ != State::finishing) return;
    if (input_done_) {
        if (stream_.encrypts()) stream_.shut_down_send();  // with its close_notify
        return end();
    }
    // The peer broke the rules and may still be sending: closing now would reset the connection
    // before it has read the Close. It gets the end of our side and close_timeout to go.
    if (!std::exchange(send_shut_down_, true)) stream_.shut_down_send();
}

}  // namespace confab::net
