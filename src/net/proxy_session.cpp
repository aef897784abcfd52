#include "net/proxy_session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/http_session.hpp"

namespace confab::net {

using metrics::Id;

ProxySession::ProxySession(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                           Admission::Place place)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      context_(context),
      place_(std::move(place)) {
    context_.loop.metrics().add(Id::connections_http);
}

ProxySession::~ProxySession() {
    context_.loop.metrics().sub(Id::connections_http);
}

void ProxySession::start(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                         Admission::Place place) {
    auto* session = new ProxySession(std::move(socket), std::move(peer), context, std::move(place));
    context.loop.add(*session);
    context.loop.timers().schedule(
        *session, context.loop.clock().steady_now() + context.options.http.header_timeout);
    if (!context.loop.poller().set_interest(session->socket_.get(), *session, EPOLLIN)) {
        session->end();
    }
}

void ProxySession::on_ready(std::uint32_t) {
    if (ended_) return;
    // Looked at first, so that what belongs to the client stays in the socket.
    std::array<char, kProxyHeaderBytesMax> bytes;
    const ssize_t seen = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_PEEK);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (seen <= 0) return end();
    const std::size_t mine = reader_.feed({bytes.data(), static_cast<std::size_t>(seen)});
    if (receive_some(socket_.get(), std::span(bytes).first(mine)).what != IoStep::What::moved) {
        return end();
    }
    context_.loop.metrics().add(Id::bytes_received, static_cast<std::int64_t>(mine));
    if (reader_.phase() == ProxyHeaderReader::Phase::done) return hand_over();
    if (reader_.phase() == ProxyHeaderReader::Phase::failed) {
        note_bad_proxy_header(context_, peer_, reader_.failure());
        end();
    }
}

void ProxySession::hand_over() {
    if (reader_.source()) peer_ = reader_.source()->address;
    // Who is named may be one more proxy, whose clients say who they are in their requests.
    const bool limited = peer_ && !context_.options.admission.trusted.contains(peer_);
    if (reader_.source() && limited && place_.slot) {
        auto entered = context_.admission.enter_address(context_.options.admission, *peer_);
        place_.address = std::move(entered.lease);
        if (!place_.address) {
            context_.admission.turn_away(place_, entered.refusal);
            if (!may_go_on(context_, place_)) return end();
        }
    }
    (void)context_.loop.poller().set_interest(socket_.get(), *this, 0);
    HttpSession::start(std::move(socket_), std::move(peer_), context_, std::move(place_));
    end();
}

void ProxySession::on_timer() {
    context_.loop.metrics().add(Id::refused_timeout);
    end();
}

void ProxySession::end() {
    if (std::exchange(ended_, true)) return;
    Session::unlink();
    TimerWheel::cancel(*this);
    if (socket_.get() >= 0) (void)context_.loop.poller().set_interest(socket_.get(), *this, 0);
    context_.loop.defer([this] { delete this; });
}

}  // namespace confab::net
