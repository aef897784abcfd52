#include "net/tls_pem.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/limits.hpp"
#include "base/secret.hpp"

namespace confab::net {
namespace {

struct BioDeleter {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

struct File {
    Secret content;
    mode_t mode = 0;
};

Error cannot_read(const std::string& what, int reason) {
    return tls_file_error("cannot read the " + what + ": " +
                          std::generic_category().message(reason));
}

// `what` says what the file is for and how it is called.
Result<File> read_descriptor(int descriptor, const std::string& what) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return cannot_read(what, errno);
    if (!S_ISREG(status.st_mode)) return tls_file_error("the " + what + " is not a regular file");
    std::string bytes(kTlsFileBytesMax + 1, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot_read(what, errno);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    const bool too_long = filled > kTlsFileBytesMax;
    bytes.resize(filled);
    File file{Secret(std::move(bytes)), status.st_mode};
    if (too_long) {
        return tls_file_error("the " + what + " has more than " + std::to_string(kTlsFileBytesMax) +
                              " bytes");
    }
    return file;
}

Result<File> read_file(const std::string& path, const std::string& what) {
    // O_NONBLOCK: a pipe put there must not hang the start; it is refused above.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return cannot_read(what, errno);
    auto file = read_descriptor(descriptor, what);
    ::close(descriptor);
    return file;
}

Bio bio_on(const Secret& content) {
    const std::string_view bytes = content.reveal();
    return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Called by OpenSSL for an encrypted key; without it, it would ask at the terminal.
int refuse_pass_phrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

}  // namespace

void CertificateDeleter::operator()(X509* certificate) const {
    X509_free(certificate);
}

void PrivateKeyDeleter::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}

Error tls_file_error(const std::string& text) {
    return {ErrorKind::invalid, "bad_tls_file", text};
}

std::string take_tls_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown reason" : reason;
}

Result<std::vector<Certificate>> load_certificates(const std::string& file) {
    const std::string what = "certificate file " + file;
    const auto content = read_file(file, what);
    if (!content) return content.error();
    ERR_clear_error();
    const Bio bio = bio_on(content->content);
    std::vector<Certificate> chain;
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        chain.emplace_back(certificate);
    }
    // The end of the file looks like this.
    const bool at_end = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM &&
                        ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string reason = take_tls_reason();
    if (!at_end) {
        return tls_file_error("certificate " + std::to_string(chain.size() + 1) + " of the " +
                              what + " cannot be read: " + reason);
    }
    if (chain.empty()) return tls_file_error("there is no certificate (PEM) in the " + what);
    return chain;
}

Result<LoadedKey> load_private_key(const std::string& file) {
    const std::string what = "key file " + file;
    const auto content = read_file(file, what);
    if (!content) return content.error();
    ERR_clear_error();
    const Bio bio = bio_on(content->content);
    bool asked = false;
    PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_pass_phrase, &asked));
    const std::string reason = take_tls_reason();
    if (asked) {
        return tls_file_error("the " + what + " is encrypted; the server needs it without a " +
                              "pass phrase");
    }
    if (key == nullptr) {
        return tls_file_error("there is no private key (PEM) in the " + what + ": " + reason);
    }
    return LoadedKey{std::move(key), (content->mode & S_IRWXO) != 0};
}

}  // namespace confab::net
