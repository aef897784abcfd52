#include "net/tls_engine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/tls_fixture.hpp"

namespace confab::test {
namespace {

using namespace std::string_literals;

const std::string kHello = "GET / HTTP/1.1\r\n\r\n";

class TlsEngineTest : public TlsFixture, public ::testing::WithParamInterface<int> {
  protected:
    [[nodiscard]] static TlsClient::Options options() { return only(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsEngineTest, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                             return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TlsEngineTest, ShakesHandsAndCarriesBothWays) {
    TlsPair pair(context_, options());
    EXPECT_FALSE(pair.engine.handshake_done());
    EXPECT_EQ(pair.pump(), What::would_block);
    ASSERT_TRUE(pair.engine.handshake_done());
    ASSERT_TRUE(pair.client.handshake_done());
    EXPECT_EQ(pair.engine.version(), GetParam() == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    pair.client.send(kHello);
    pair.pump();
    EXPECT_EQ(pair.received, kHello);
    EXPECT_TRUE(pair.write("hello"));
    pair.pump();
    EXPECT_EQ(pair.client.received(), "hello");
    EXPECT_TRUE(pair.client.failure().empty());
    EXPECT_FALSE(pair.engine.failed());
}

TEST_P(TlsEngineTest, EveryCutOfTheFirstFlightsGivesTheSame) {
    TlsPair first(context_, options());
    const std::size_t flight = first.client.take_output().size();
    for (std::size_t cut = 0; cut <= flight; ++cut) {
        TlsPair pair(context_, options());
        const std::string hello = pair.client.take_output();
        EXPECT_EQ(pair.feed(std::string_view(hello).substr(0, cut)), What::would_block);
        EXPECT_EQ(pair.feed(std::string_view(hello).substr(cut)), What::would_block);
        pair.client.take_input(pair.take_pending());
        // In TLS 1.3 data may go with the second flight; in 1.2 the client waits for an answer.
        const bool at_once = pair.client.handshake_done();
        if (at_once) pair.client.send(kHello);
        const std::string second = pair.client.take_output();
        const std::size_t at = std::min(cut, second.size());
        EXPECT_EQ(pair.feed(std::string_view(second).substr(0, at)), What::would_block);
        EXPECT_EQ(pair.feed(std::string_view(second).substr(at)), What::would_block);
        pair.pump();
        ASSERT_TRUE(pair.engine.handshake_done()) << cut;
        if (!at_once) pair.client.send(kHello);
        pair.pump();
        ASSERT_EQ(pair.received, kHello) << cut;
        ASSERT_TRUE(pair.write("answer"));
        pair.pump();
        ASSERT_EQ(pair.client.received(), "answer") << cut;
    }
}

TEST_P(TlsEngineTest, ByteForByteIsNoDifferent) {
    TlsPair pair(context_, options());
    for (int round = 0; round < 4; ++round) {
        for (const char byte : pair.client.take_output()) {
            EXPECT_EQ(pair.feed({&byte, 1}), What::would_block);
            for (const char back : pair.take_pending())
                pair.client.take_input({&back, 1});
        }
        if (round == 2) pair.client.send(kHello);
    }
    EXPECT_EQ(pair.received, kHello);
}

TEST_P(TlsEngineTest, BeforeTheHandshakeNothingCanBeWritten) {
    TlsPair pair(context_, options());
    EXPECT_FALSE(pair.write("too early"));
    const std::string hello = pair.client.take_output();
    pair.feed(hello);
    const std::string flight(pair.engine.pending());
    EXPECT_FALSE(pair.write("too early"));
    EXPECT_EQ(pair.engine.pending(), flight);
    pair.pump();
    EXPECT_FALSE(pair.engine.failed());
    EXPECT_TRUE(pair.write("now"));
    pair.pump();
    EXPECT_EQ(pair.client.received(), "now");
}

TEST_P(TlsEngineTest, ACloseOfThePeerEndsReadingAndMayBeAnswered) {
    TlsPair pair(context_, options());
    pair.pump();
    pair.client.send("last");
    pair.client.close_notify();
    EXPECT_EQ(pair.pump(), What::ended);
    EXPECT_EQ(pair.received, "last");
    EXPECT_TRUE(pair.engine.closed_by_peer());
    EXPECT_FALSE(pair.engine.failed());
    EXPECT_FALSE(pair.engine.has_plaintext());
    EXPECT_EQ(pair.read(), What::ended) << "once ended, always ended";
    pair.engine.feed("ignored"s);
    EXPECT_EQ(pair.read(), What::ended);
    EXPECT_TRUE(pair.write("the answer still goes out"));
    pair.engine.close_notify();
    pair.pump();
    EXPECT_EQ(pair.client.received(), "the answer still goes out");
    EXPECT_TRUE(pair.client.got_close_notify());
}

TEST_P(TlsEngineTest, OurCloseEndsWritingButNotReading) {
    TlsPair pair(context_, options());
    pair.pump();
    EXPECT_TRUE(pair.write("bye"));
    pair.engine.close_notify();
    const std::string once(pair.engine.pending());
    pair.engine.close_notify();
    EXPECT_EQ(pair.engine.pending(), once) << "said once only";
    EXPECT_FALSE(pair.write("more"));
    pair.client.send("one more thing");
    pair.pump();
    EXPECT_EQ(pair.received, "one more thing");
    EXPECT_EQ(pair.client.received(), "bye");
    EXPECT_TRUE(pair.client.got_close_notify());
    EXPECT_FALSE(pair.engine.failed());
    pair.client.close_notify();
    EXPECT_EQ(pair.pump(), What::ended);
    EXPECT_TRUE(pair.engine.closed_by_peer());
}

TEST_P(TlsEngineTest, ACloseBeforeTheHandshakeSaysNothing) {
    TlsPair pair(context_, options());
    pair.engine.close_notify();
    EXPECT_TRUE(pair.engine.pending().empty());
    pair.pump();
    EXPECT_TRUE(pair.engine.handshake_done());
}

TEST_P(TlsEngineTest, ACutConnectionIsNoCloseOfThePeer) {
    TlsPair pair(context_, options());
    pair.pump();
    pair.client.send("a whole record");
    pair.client.send("half a record");
    const std::string all = pair.client.take_output();
    EXPECT_EQ(pair.feed(std::string_view(all).substr(0, all.size() - 5)), What::would_block);
    EXPECT_EQ(pair.received, "a whole record");
    EXPECT_FALSE(pair.engine.closed_by_peer());
    EXPECT_FALSE(pair.engine.has_plaintext());
}

TEST_P(TlsEngineTest, AChangedByteIsAFailureWithAnAlert) {
    TlsPair pair(context_, options());
    pair.pump();
    pair.client.send("abc");
    std::string record = pair.client.take_output();
    record.back() = static_cast<char>(record.back() ^ 1);
    EXPECT_EQ(pair.feed(record), What::ended);
    EXPECT_TRUE(pair.engine.failed());
    EXPECT_NE(pair.engine.failure(), "");
    EXPECT_TRUE(pair.received.empty());
    EXPECT_FALSE(pair.engine.closed_by_peer());
    EXPECT_FALSE(pair.write("x"));
    EXPECT_FALSE(pair.engine.has_plaintext());
    EXPECT_EQ(pair.read(), What::ended);
    pair.engine.close_notify();
    pair.client.take_input(pair.take_pending());
    EXPECT_NE(pair.client.failure().find("bad record mac"), std::string::npos)
        << pair.client.failure();
}

TEST_P(TlsEngineTest, ASmallBufferGetsAllOfItPieceByPiece) {
    TlsPair pair(context_, options());
    pair.pump();
    std::string sent(40'000, 'x');
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<char>('a' + i % 26);
    pair.client.send(sent);
    pair.engine.feed(pair.client.take_output());
    EXPECT_TRUE(pair.engine.has_plaintext());
    std::array<char, 7> few{};
    net::IoStep step = pair.engine.read(few);
    ASSERT_EQ(step.what, What::moved);
    EXPECT_EQ(std::string_view(few.data(), step.bytes), sent.substr(0, step.bytes));
    EXPECT_TRUE(pair.engine.has_plaintext());
    pair.received.assign(few.data(), step.bytes);
    pair.read(7);
    EXPECT_EQ(pair.received, sent);
    EXPECT_FALSE(pair.engine.has_plaintext());
}

TEST_P(TlsEngineTest, MuchGoesThroughBothWays) {
    TlsPair pair(context_, options());
    pair.pump();
    std::string much(1 << 20, ' ');
    for (std::size_t i = 0; i < much.size(); ++i)
        much[i] = static_cast<char>(i * 7 / 3);
    pair.client.send(much);
    ASSERT_TRUE(pair.write(much));
    EXPECT_LE(pair.engine.pending().size(),
              much.size() + (much.size() / kTlsRecordBytesMax + 1) * kTlsRecordOverheadBytes);
    pair.pump();
    EXPECT_EQ(pair.received, much);
    EXPECT_EQ(pair.client.received(), much);
}

TEST_P(TlsEngineTest, BesideAHalfRecordThereIsRoomForAFullRead) {
    TlsPair pair(context_, options());
    pair.pump();
    pair.client.send(std::string(kTlsRecordBytesMax, 'x') +
                     std::string(4 * kTlsRecordBytesMax, 'y'));
    const std::string all = pair.client.take_output();
    pair.feed(std::string_view(all).substr(0, kTlsRecordBytesMax));
    EXPECT_TRUE(pair.received.empty());
    EXPECT_GE(pair.engine.room(), kLoopReadBufferBytes);
    pair.feed(std::string_view(all).substr(kTlsRecordBytesMax));
    EXPECT_EQ(pair.received.size(), 5 * kTlsRecordBytesMax);
}

TEST_P(TlsEngineTest, PendingIsTakenInPieces) {
    TlsPair pair(context_, options());
    pair.pump();
    ASSERT_TRUE(pair.write("one"));
    const std::string first(pair.engine.pending());
    pair.engine.consume(5);
    EXPECT_EQ(pair.engine.pending(), first.substr(5));
    ASSERT_TRUE(pair.write("two"));
    EXPECT_EQ(pair.engine.pending().substr(0, first.size() - 5), first.substr(5));
    pair.client.take_input(first.substr(0, 5));
    pair.pump();
    EXPECT_EQ(pair.client.received(), "onetwo");
    EXPECT_TRUE(pair.engine.pending().empty());
}

TEST_F(TlsEngineTest, AnOldVersionIsRefusedWithAnAlert) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        TlsPair pair(context_, only(version));
        EXPECT_EQ(pair.pump(), What::ended);
        EXPECT_TRUE(pair.engine.failed());
        EXPECT_EQ(pair.engine.failure(), "unsupported protocol");
        EXPECT_NE(pair.client.failure().find("alert protocol version"), std::string::npos)
            << pair.client.failure();
    }
}

TEST_F(TlsEngineTest, TheLowestVersionCanBeRaised) {
    const auto strict = make_context(net::TlsVersion::v1_3);
    TlsPair old(strict, only(TLS1_2_VERSION));
    EXPECT_EQ(old.pump(), What::ended);
    TlsPair recent(strict, only(TLS1_3_VERSION));
    recent.pump();
    EXPECT_TRUE(recent.engine.handshake_done());
}

TEST_F(TlsEngineTest, WeakCiphersAreRefused) {
    for (const char* ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "eNULL", "aNULL"}) {
        TlsClient::Options options = only(TLS1_2_VERSION);
        options.ciphers = ciphers;
        TlsPair pair(context_, options);
        EXPECT_EQ(pair.pump(), What::ended) << ciphers;
        EXPECT_EQ(pair.engine.failure(), "no shared cipher") << ciphers;
    }
}

TEST_F(TlsEngineTest, WhoOffersHttp1GetsItAndWhoOffersNothingElseIsToldSo) {
    const auto outcome = [&](const std::string& offer) -> std::string {
        TlsClient::Options options;
        options.alpn = offer;
        TlsPair pair(context_, options);
        pair.pump();
        if (pair.engine.failed()) return "refused: " + pair.client.failure();
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(pair.client.raw(), &name, &length);
        return {reinterpret_cast<const char*>(name), length};
    };
    EXPECT_EQ(outcome("\x08http/1.1"), "http/1.1");
    EXPECT_EQ(outcome("\x02h2\x08http/1.1"), "http/1.1");
    EXPECT_EQ(outcome(""), "");
    EXPECT_NE(outcome("\x02h2").find("no application protocol"), std::string::npos);
    EXPECT_NE(outcome("\x08http/1.0\x07http/1.").find("refused"), std::string::npos);
}

TEST_F(TlsEngineTest, AConnectionKeepsTheCertificateItBeganWith) {
    TlsPair old(context_);
    const auto serial = [](const TlsPair& pair) {
        const net::Certificate seen(SSL_get1_peer_certificate(pair.client.raw()));
        return ASN1_INTEGER_get(X509_get0_serialNumber(seen.get()));
    };
    context_ = make_context({});
    TlsPair fresh(context_);
    context_.reset();
    old.pump();
    fresh.pump();
    EXPECT_LT(serial(old), serial(fresh));
    ASSERT_TRUE(old.write("still here"));
    old.pump();
    EXPECT_EQ(old.client.received(), "still here");
}

}  // namespace
}  // namespace confab::test
