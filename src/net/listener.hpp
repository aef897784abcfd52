// Listener: accepts connections for one loop; the same port may be open on every loop.
// Thread: its loop; open() before the loop runs.
// Owns:   the listening socket.
// Limits: kListenBacklog; the connection cap (beyond it a connection is answered 503, beyond
//         kRefusedConnectionsMax of those it is closed without an answer).
// Invariants: (1) no failed accept ends the listening: running out of descriptors pauses it for
//             kAcceptPause. (2) stop() is final.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "log/log.hpp"
#include "net/connection.hpp"

namespace confab::net {

class Listener {
  public:
    // `refused` is the cap on connections that are only told 503.
    Listener(ConnectionContext& context, ConnectionCap& cap, ConnectionCap& refused,
             log::Logger& logger);

    // Binds and listens; throws boost::system::system_error. With `share` other listeners of this
    // process may have the same port (SO_REUSEPORT); the kernel spreads connections over them.
    void open(const boost::asio::ip::tcp::endpoint& endpoint, bool share);
    [[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint() const;

    void start();
    // Takes what has connected so far, then closes.
    void stop();
    // Closes; what has connected and was not taken yet is reset.
    void close();

  private:
    void accept();
    void take(boost::asio::ip::tcp::socket socket);

    ConnectionContext& context_;
    ConnectionCap& cap_;
    ConnectionCap& refused_;
    log::Logger& logger_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    bool out_of_descriptors_ = false;
};

// Throws boost::system::system_error (address in use) when anybody listens on the endpoint: sharing
// a port must never join this server to another one by accident. Returns the endpoint, with a free
// port in place of 0.
[[nodiscard]] boost::asio::ip::tcp::endpoint claim_endpoint(
    const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace confab::net
