// Stream: the bytes of one connection to the server, plain or through TLS.
// Thread: one.
// Owns:   its socket and its TLS state.
// Limits: none; nothing is kept here but what OpenSSL keeps.
// Invariant: no call waits, the constructor excepted.
#pragma once

#include <openssl/types.h>
#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "bench/checked.hpp"

namespace confab::bench {

// A TLS client that believes every certificate: the server is on this machine. Null for plain.
struct TlsContextDeleter {
    void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDeleter>;
[[nodiscard]] TlsContext make_tls_context();

class Stream {
  public:
    // Connects, and waits until that is done. Throws std::system_error.
    Stream(const sockaddr& address, socklen_t address_size, SSL_CTX* tls);

    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] bool is_open() const { return socket_.get() >= 0; }

    // Goes on with the TLS handshake; true when it is done. Throws std::runtime_error.
    bool secure();
    // Each returns how many bytes: 0 when it has to be tried again later, -1 when the connection
    // has ended.
    ssize_t read(char* bytes, std::size_t size);
    ssize_t write(std::string_view bytes);
    // True when there is more to read although the socket may have nothing.
    [[nodiscard]] bool has_pending() const;
    void close();

  private:
    struct TlsDeleter {
        void operator()(SSL* tls) const;
    };

    ssize_t outcome(int result);

    FileDescriptor socket_;
    std::unique_ptr<SSL, TlsDeleter> tls_;
};

}  // namespace confab::bench
