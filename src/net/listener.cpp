#include "net/listener.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "net/http_session.hpp"
#include "net/proxy_session.hpp"

namespace confab::net {

using metrics::Id;

namespace {

void set_option(const FileDescriptor& socket, int level, int name, int value) {
    // Each of them is an improvement; failing to get it is no reason to stop.
    (void)::setsockopt(socket.get(), level, name, &value, sizeof value);
}

PeerAddress address_of(const sockaddr_storage& from) {
    if (from.ss_family == AF_INET) {
        const auto& ip4 = reinterpret_cast<const sockaddr_in&>(from);
        return boost::asio::ip::address_v4(ntohl(ip4.sin_addr.s_addr));
    }
    if (from.ss_family != AF_INET6) return std::nullopt;  // a Unix socket
    const auto& ip6 = reinterpret_cast<const sockaddr_in6&>(from);
    boost::asio::ip::address_v6::bytes_type bytes;
    std::copy_n(ip6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return plain_address(boost::asio::ip::address_v6(bytes));
}

}  // namespace

Listener::Listener(ConnectionContext& context, FileDescriptor socket)
    : context_(context), socket_(std::move(socket)), pause_(context.loop.context()) {
    // What is accepted inherits these; a Unix socket has no use for the first and the last.
    set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
    // Bounded, so that a peer that does not read shows here and not in megabytes of kernel memory.
    set_option(socket_, SOL_SOCKET, SO_SNDBUF, kSocketSendBufferBytes);
    // A peer that stops acknowledging ends the connection.
    set_option(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT,
               static_cast<int>(std::chrono::milliseconds(kTcpUserTimeout).count()));
}

void Listener::start() {
    if (context_.loop.poller().set_interest(socket_.get(), *this, EPOLLIN)) return;
    failed(errno);
    pause();
}

void Listener::stop() {
    // Whoever connected before is not reset but told.
    for (int i = 0; i < kListenBacklog && socket_.get() >= 0; ++i) {
        if (accept_one() != Accepted::one) break;
    }
    close();
}

void Listener::close() {
    if (socket_.get() < 0) return;
    (void)context_.loop.poller().set_interest(socket_.get(), *this, 0);
    socket_ = FileDescriptor();
    pause_.cancel();
}

void Listener::on_ready(std::uint32_t) {
    for (std::size_t i = 0; i < kAcceptsPerTurn && socket_.get() >= 0; ++i) {
        switch (accept_one()) {
            case Accepted::one:
                break;
            case Accepted::none:
                return;
            case Accepted::failed:
                return pause();
        }
    }
}

Listener::Accepted Listener::accept_one() {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto* address = reinterpret_cast<sockaddr*>(&from);
    const int socket = ::accept4(socket_.get(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
        failing_ = false;
        take(FileDescriptor(socket), address_of(from));
        return Accepted::one;
    }
    // A connection that ended while it waited, or a signal, says nothing about the next one.
    if (errno == ECONNABORTED || errno == EINTR) return Accepted::one;
    if (errno == EAGAIN) return Accepted::none;
    failed(errno);
    return Accepted::failed;
}

void Listener::failed(int error) {
    context_.loop.metrics().add(Id::accept_errors);
    if (std::exchange(failing_, true)) return;
    context_.logger.warn("accept_failed",
                         {{"reason", std::error_code(error, std::generic_category()).message()}});
}

// Mostly out of descriptors; accepting again at once would only spin.
void Listener::pause() {
    (void)context_.loop.poller().set_interest(socket_.get(), *this, 0);
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](boost::system::error_code stopped) {
        if (!stopped && socket_.get() >= 0) start();
    });
}

void Listener::take(FileDescriptor socket, PeerAddress peer) {
    context_.loop.metrics().add(Id::accepted);
    const Admission::Limits& limits = context_.options.admission;
    if (context_.listener.proxy_protocol && !limits.trusted.contains(peer)) {
        // Whatever it says would be its own invention.
        return note_bad_proxy_header(context_, peer, "not one of net.trusted_proxies");
    }
    Admission::Place place = context_.admission.enter(limits, peer);
    if (!may_go_on(context_, place)) return;
    if (context_.listener.proxy_protocol) {
        return ProxySession::start(std::move(socket), std::move(peer), context_, std::move(place));
    }
    HttpSession::start(std::move(socket), std::move(peer), context_, std::move(place));
}

}  // namespace confab::net
