// HttpSession, what comes in: readiness, the handshake of TLS, bytes for the reader.
#include <utility>

#include "net/http_session.hpp"

namespace confab::net {

using metrics::Id;
using Phase = HttpReader::Phase;

void HttpSession::wait_for(std::uint32_t events) {
    if (!context_.loop.poller().set_interest(stream_.socket(), *this, events)) end();
}

// What TLS has to say waits for the socket as well.
void HttpSession::wait_for_input() {
    wait_for(stream_.has_unsent() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (state_ != State::ended && stream_.has_input()) {
        context_.loop.defer([self = self_] { self->on_ready(EPOLLIN); });
    }
}

void HttpSession::on_ready(std::uint32_t events) {
    switch (state_) {
        case State::reading:
            if ((events & EPOLLOUT) != 0) (void)stream_.send({}, context_.loop.scratch());
            // Requests wait already: advance() asks for more when they are answered.
            return reader_.phase() == Phase::complete ? wait_for(0) : on_readable();
        case State::handling:
            // It stays in the socket until the answer is written. Only now is it worth saying so:
            // most answers are there before anything comes.
            return wait_for(0);
        case State::writing:
            return (events & EPOLLIN) != 0 && (events & EPOLLOUT) == 0 ? wait_for(EPOLLOUT)
                                                                       : continue_writing();
        case State::lingering:
            return discard_input();
        case State::ended:
            break;
    }
}

void HttpSession::on_readable() {
    const auto buffer = context_.loop.read_buffer();
    const IoStep step = stream_.receive(buffer, context_.loop.scratch());
    if (handshaking_ && !is_past_handshake(step.what)) return;
    if (step.what == IoStep::What::ended) return end();
    if (step.what == IoStep::What::would_block) return wait_for_input();
    context_.loop.metrics().add(Id::bytes_received, static_cast<std::int64_t>(step.bytes));
    reader_.feed({buffer.data(), step.bytes});
    advance();
}

bool HttpSession::is_past_handshake(IoStep::What last_step) {
    if (stream_.tls()->handshake_done()) {
        handshaking_ = false;
        context_.loop.metrics().add(Id::tls_handshakes_ok);
        set_deadline(context_.options.http.header_timeout);
        return true;
    }
    if (last_step == IoStep::What::ended) {
        context_.loop.metrics().add(Id::tls_handshakes_failed);
        context_.logger.debug("tls_handshake_failed",
                              {{"peer", to_string(peer_)}, {"reason", stream_.tls()->failure()}});
        end();
    } else {
        wait_for_input();
    }
    return false;
}

void HttpSession::discard_input() {
    const IoStep step = stream_.receive(context_.loop.read_buffer(), context_.loop.scratch());
    if (step.what == IoStep::What::ended) end();
}

}  // namespace confab::net
