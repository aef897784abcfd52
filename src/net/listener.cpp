#include "net/listener.hpp"

#include <netinet/tcp.h>

#include <memory>
#include <utility>

#include "net/http_session.hpp"

namespace confab::net {

using boost::asio::ip::tcp;
using metrics::Id;

Listener::Listener(ConnectionContext& context, ConnectionCap& cap, ConnectionCap& refused,
                   log::Logger& logger)
    : context_(context),
      cap_(cap),
      refused_(refused),
      logger_(logger),
      acceptor_(context.loop.context()),
      pause_(context.loop.context()) {}

void Listener::open(const tcp::endpoint& endpoint, bool share) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    const int on = share ? 1 : 0;
    if (::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        throw boost::system::system_error(errno, boost::system::system_category(), "SO_REUSEPORT");
    }
    acceptor_.bind(endpoint);
    acceptor_.listen(kListenBacklog);
}

tcp::endpoint Listener::local_endpoint() const {
    return acceptor_.local_endpoint();
}

void Listener::start() {
    accept();
}

void Listener::stop() {
    boost::system::error_code ignored;
    // Whoever connected before is not reset but told.
    acceptor_.non_blocking(true, ignored);
    for (int i = 0; i < kListenBacklog && acceptor_.is_open(); ++i) {
        boost::system::error_code error;
        tcp::socket socket(context_.loop.context());
        acceptor_.accept(socket, error);
        if (error) break;
        take(std::move(socket));
    }
    close();
}

void Listener::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void Listener::accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        if (!acceptor_.is_open()) return;
        if (!error) {
            out_of_descriptors_ = false;
            take(std::move(socket));
            return accept();
        }
        context_.loop.metrics().add(Id::accept_errors);
        if (!std::exchange(out_of_descriptors_, true)) {
            logger_.warn("accept_failed", {{"reason", error.message()}});
        }
        // Mostly out of descriptors; accepting again at once would only spin.
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](boost::system::error_code stopped) {
            if (!stopped && acceptor_.is_open()) accept();
        });
    });
}

void Listener::take(tcp::socket socket) {
    context_.loop.metrics().add(Id::accepted);
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    // Bounded, so that a peer that does not read shows here and not in megabytes of kernel memory.
    socket.set_option(tcp::socket::send_buffer_size(kSocketSendBufferBytes), ignored);
    // A peer that stops acknowledging ends the connection; failing to ask for it is no reason to.
    constexpr unsigned kTimeoutMs = std::chrono::milliseconds(kTcpUserTimeout).count();
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kTimeoutMs,
                       sizeof kTimeoutMs);

    auto slot = cap_.take();
    if (slot) {
        std::make_shared<HttpSession>(std::move(socket), context_, std::move(slot), std::nullopt)
            ->start();
    } else if (auto refusal = refused_.take()) {
        std::make_shared<HttpSession>(std::move(socket), context_, std::nullopt, std::move(refusal))
            ->start();
    } else {
        context_.loop.metrics().add(Id::refused_connection_cap);
    }
}

tcp::endpoint claim_endpoint(const tcp::endpoint& endpoint) {
    boost::asio::io_context context(1);
    tcp::acceptor probe(context);
    probe.open(endpoint.protocol());
    probe.set_option(tcp::acceptor::reuse_address(true));
    probe.bind(endpoint);
    probe.listen(1);  // bind() alone does not see a listener that shares its port
    return probe.local_endpoint();
}

}  // namespace confab::net
