// TlsEngine: the TLS of one server connection, without I/O: ciphertext in and out on one side,
// plaintext on the other.
// Thread: the connection's loop.
// Owns:   OpenSSL's state of the connection and what waits on either side. Measured (OpenSSL 3.0,
//         64-bit): below 1 KiB until the first record is whole, 45 KiB until the client answers our
//         flight, 14 KiB when idle (7.5 KiB of it OpenSSL's SSL), which holds no buffers.
// Limits: feed() takes room() bytes at most; the handshake kTlsHandshakeInputBytesMax. What read()
//         makes us answer (handshake, alerts, key updates) is kTlsControlBytesMax while unsent;
//         what write() adds is what it was given and kTlsRecordOverheadBytes for each record.
// Invariants: (1) nothing throws but std::bad_alloc of feed(). (2) OpenSSL's error queue of this
//             thread is empty before and after each call, so no connection sees another's error.
//             (3) a failure is final; what is pending then is the alert that explains it. (4) the
//             outcome does not depend on how the ciphertext is cut. (5) a connection that never
//             ends its handshake is the caller's to cut off.
#pragma once

#include <openssl/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/limits.hpp"
#include "net/socket_io.hpp"
#include "net/tls_context.hpp"
#include "net/tls_wire.hpp"

namespace confab::net {

class TlsEngine {
  public:
    explicit TlsEngine(std::shared_ptr<const TlsContext> context);
    ~TlsEngine();
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;

    // What came from the socket, at most room() bytes; copied. Then read() until it would block:
    // after that there is room for kLoopReadBufferBytes again.
    void feed(std::span<const char> ciphertext);
    [[nodiscard]] std::size_t room() const { return kTlsInputBytesMax - wire_.unread(); }

    // Goes on with the handshake or decrypts; either may add to pending(). `moved`: so much
    // plaintext. `would_block`: nothing more until the next feed(). `ended`: the peer has said that
    // it sends no more (closed_by_peer()), or the connection has failed.
    [[nodiscard]] IoStep read(std::span<char> plaintext);

    // Encrypts all of the parts into as few records as they fit into; parts smaller than a record
    // are joined in `scratch` (at least kTlsRecordBytesMax, for instance the loop's). False, and
    // nothing usable was added: the handshake is not done, close_notify() was called, or failure.
    [[nodiscard]] bool write(std::span<const iovec> parts, std::span<char> scratch);

    // Ciphertext that waits to be sent; valid until the next call that is not const.
    [[nodiscard]] std::string_view pending() const { return wire_.pending(); }
    // So many bytes of it have been sent.
    void consume(std::size_t bytes);

    // Says that we send no more. Before the handshake is done there is nothing to say.
    void close_notify();

    [[nodiscard]] bool handshake_done() const { return handshake_done_; }
    // The peer's close_notify has come: what was read is all it sent. An end of the socket without
    // it may be an attacker's cut.
    [[nodiscard]] bool closed_by_peer() const { return closed_by_peer_; }
    [[nodiscard]] bool failed() const { return !failure_.empty(); }
    // A literal, for the log; empty unless failed().
    [[nodiscard]] std::string_view failure() const { return failure_; }
    // read() may give something without another feed().
    [[nodiscard]] bool has_plaintext() const;
    // "TLSv1.3"; a literal.
    [[nodiscard]] std::string_view version() const;

  private:
    struct SslDeleter {
        void operator()(SSL* ssl) const;
    };
    [[nodiscard]] bool begin();
    static void on_event(const SSL* ssl, int where, int value);
    void on_step_after_handshake();
    void count_plaintext(std::size_t bytes);
    [[nodiscard]] IoStep stopped(int result);
    [[nodiscard]] bool encrypt(std::string_view plaintext);
    void fail(std::string_view literal);
    void fail_for_openssl_reason();

    std::shared_ptr<const TlsContext> context_;
    TlsWire wire_;
    std::unique_ptr<SSL, SslDeleter> ssl_;
    std::string_view failure_;
    std::size_t control_bytes_ = 0;    // of pending(), made by read()
    std::size_t handshake_input_ = 0;  // fed before the handshake was done
    std::size_t plaintext_bytes_ = 0;  // read since steps_after_handshake_ began
    std::size_t steps_after_handshake_ = 0;
    bool handshake_done_ = false;
    bool closed_by_peer_ = false;
    bool closed_by_us_ = false;
};

}  // namespace confab::net
