// Listener: accepts connections for one loop; the same port may be open on every loop.
// Thread: its loop.
// Owns:   the listening socket.
// Limits: kListenBacklog; kAcceptsPerTurn, the others have the next turn; those of
//         Admission (who may not stay is told so; beyond kRefusedConnectionsMax of those at a time
//         they are closed without an answer).
// Invariants: (1) no failure ends the listening: running out of descriptors or memory pauses it for
//             kAcceptPause. (2) stop() is final.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "base/file_descriptor.hpp"
#include "net/connection.hpp"

namespace confab::net {

class Listener : private Pollable {
  public:
    // `socket` listens already.
    Listener(ConnectionContext& context, FileDescriptor socket);

    void start();
    // Takes what has connected so far, then closes.
    void stop();
    // Closes; what has connected and was not taken yet is reset.
    void close();

  private:
    enum class Accepted { one, none, failed };

    void on_ready(std::uint32_t events) override;
    [[nodiscard]] Accepted accept_one();
    void take(FileDescriptor socket, PeerAddress peer);
    void failed(int error);
    void pause();

    ConnectionContext& context_;
    FileDescriptor socket_;
    boost::asio::steady_timer pause_;
    bool failing_ = false;
};

}  // namespace confab::net
