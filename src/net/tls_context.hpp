// TlsContext: certificate, key and rules of a TLS listener. Reloading makes a new one; connections
// keep the one they began with.
// Thread: load() on any thread that may read files; immutable afterwards and shared by all loops.
// Owns:   the certificate chain, the private key, the key of the session tickets.
// Limits: kTlsFileBytesMax for each file.
// Invariants: (1) TLS 1.2 and 1.3 only, forward secrecy and authenticated encryption only, no
//             compression, no renegotiation, no early data, no client certificates. (2) session
//             tickets in TLS 1.3 only, one per handshake, which need no memory here: they save the
//             signature when clients come back, and a resumed session still makes fresh keys, so
//             the ticket key, which lives and dies with this object, opens no recorded traffic. In
//             TLS 1.2 it would, hence none there. (3) never asks for a pass phrase.
#pragma once

#include <openssl/types.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/tls_wire.hpp"

namespace confab::net {

enum class TlsVersion { v1_2, v1_3 };

// "1.2" or "1.3"; nothing for anything else.
[[nodiscard]] std::optional<TlsVersion> parse_tls_version(std::string_view text);

struct TlsOptions {
    std::string certificate_file;  // PEM: the certificate, then those that lead to its root
    std::string key_file;          // PEM, not encrypted
    TlsVersion version_min = TlsVersion::v1_2;
};

class TlsContext {
  public:
    // The text of an error names the file and the reason and is for the operator. Of a certificate
    // that has expired only a warning is made: a reload must not fail for the time of day.
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const TlsOptions& options,
                                                                        WallTime now);

    // What the operator should know, each a sentence that names its file.
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    // When the certificate expires.
    [[nodiscard]] WallTime expires_at() const { return expires_at_; }
    // The file it was read from.
    [[nodiscard]] const std::string& certificate_file() const { return certificate_file_; }
    // A sentence for the operator when it has expired, or will within kTlsExpiryWarning.
    [[nodiscard]] std::optional<std::string> expiry_warning(WallTime now) const;

    // For TlsEngine. OpenSSL counts the references to the first by itself.
    [[nodiscard]] SSL_CTX* handle() const { return handle_; }
    [[nodiscard]] const BIO_METHOD& wire_method() const { return *wire_method_; }

  private:
    explicit TlsContext(TlsWire::Method method);

    void set_rules(TlsVersion version_min);
    void look_at_certificate(WallTime now);

    boost::asio::ssl::context context_;
    SSL_CTX* handle_;
    TlsWire::Method wire_method_;
    std::vector<std::string> warnings_;
    std::string certificate_file_;
    WallTime expires_at_{};
};

}  // namespace confab::net
