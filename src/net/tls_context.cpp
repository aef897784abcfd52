#include "net/tls_context.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "base/limits.hpp"
#include "net/tls_pem.hpp"

namespace confab::net {
namespace {

// TLS 1.2: forward secrecy and authenticated encryption. TLS 1.3 has nothing else. The level
// refuses RSA keys below 2048 bits and SHA-1 signatures.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2";
// Without the large groups, which are many times as dear for the server as for the client.
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kHttp1 = "http/1.1";

int openssl_version(TlsVersion version) {
    return version == TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

// RFC 7301 section 3.2: the list is one of names, each behind a byte with its length; who offers
// nothing that we speak is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* offered, unsigned offered_length, void*) {
    const std::string_view list(reinterpret_cast<const char*>(offered), offered_length);
    std::size_t at = 0;
    while (at < list.size()) {
        const std::size_t length = static_cast<unsigned char>(list[at]);
        if (list.substr(at + 1, length) == kHttp1) {
            *chosen = offered + at + 1;
            *chosen_length = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1 + length;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Runs when the version is known and nothing has been answered yet.
int allow_tickets_in_1_3_only(SSL* ssl, void*) {
    if (SSL_version(ssl) < TLS1_3_VERSION) SSL_set_options(ssl, SSL_OP_NO_TICKET);
    return 1;
}

WallTime wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace

std::optional<TlsVersion> parse_tls_version(std::string_view text) {
    if (text == "1.2") return TlsVersion::v1_2;
    if (text == "1.3") return TlsVersion::v1_3;
    return std::nullopt;
}

TlsContext::TlsContext(TlsWire::Method method)
    : context_(boost::asio::ssl::context::tls_server),
      handle_(context_.native_handle()),
      wire_method_(std::move(method)) {}

void TlsContext::set_rules(TlsVersion version_min) {
    const bool done = SSL_CTX_set_min_proto_version(handle_, openssl_version(version_min)) == 1 &&
                      SSL_CTX_set_max_proto_version(handle_, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_cipher_list(handle_, kCiphers) == 1 &&
                      SSL_CTX_set1_groups_list(handle_, kGroups) == 1 &&
                      SSL_CTX_set_num_tickets(handle_, 1) == 1;
    if (!done) throw std::runtime_error("OpenSSL refuses our TLS rules: " + take_tls_reason());
    SSL_CTX_set_options(handle_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(handle_, SSL_SESS_CACHE_OFF);
    // Buffers that are empty are given back; without it each connection would keep 34 KiB.
    SSL_CTX_set_mode(handle_, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(handle_, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_alpn_select_cb(handle_, &choose_protocol, nullptr);
    SSL_CTX_set_cert_cb(handle_, &allow_tickets_in_1_3_only, nullptr);
}

std::optional<std::string> TlsContext::expiry_warning(WallTime now) const {
    if (now + kTlsExpiryWarning < expires_at_) return std::nullopt;
    const std::string name = "the certificate in " + certificate_file_;
    if (now >= expires_at_) return name + " has expired";
    const auto days = std::chrono::ceil<std::chrono::days>(expires_at_ - now).count();
    return name + " expires in less than " + std::to_string(days) + (days == 1 ? " day" : " days");
}

void TlsContext::look_at_certificate(WallTime now) {
    const X509* certificate = SSL_CTX_get0_certificate(handle_);
    expires_at_ = wall_time(X509_get0_notAfter(certificate));
    if (auto warning = expiry_warning(now)) warnings_.push_back(std::move(*warning));
    if (now < wall_time(X509_get0_notBefore(certificate))) {
        warnings_.push_back("the certificate in " + certificate_file_ + " is not valid yet");
    }
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsOptions& options,
                                                           WallTime now) {
    auto chain = load_certificates(options.certificate_file);
    if (!chain) return chain.error();
    auto key = load_private_key(options.key_file);
    if (!key) return key.error();

    auto method = TlsWire::make_method();
    if (method == nullptr) throw std::bad_alloc();
    std::shared_ptr<TlsContext> made(new TlsContext(std::move(method)));
    made->set_rules(options.version_min);
    SSL_CTX* const handle = made->handle_;
    if (X509_check_private_key(chain->front().get(), key->key.get()) != 1) {
        ERR_clear_error();
        return tls_file_error("the key in " + options.key_file +
                              " does not belong to the (first) certificate in " +
                              options.certificate_file);
    }
    bool used = SSL_CTX_use_certificate(handle, chain->front().get()) == 1;
    for (std::size_t i = 1; used && i < chain->size(); ++i) {
        used = SSL_CTX_add1_chain_cert(handle, (*chain)[i].get()) == 1;
    }
    if (!used) {
        return tls_file_error("a certificate in " + options.certificate_file +
                              " cannot be used: " + take_tls_reason());
    }
    if (SSL_CTX_use_PrivateKey(handle, key->key.get()) != 1) {
        return tls_file_error("the key in " + options.key_file +
                              " cannot be used: " + take_tls_reason());
    }
    made->certificate_file_ = options.certificate_file;
    made->look_at_certificate(now);
    if (key->open_to_others) {
        made->warnings_.push_back("every user of this machine can reach the private key in " +
                                  options.key_file + "; better: chmod 600 " + options.key_file);
    }
    return std::shared_ptr<const TlsContext>(std::move(made));
}

}  // namespace confab::net
