// TlsClient: the other end of a TlsEngine: OpenSSL's client over its own memory BIOs.
// Thread: one.
// Owns:   its OpenSSL objects.
// Limits: none.
// Invariant: verifies nothing: what it checks is the engine, not the certificate.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls_engine.hpp"

namespace confab::test {

class TlsClient {
  public:
    struct Options {
        int version_min = TLS1_2_VERSION;
        int version_max = TLS1_3_VERSION;
        std::string alpn;     // names, each behind its length
        std::string ciphers;  // of TLS 1.2
        SSL_SESSION* resume = nullptr;
    };

    explicit TlsClient(const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX* const context = context_.get();
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_min_proto_version(context, options.version_min);
        SSL_CTX_set_max_proto_version(context, options.version_max);
        // Sessions of a cache cannot be resumed any more when their context ends.
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context, options.ciphers.c_str());
        ssl_.reset(SSL_new(context));
        SSL_set_bio(raw(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(raw());
        SSL_set_alpn_protos(raw(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                            static_cast<unsigned>(options.alpn.size()));
        if (options.resume != nullptr) SSL_set_session(raw(), options.resume);
    }

    [[nodiscard]] SSL* raw() const { return ssl_.get(); }
    [[nodiscard]] bool handshake_done() const { return SSL_is_init_finished(raw()) == 1; }
    [[nodiscard]] bool got_close_notify() const {
        return (SSL_get_shutdown(raw()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    // Plaintext that has come so far.
    [[nodiscard]] const std::string& received() const { return received_; }
    // Why it failed, in OpenSSL's words; empty for not at all.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    void send(std::string_view plaintext) {
        EXPECT_EQ(SSL_write(raw(), plaintext.data(), static_cast<int>(plaintext.size())),
                  static_cast<int>(plaintext.size()));
        ERR_clear_error();
    }
    void close_notify() { SSL_shutdown(raw()); }

    // Ciphertext that the client wants to send.
    std::string take_output() {
        std::string out(BIO_ctrl_pending(SSL_get_wbio(raw())), '\0');
        if (!out.empty()) BIO_read(SSL_get_wbio(raw()), out.data(), static_cast<int>(out.size()));
        return out;
    }
    // Ciphertext from the server.
    void take_input(std::string_view ciphertext) {
        if (!ciphertext.empty()) {
            BIO_write(SSL_get_rbio(raw()), ciphertext.data(), static_cast<int>(ciphertext.size()));
        }
        step();
    }
    // Goes on with the handshake, reads what is there.
    void step() {
        std::array<char, 16 * 1024> buffer{};
        while (true) {
            ERR_clear_error();
            const int count = SSL_read(raw(), buffer.data(), static_cast<int>(buffer.size()));
            if (count > 0) {
                received_.append(buffer.data(), static_cast<std::size_t>(count));
                continue;
            }
            const int reason = SSL_get_error(raw(), count);
            if (reason == SSL_ERROR_SSL && failure_.empty()) {
                failure_ = ERR_reason_error_string(ERR_peek_error());
            }
            ERR_clear_error();
            return;
        }
    }

  private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string received_;
    std::string failure_;
};

// The content types of the TLS records in some ciphertext (RFC 8446 section 5.1).
inline std::vector<int> record_types(std::string_view ciphertext) {
    std::vector<int> types;
    while (ciphertext.size() >= 5) {
        const auto byte = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(ciphertext[at]));
        };
        types.push_back(static_cast<int>(byte(0)));
        const std::size_t length = 5 + (byte(3) << 8U | byte(4));
        if (length > ciphertext.size()) {
            ADD_FAILURE() << "half a record";
            break;
        }
        ciphertext.remove_prefix(length);
    }
    return types;
}

}  // namespace confab::test
