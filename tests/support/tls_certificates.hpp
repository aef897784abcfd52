// Certificates for tests: made when they are needed, so that none can expire in the repository.
// Thread: one.
// Owns:   nothing; the files lie where the test says.
// Limits: none.
// Invariant: a certificate is good for localhost and 127.0.0.1 and signed by its own key.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <string>

#include "net/tls_pem.hpp"

namespace confab::test {

enum class KeyKind { p256, rsa2048, rsa1024 };

inline net::PrivateKey make_key(KeyKind kind = KeyKind::p256) {
    switch (kind) {
        case KeyKind::rsa2048:
            return net::PrivateKey(EVP_RSA_gen(2048));
        case KeyKind::rsa1024:
            return net::PrivateKey(EVP_RSA_gen(1024));
        default:
            return net::PrivateKey(EVP_EC_gen("P-256"));
    }
}

// `from` and `to`: seconds from now.
inline net::Certificate make_certificate(EVP_PKEY* key, long from = -3600, long to = 90L * 86400) {
    net::Certificate certificate(X509_new());
    X509* const raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
    X509_gmtime_adj(X509_getm_notBefore(raw), from);
    X509_gmtime_adj(X509_getm_notAfter(raw), to);
    X509_set_pubkey(raw, key);
    X509_NAME* const name = X509_get_subject_name(raw);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(raw, name);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(raw, names, -1);
    X509_EXTENSION_free(names);
    EXPECT_GT(X509_sign(raw, key, EVP_sha256()), 0);
    return certificate;
}

inline void write_key(const std::string& path, EVP_PKEY* key, const char* pass_phrase = nullptr) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr) << path;
    const EVP_CIPHER* const cipher = pass_phrase == nullptr ? nullptr : EVP_aes_128_cbc();
    EXPECT_EQ(PEM_write_PKCS8PrivateKey(file, key, cipher, nullptr, 0, nullptr,
                                        const_cast<char*>(pass_phrase)),
              1);
    std::fclose(file);
    ::chmod(path.c_str(), 0600);
}

inline void write_certificate(const std::string& path, X509* certificate, const char* mode = "w") {
    std::FILE* const file = std::fopen(path.c_str(), mode);
    ASSERT_NE(file, nullptr) << path;
    EXPECT_EQ(PEM_write_X509(file, certificate), 1);
    std::fclose(file);
}

}  // namespace confab::test
