#include "net/tls_context.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <string>

#include "support/temp_directory.hpp"
#include "support/tls_certificates.hpp"

namespace confab::test {
namespace {

using net::TlsContext;
using net::TlsOptions;
using net::TlsVersion;

class TlsContextTest : public ::testing::Test {
  protected:
    TlsOptions files(EVP_PKEY* certified, EVP_PKEY* key, long from = -3600, long to = 90L * 86400) {
        TlsOptions options{directory_.file("cert.pem"), directory_.file("key.pem")};
        write_certificate(options.certificate_file, make_certificate(certified, from, to).get());
        write_key(options.key_file, key);
        return options;
    }
    TlsOptions valid(long from, long to) { return files(key_.get(), key_.get(), from, to); }
    static auto load(const TlsOptions& options) {
        auto made = TlsContext::load(options, std::chrono::system_clock::now());
        EXPECT_EQ(ERR_peek_error(), 0U);
        return made;
    }
    static std::string warnings_of(const TlsOptions& options) {
        const auto made = load(options);
        if (!made) return made.error().detail;
        std::string all;
        for (const std::string& warning : (*made)->warnings())
            all += warning + "\n";
        return all;
    }

    TempDirectory directory_;
    const net::PrivateKey key_ = make_key();
};

TEST(TlsVersion, OnlyTheTwoThatAreSafeHaveANumber) {
    EXPECT_EQ(net::parse_tls_version("1.2"), TlsVersion::v1_2);
    EXPECT_EQ(net::parse_tls_version("1.3"), TlsVersion::v1_3);
    for (const char* text : {"", "1.0", "1.1", "1.4", "TLSv1.2", "1.2 "}) {
        EXPECT_FALSE(net::parse_tls_version(text)) << text;
    }
}

TEST_F(TlsContextTest, LoadsAPairAndHasNothingToSayAboutIt) {
    const TlsOptions options = valid(-3600, 90L * 86400);
    const auto made = load(options);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_TRUE((*made)->warnings().empty());
    const auto left = (*made)->expires_at() - std::chrono::system_clock::now();
    EXPECT_GT(left, std::chrono::hours(89 * 24));
    EXPECT_LT(left, std::chrono::hours(91 * 24));
}

TEST_F(TlsContextTest, LoadsAnRsaPair) {
    const net::PrivateKey rsa = make_key(KeyKind::rsa2048);
    EXPECT_TRUE(load(files(rsa.get(), rsa.get())));
}

TEST_F(TlsContextTest, AKeyOfAnotherCertificateIsRefused) {
    const net::PrivateKey other = make_key();
    const net::PrivateKey rsa = make_key(KeyKind::rsa2048);
    for (EVP_PKEY* key : {other.get(), rsa.get()}) {
        const TlsOptions options = files(key_.get(), key);
        const auto made = load(options);
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().detail.find(options.key_file), std::string::npos);
        EXPECT_NE(made.error().detail.find(options.certificate_file), std::string::npos);
        EXPECT_NE(made.error().detail.find("does not belong"), std::string::npos);
    }
}

TEST_F(TlsContextTest, AKeyThatIsTooShortIsRefused) {
    const net::PrivateKey rsa = make_key(KeyKind::rsa1024);
    const TlsOptions options = files(rsa.get(), rsa.get());
    const auto made = load(options);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().detail.find(options.certificate_file), std::string::npos);
    EXPECT_NE(made.error().detail.find("too small"), std::string::npos) << made.error().detail;
}

TEST_F(TlsContextTest, MissingFilesAreRefused) {
    TlsOptions options = valid(-3600, 90L * 86400);
    options.key_file += ".missing";
    EXPECT_NE(load(options).error().detail.find(options.key_file), std::string::npos);
    options.certificate_file += ".missing";
    EXPECT_NE(load(options).error().detail.find(options.certificate_file), std::string::npos);
}

TEST_F(TlsContextTest, AnExpiredCertificateIsUsedWithAWarning) {
    const TlsOptions options = valid(-7200, -3600);
    EXPECT_EQ(warnings_of(options),
              "the certificate in " + options.certificate_file + " has expired\n");
}

TEST_F(TlsContextTest, ACertificateThatExpiresSoonMakesAWarning) {
    EXPECT_NE(warnings_of(valid(-7200, 13L * 86400 + 60)).find("less than 14 days"),
              std::string::npos);
    EXPECT_NE(warnings_of(valid(-7200, 3600)).find("less than 1 day\n"), std::string::npos);
    EXPECT_EQ(warnings_of(valid(-7200, 15L * 86400)), "");
}

TEST_F(TlsContextTest, ACertificateThatIsNotValidYetMakesAWarning) {
    EXPECT_NE(warnings_of(valid(3600, 90L * 86400)).find("not valid yet"), std::string::npos);
}

TEST_F(TlsContextTest, AKeyThatEverybodyCanReachMakesAWarning) {
    const TlsOptions options = valid(-3600, 90L * 86400);
    ::chmod(options.key_file.c_str(), 0644);
    EXPECT_NE(warnings_of(options).find("chmod 600 " + options.key_file), std::string::npos);
}

TEST_F(TlsContextTest, ReloadingMakesANewOneAndLeavesTheOldOneAlone) {
    const auto before = *load(valid(-3600, 90L * 86400));
    const auto after = *load(valid(-3600, 30L * 86400));
    EXPECT_NE(before->handle(), after->handle());
    EXPECT_GT(before->expires_at(), after->expires_at());
}

TEST_F(TlsContextTest, TheRulesAreSet) {
    TlsOptions options = valid(-3600, 90L * 86400);
    options.version_min = TlsVersion::v1_3;
    const auto strict = *load(options);
    EXPECT_EQ(SSL_CTX_get_min_proto_version(strict->handle()), TLS1_3_VERSION);
    options.version_min = TlsVersion::v1_2;
    const auto made = *load(options);
    SSL_CTX* const handle = made->handle();
    EXPECT_EQ(SSL_CTX_get_min_proto_version(handle), TLS1_2_VERSION);
    EXPECT_EQ(SSL_CTX_get_max_proto_version(handle), TLS1_3_VERSION);
    EXPECT_NE(SSL_CTX_get_options(handle) & SSL_OP_NO_COMPRESSION, 0U);
    EXPECT_NE(SSL_CTX_get_options(handle) & SSL_OP_NO_RENEGOTIATION, 0U);
    EXPECT_NE(SSL_CTX_get_mode(handle) & SSL_MODE_RELEASE_BUFFERS, 0);
    EXPECT_EQ(SSL_CTX_get_session_cache_mode(handle), SSL_SESS_CACHE_OFF);
    EXPECT_EQ(SSL_CTX_get_max_early_data(handle), 0U);
    STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(handle);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
        const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(ciphers, i);
        EXPECT_EQ(SSL_CIPHER_is_aead(cipher), 1) << SSL_CIPHER_get_name(cipher);
    }
}

}  // namespace
}  // namespace confab::test
