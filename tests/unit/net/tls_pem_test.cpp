#include "net/tls_pem.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/limits.hpp"
#include "support/temp_directory.hpp"
#include "support/tls_certificates.hpp"

namespace confab::test {
namespace {

class TlsPemTest : public ::testing::Test {
  protected:
    // A refusal must name the file and contain `reason`; nothing may be left on the error queue.
    template <class T>
    void expect_refusal(const Result<T>& result, const std::string& file,
                        const std::string& reason) {
        EXPECT_EQ(ERR_peek_error(), 0U);
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().detail.find(file), std::string::npos) << result.error().detail;
        EXPECT_NE(result.error().detail.find(reason), std::string::npos) << result.error().detail;
    }
    std::string write(const std::string& name, const std::string& text) {
        const std::string path = directory_.file(name);
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    static std::string text_of(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    TempDirectory directory_;
    const net::PrivateKey key_ = make_key();
    const net::Certificate certificate_ = make_certificate(key_.get());
};

TEST_F(TlsPemTest, ReadsAChainInItsOrder) {
    const std::string file = directory_.file("chain.pem");
    const net::Certificate second = make_certificate(key_.get());
    write_certificate(file, certificate_.get());
    write_certificate(file, second.get(), "a");
    const auto chain = net::load_certificates(file);
    ASSERT_TRUE(chain) << chain.error().detail;
    ASSERT_EQ(chain->size(), 2U);
    EXPECT_EQ(X509_cmp((*chain)[0].get(), certificate_.get()), 0);
    EXPECT_EQ(X509_cmp((*chain)[1].get(), second.get()), 0);
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TlsPemTest, TextAroundTheCertificatesIsNoMatter) {
    const std::string file = directory_.file("chain.pem");
    write_certificate(file, certificate_.get());
    const auto chain =
        net::load_certificates(write("text.pem", "# mine\n" + text_of(file) + "\nthe end\n"));
    ASSERT_TRUE(chain) << chain.error().detail;
    EXPECT_EQ(chain->size(), 1U);
}

TEST_F(TlsPemTest, ReadsAKey) {
    const std::string file = directory_.file("key.pem");
    write_key(file, key_.get());
    const auto key = net::load_private_key(file);
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_EQ(EVP_PKEY_eq(key->key.get(), key_.get()), 1);
    EXPECT_FALSE(key->open_to_others);
}

TEST_F(TlsPemTest, AKeyThatEverybodyCanReachIsToldApart) {
    const std::string file = directory_.file("key.pem");
    write_key(file, key_.get());
    for (const auto& [mode, open] : {std::pair<mode_t, bool>{0640, false}, {0644, true}}) {
        ::chmod(file.c_str(), mode);
        EXPECT_EQ(net::load_private_key(file)->open_to_others, open);
    }
}

TEST_F(TlsPemTest, AMissingFileIsNamed) {
    const std::string file = directory_.file("missing.pem");
    expect_refusal(net::load_certificates(file), file, "No such file");
    expect_refusal(net::load_private_key(file), file, "No such file");
}

TEST_F(TlsPemTest, AnUnreadableFileIsNamed) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    const std::string file = write("closed.pem", "x");
    ::chmod(file.c_str(), 0);
    expect_refusal(net::load_certificates(file), file, "Permission denied");
    expect_refusal(net::load_private_key(file), file, "Permission denied");
}

TEST_F(TlsPemTest, WhatIsNoRegularFileIsNotWaitedFor) {
    const std::string pipe = directory_.file("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    expect_refusal(net::load_certificates(pipe), pipe, "not a regular file");
    expect_refusal(net::load_private_key(directory_.path()), directory_.path(),
                   "not a regular file");
}

TEST_F(TlsPemTest, AFileThatIsTooLongIsRefused) {
    const std::string file = write("long.pem", std::string(kTlsFileBytesMax + 1, '\n'));
    expect_refusal(net::load_certificates(file), file, std::to_string(kTlsFileBytesMax));
    expect_refusal(net::load_private_key(file), file, std::to_string(kTlsFileBytesMax));
}

TEST_F(TlsPemTest, AFileWithoutACertificateIsRefused) {
    const std::string key = directory_.file("key.pem");
    write_key(key, key_.get());
    for (const std::string& file : {write("empty.pem", ""), write("text.pem", "hello\n"), key}) {
        expect_refusal(net::load_certificates(file), file, "no certificate");
    }
}

TEST_F(TlsPemTest, ABrokenCertificateIsRefusedWithItsPlace) {
    const std::string file = directory_.file("chain.pem");
    write_certificate(file, certificate_.get());
    const std::string good = text_of(file);
    std::string bad = good;
    bad.replace(bad.find('\n') + 1, 4, "AAAA");
    expect_refusal(net::load_certificates(write("bad.pem", bad)), "bad.pem", "certificate 1");
    expect_refusal(net::load_certificates(write("bad.pem", good + bad)), "bad.pem",
                   "certificate 2");
    const std::string cut = good.substr(0, good.size() / 2);
    expect_refusal(net::load_certificates(write("bad.pem", cut)), "bad.pem", "certificate 1");
}

TEST_F(TlsPemTest, AFileWithoutAKeyIsRefused) {
    const std::string certificate = directory_.file("chain.pem");
    write_certificate(certificate, certificate_.get());
    for (const std::string& file :
         {write("empty.pem", ""), write("text.pem", "hello\n"), certificate}) {
        expect_refusal(net::load_private_key(file), file, "no private key");
    }
}

TEST_F(TlsPemTest, AnEncryptedKeyIsRefusedWithoutAskingForItsPassPhrase) {
    const std::string file = directory_.file("key.pem");
    write_key(file, key_.get(), "secret");
    expect_refusal(net::load_private_key(file), file, "encrypted");
}

}  // namespace
}  // namespace confab::test
