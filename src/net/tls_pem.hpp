// PEM files of the TLS listener, and what to say when they cannot be used.
// Thread: any that may read files.
// Owns:   nothing; what is returned owns its OpenSSL object.
// Limits: kTlsFileBytesMax for a file.
// Invariants: (1) the text of every error names the file and is for the operator. (2) what was read
//             of a key file is wiped. (3) never asks for a pass phrase. (4) OpenSSL's error queue
//             is empty afterwards.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace confab::net {

struct CertificateDeleter {
    void operator()(X509* certificate) const;
};
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

struct PrivateKeyDeleter {
    void operator()(EVP_PKEY* key) const;
};
using PrivateKey = std::unique_ptr<EVP_PKEY, PrivateKeyDeleter>;

struct LoadedKey {
    PrivateKey key;
    bool open_to_others = false;  // every user of the machine can read or write the file
};

// At least one, in the order of the file.
[[nodiscard]] Result<std::vector<Certificate>> load_certificates(const std::string& file);
[[nodiscard]] Result<LoadedKey> load_private_key(const std::string& file);

[[nodiscard]] Error tls_file_error(const std::string& text);
// Why OpenSSL refused, in its own words; takes everything off its queue.
[[nodiscard]] std::string take_tls_reason();

}  // namespace confab::net
