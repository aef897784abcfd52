// TlsFixture: a TLS context with a certificate of its own, and an engine with a client at its other
// end.
// Thread: one.
// Owns:   the directory of the certificate.
// Limits: none.
// Invariant: nothing moves between the two ends unless the test says so.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "net/tls_engine.hpp"
#include "support/temp_directory.hpp"
#include "support/tls_certificates.hpp"
#include "support/tls_client.hpp"

namespace confab::test {

// A server engine with what it said, and the client.
struct TlsPair {
    explicit TlsPair(std::shared_ptr<const net::TlsContext> context,
                     const TlsClient::Options& options = {})
        : engine(std::move(context)), client(options) {
        client.step();
    }

    // Everything the engine can decrypt now goes to `received`.
    net::IoStep::What read(std::size_t buffer_bytes = 64 * 1024) {
        std::vector<char> buffer(buffer_bytes);
        while (true) {
            const net::IoStep step = engine.read(buffer);
            EXPECT_EQ(ERR_peek_error(), 0U) << "an error is left for the next connection";
            if (step.what != net::IoStep::What::moved) return step.what;
            received.append(buffer.data(), step.bytes);
        }
    }
    net::IoStep::What feed(std::string_view ciphertext) {
        auto what = net::IoStep::What::would_block;
        do {
            const std::size_t count = std::min(ciphertext.size(), kLoopReadBufferBytes);
            engine.feed(ciphertext.substr(0, count));
            ciphertext.remove_prefix(count);
            what = read();
        } while (!ciphertext.empty() && what == net::IoStep::What::would_block);
        return what;
    }
    // What the engine wants to send, taken off it.
    std::string take_pending() {
        const std::string out(engine.pending());
        engine.consume(out.size());
        return out;
    }
    bool write(std::string_view plaintext) {
        const iovec part{const_cast<char*>(plaintext.data()), plaintext.size()};
        return engine.write(std::span(&part, 1), scratch);
    }
    // Both ways until neither has anything more to say.
    net::IoStep::What pump() {
        auto what = net::IoStep::What::would_block;
        while (true) {
            const std::string up = client.take_output();
            if (!up.empty()) what = feed(up);
            const std::string down = take_pending();
            if (!down.empty()) client.take_input(down);
            if (up.empty() && down.empty()) return what;
        }
    }

    std::array<char, kTlsRecordBytesMax> scratch{};
    net::TlsEngine engine;
    TlsClient client;
    std::string received;
};

class TlsFixture : public ::testing::Test {
  protected:
    using What = net::IoStep::What;

    TlsFixture() : context_(make_context({})) {}

    std::shared_ptr<const net::TlsContext> make_context(net::TlsVersion version_min) {
        const net::PrivateKey key = make_key();
        const net::TlsOptions options{directory_.file("cert.pem"), directory_.file("key.pem"),
                                      version_min};
        write_certificate(options.certificate_file, make_certificate(key.get()).get());
        write_key(options.key_file, key.get());
        auto made = net::TlsContext::load(options, std::chrono::system_clock::now());
        if (!made) ADD_FAILURE() << made.error().detail;
        return *made;
    }
    static TlsClient::Options only(int version) {
        TlsClient::Options options;
        options.version_min = version;
        options.version_max = version;
        return options;
    }

    TempDirectory directory_;
    std::shared_ptr<const net::TlsContext> context_;
};

}  // namespace confab::test
