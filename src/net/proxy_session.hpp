// ProxySession: a connection of a listener that expects the PROXY protocol, until its header is
// read; then an HttpSession goes on with whom the header names.
// Thread: its loop.
// Owns:   the socket and the connection's place, until it hands them over; itself.
// Limits: kProxyHeaderBytesMax; header_timeout for the header.
// Invariants: (1) only a trusted peer gets as far as this. (2) no byte behind the header is read.
#pragma once

#include "base/file_descriptor.hpp"
#include "net/connection.hpp"
#include "net/proxy_protocol.hpp"

namespace confab::net {

class ProxySession final : private Session, private Pollable, private TimerWheel::Timer {
  public:
    // The session ends by itself.
    static void start(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                      Admission::Place place);
    ProxySession(const ProxySession&) = delete;
    ProxySession& operator=(const ProxySession&) = delete;

  private:
    ProxySession(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                 Admission::Place place);
    ~ProxySession() override;

    void drain() override { end(); }
    void abort() override { end(); }
    void on_timer() override;
    void on_ready(std::uint32_t events) override;

    void hand_over();
    void end();

    FileDescriptor socket_;
    PeerAddress peer_;
    ConnectionContext& context_;
    Admission::Place place_;
    ProxyHeaderReader reader_;
    bool ended_ = false;
};

}  // namespace confab::net
