// What a hostile peer may cost, how records are joined, resumption, memory.
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "net/tls_engine.hpp"
#include "support/tls_fixture.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFAB_OTHER_HEAP
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFAB_OTHER_HEAP
#endif

namespace confab::test {
namespace {

using namespace std::string_literals;

constexpr int kAlert = 21;
constexpr int kData = 23;

class TlsEngineLimitsTest : public TlsFixture {
  protected:
    // The parts, encrypted in one call: the records that came of it. The client must read them.
    std::vector<int> records_of(const std::vector<std::string>& parts, int version) {
        TlsPair pair(context_, only(version));
        pair.pump();
        std::vector<iovec> list;
        std::string all;
        for (const std::string& part : parts) {
            list.push_back({const_cast<char*>(part.data()), part.size()});
            all += part;
        }
        EXPECT_TRUE(pair.engine.write(list, pair.scratch));
        const std::string out = pair.take_pending();
        pair.client.take_input(out);
        EXPECT_EQ(pair.client.received(), all);
        return record_types(out);
    }
};

TEST_F(TlsEngineLimitsTest, SmallPartsShareARecord) {
    const std::vector<int> one{kData};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_EQ(records_of({"a"}, version), one);
        EXPECT_EQ(records_of({"a", "b", "c"}, version), one);
        EXPECT_EQ(records_of(std::vector<std::string>(16, std::string(1024, 'x')), version), one);
        EXPECT_EQ(records_of({"a", "", "b"}, version), one);
    }
}

TEST_F(TlsEngineLimitsTest, NoMoreRecordsThanTheBytesNeed) {
    const std::string record(kTlsRecordBytesMax, 'r');
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_EQ(records_of({record}, version).size(), 1U);
        EXPECT_EQ(records_of({record, "x"}, version).size(), 2U);
        EXPECT_EQ(records_of({"x", record}, version).size(), 2U);
        EXPECT_EQ(records_of({"x", record + record + record, "y"}, version).size(), 4U);
        EXPECT_EQ(records_of({record + "half", "x", record + "half"}, version).size(), 3U);
        EXPECT_EQ(records_of({std::string(100'000, 'x')}, version).size(), 7U);
    }
}

TEST_F(TlsEngineLimitsTest, NothingToWriteIsNoRecord) {
    EXPECT_TRUE(records_of({}, TLS1_3_VERSION).empty());
    EXPECT_TRUE(records_of({"", ""}, TLS1_3_VERSION).empty());
}

TEST_F(TlsEngineLimitsTest, WhatIsNoTlsIsRefusedAtOnce) {
    for (const std::string& garbage :
         {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"s, std::string(100, '\0'), std::string(100, '\xFF'),
          "\x16\x03\x01\x00\x05hello"s, "\x17\x03\x03\x00\x05hello"s, "SSH-2.0-OpenSSH_9\r\n"s}) {
        TlsPair pair(context_);
        EXPECT_EQ(pair.feed(garbage), What::ended) << garbage;
        EXPECT_TRUE(pair.engine.failed());
        EXPECT_NE(pair.engine.failure(), "");
        EXPECT_LE(pair.engine.pending().size(), 64U) << "an alert at most";
        pair.engine.feed("more"s);
        EXPECT_EQ(pair.read(), What::ended);
        // The next connection of this thread sees nothing of it.
        TlsPair next(context_);
        next.pump();
        EXPECT_TRUE(next.engine.handshake_done());
    }
}

TEST_F(TlsEngineLimitsTest, EveryChangedByteOfTheFirstFlightEndsInAHandshakeOrARefusal) {
    const std::string hello = TlsPair(context_).client.take_output();
    for (std::size_t at = 0; at < hello.size(); ++at) {
        TlsPair pair(context_);
        std::string changed = hello;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        const What what = pair.feed(changed);
        EXPECT_TRUE((what == What::ended) == pair.engine.failed()) << at;
        EXPECT_FALSE(pair.engine.handshake_done());
        EXPECT_TRUE(pair.received.empty());
    }
}

TEST_F(TlsEngineLimitsTest, AHandshakeWithoutEndIsRefused) {
    // A ClientHello that announces more than any client sends, in records of 1 KiB.
    const std::string head = "\x01\x01\x00\x00"s;  // 65536 bytes
    std::string body = head + std::string(1020, 'h');
    TlsPair pair(context_);
    std::size_t fed = 0;
    What what = What::would_block;
    while (what == What::would_block && fed < 1'000'000) {
        const std::string record = "\x16\x03\x01\x04\x00"s + body;
        what = pair.feed(record);
        fed += record.size();
        body.assign(1024, 'h');
    }
    EXPECT_EQ(what, What::ended);
    EXPECT_LE(fed, kTlsHandshakeInputBytesMax + 2048);
    EXPECT_EQ(pair.engine.failure(), "the handshake is too long");
}

TEST_F(TlsEngineLimitsTest, DataRightBehindTheHandshakeIsNoLongHandshake) {
    TlsPair pair(context_);
    pair.feed(pair.client.take_output());
    pair.client.take_input(pair.take_pending());
    const std::string much(60'000, 'd');
    pair.client.send(much);
    pair.pump();
    EXPECT_EQ(pair.received, much);
}

TEST_F(TlsEngineLimitsTest, RenegotiationIsRefusedAndEndsTheConnection) {
    TlsPair pair(context_, only(TLS1_2_VERSION));
    pair.pump();
    ASSERT_EQ(SSL_renegotiate(pair.client.raw()), 1);
    SSL_do_handshake(pair.client.raw());
    EXPECT_EQ(pair.feed(pair.client.take_output()), What::ended);
    EXPECT_EQ(pair.engine.failure(), "renegotiation");
    EXPECT_EQ(record_types(pair.engine.pending()), std::vector<int>{kAlert});
    EXPECT_FALSE(pair.write("x"));
}

TEST_F(TlsEngineLimitsTest, AKeyUpdateIsAnswered) {
    TlsPair pair(context_);
    pair.pump();
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(SSL_key_update(pair.client.raw(), SSL_KEY_UPDATE_REQUESTED), 1);
        pair.client.send("a");
        EXPECT_EQ(pair.pump(), What::would_block);
        ASSERT_TRUE(pair.write("b")) << pair.engine.failure();
        pair.pump();
    }
    EXPECT_EQ(pair.received, std::string(20, 'a'));
    EXPECT_EQ(pair.client.received(), std::string(20, 'b'));
}

TEST_F(TlsEngineLimitsTest, AFloodOfKeyUpdatesEndsTheConnection) {
    TlsPair pair(context_);
    pair.pump();
    std::string flood;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(SSL_key_update(pair.client.raw(), SSL_KEY_UPDATE_REQUESTED), 1);
        SSL_do_handshake(pair.client.raw());
        flood += pair.client.take_output();
    }
    EXPECT_EQ(pair.feed(flood), What::ended);
    EXPECT_EQ(pair.engine.failure(), "too many key updates");
    EXPECT_LE(pair.engine.pending().size(), kTlsControlBytesMax);
}

TEST_F(TlsEngineLimitsTest, ALittleDataBetweenThemDoesNotHideAFlood) {
    TlsPair pair(context_);
    pair.pump();
    What what = What::would_block;
    int updates = 0;
    for (; what == What::would_block && updates < 1000; ++updates) {
        SSL_key_update(pair.client.raw(), SSL_KEY_UPDATE_REQUESTED);
        pair.client.send("a");
        what = pair.pump();
    }
    EXPECT_EQ(pair.engine.failure(), "too many key updates");
    EXPECT_GT(updates, 30);
}

TEST_F(TlsEngineLimitsTest, KeyUpdatesThatComeWithEnoughDataAreNoFlood) {
    TlsPair pair(context_);
    pair.pump();
    const std::string data(30'000, 'd');
    std::size_t answered = 0;
    for (int i = 0; answered <= 2 * kTlsControlBytesMax; ++i) {
        ASSERT_LT(i, 20'000) << "no answers";
        SSL_key_update(pair.client.raw(), SSL_KEY_UPDATE_REQUESTED);
        pair.client.send(data);
        ASSERT_EQ(pair.feed(pair.client.take_output()), What::would_block) << pair.engine.failure();
        // Sent at once, so it does not count against the next.
        const std::string answer = pair.take_pending();
        answered += answer.size();
        pair.client.take_input(answer);
        pair.received.clear();
    }
}

TEST_F(TlsEngineLimitsTest, AnswersThatNobodyReadsAreBounded) {
    TlsPair pair(context_);
    pair.pump();
    const std::string data(30'000, 'd');  // enough to be no flood
    What what = What::would_block;
    for (int rounds = 0; what == What::would_block && rounds < 10'000; ++rounds) {
        SSL_key_update(pair.client.raw(), SSL_KEY_UPDATE_REQUESTED);
        pair.client.send(data);
        what = pair.feed(pair.client.take_output());
        ASSERT_LE(pair.engine.pending().size(), kTlsControlBytesMax);
    }
    EXPECT_EQ(what, What::ended);
    EXPECT_EQ(pair.engine.failure(), "too much to answer");
}

TEST_F(TlsEngineLimitsTest, Tls13ResumesATicketAndTls12GetsNone) {
    const auto session_of = [&](int version) {
        TlsPair pair(context_, only(version));
        pair.pump();
        pair.client.close_notify();  // OpenSSL does not resume what was cut off
        return SSL_get1_session(pair.client.raw());
    };
    SSL_SESSION* const old = session_of(TLS1_2_VERSION);
    EXPECT_EQ(SSL_SESSION_has_ticket(old), 0);
    EXPECT_EQ(SSL_SESSION_is_resumable(old), 0);
    SSL_SESSION_free(old);

    SSL_SESSION* const session = session_of(TLS1_3_VERSION);
    EXPECT_EQ(SSL_SESSION_is_resumable(session), 1);
    TlsClient::Options options = only(TLS1_3_VERSION);
    options.resume = session;
    TlsPair again(context_, options);
    again.pump();
    EXPECT_TRUE(again.engine.handshake_done());
    EXPECT_EQ(SSL_session_reused(again.client.raw()), 1);
    // A new context has a new ticket key: a full handshake, no failure.
    TlsPair reloaded(make_context({}), options);
    reloaded.pump();
    EXPECT_TRUE(reloaded.engine.handshake_done());
    EXPECT_EQ(SSL_session_reused(reloaded.client.raw()), 0);
    SSL_SESSION_free(session);
}

// The heap of this process, as glibc counts it.
std::size_t heap_bytes() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

TEST_F(TlsEngineLimitsTest, AnIdleConnectionHoldsNoBuffers) {
#ifdef CONFAB_OTHER_HEAP
    GTEST_SKIP() << "another heap";
#endif
    constexpr std::size_t kConnections = 64;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        std::vector<std::unique_ptr<net::TlsEngine>> idle;
        std::size_t before = 0;
        // One more, first: what OpenSSL makes once is not counted.
        for (std::size_t i = 0; i <= kConnections; ++i) {
            if (i == 1) before = heap_bytes();
            auto engine = std::make_unique<net::TlsEngine>(context_);
            TlsClient client(only(version));
            std::vector<char> buffer(64 * 1024);
            std::array<char, kTlsRecordBytesMax> scratch{};
            const auto exchange = [&] {
                for (int round = 0; round < 3; ++round) {
                    client.step();
                    engine->feed(client.take_output());
                    while (engine->read(buffer).what == What::moved) {
                    }
                    client.take_input(engine->pending());
                    engine->consume(engine->pending().size());
                }
            };
            exchange();
            ASSERT_TRUE(engine->handshake_done());
            client.send(std::string(30'000, 'x'));
            const std::string down(30'000, 'y');
            const iovec part{const_cast<char*>(down.data()), down.size()};
            ASSERT_TRUE(engine->write(std::span(&part, 1), scratch));
            exchange();
            EXPECT_EQ(client.received().size(), down.size());
            idle.push_back(std::move(engine));
        }
        const std::size_t each = (heap_bytes() - before) / kConnections;
        RecordProperty("bytes_per_idle_connection", static_cast<int>(each));
        std::printf("idle TLS connection, %s: %zu bytes\n",
                    version == TLS1_2_VERSION ? "1.2" : "1.3", each);
        EXPECT_LT(each, kTlsRecordBytesMax) << "a record buffer is kept";
    }
}

TEST_F(TlsEngineLimitsTest, WhatAStalledPeerHasSentIsAllThatItCosts) {
#ifdef CONFAB_OTHER_HEAP
    GTEST_SKIP() << "another heap";
#endif
    constexpr std::size_t kConnections = 64;
    const std::string hello = TlsPair(context_).client.take_output();
    const std::string half = hello.substr(0, hello.size() / 2);
    std::vector<char> buffer(64 * 1024);
    std::vector<std::unique_ptr<net::TlsEngine>> stalled;
    std::size_t before = 0;
    for (std::size_t i = 0; i <= kConnections; ++i) {
        if (i == 1) before = heap_bytes();
        stalled.push_back(std::make_unique<net::TlsEngine>(context_));
        stalled.back()->feed(half);
        EXPECT_EQ(stalled.back()->read(buffer).what, What::would_block);
        EXPECT_FALSE(stalled.back()->has_plaintext());
    }
    EXPECT_LT((heap_bytes() - before) / kConnections, 1024U);
}

}  // namespace
}  // namespace confab::test
