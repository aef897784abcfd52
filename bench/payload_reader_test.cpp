#include "bench/payload_reader.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/frame_counter.hpp"
#include "bench/peer_protocol.hpp"

namespace confab::bench {
namespace {

using Maker = std::function<std::unique_ptr<PayloadReader>()>;

template <class Reader>
Maker maker() {
    return [] { return std::make_unique<Reader>(); };
}

std::string frame(unsigned char first, const std::string& payload) {
    std::string bytes(1, static_cast<char>(first));
    if (payload.size() < 126) {
        bytes += static_cast<char>(payload.size());
    } else {
        bytes += '\x7E';
        bytes += static_cast<char>(payload.size() >> 8U);
        bytes += static_cast<char>(payload.size() & 0xFFU);
    }
    return bytes + payload;
}

void add(Seen& sum, const Seen& seen) {
    sum.messages += seen.messages;
    sum.replies += seen.replies;
    sum.questions += seen.questions;
    sum.closes += seen.closes;
    sum.greeted |= seen.greeted;
    sum.wrong |= seen.wrong;
}

Seen read(const Maker& make, const std::string& stream, std::size_t piece) {
    FrameCounter counter({}, make());
    Seen sum;
    for (std::size_t at = 0; at < stream.size(); at += piece)
        add(sum, counter.feed(std::string_view(stream).substr(at, piece)));
    return sum;
}

void expect(const Maker& make, const std::string& stream, std::uint64_t messages,
            std::uint64_t questions) {
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 8U, 64U, 100000U}) {
        const Seen seen = read(make, stream, piece);
        EXPECT_EQ(seen.messages, messages) << "pieces of " << piece;
        EXPECT_EQ(seen.questions, questions) << "pieces of " << piece;
        EXPECT_TRUE(seen.greeted);
        EXPECT_FALSE(seen.wrong);
    }
}

bool is_wrong(const Maker& make, const std::string& payload) {
    return read(make, frame(0x82, payload), 1000).wrong;
}

TEST(SocketIoReader, CountsEventsOnly) {
    const std::string stream = frame(0x81, "0{\"sid\":\"42[\"}") + frame(0x81, "40{\"sid\":1}") +
                               frame(0x81, "2") + frame(0x81, "42[\"message\",\"42[\"]") +
                               frame(0x81, "6") + frame(0x81, "42[\"message\",\"\"]");
    expect(maker<SocketIoReader>(), stream, 2, 1);
}

TEST(SocketIoReader, SeesRefusalAndClose) {
    EXPECT_TRUE(is_wrong(maker<SocketIoReader>(), "44{\"message\":\"no\"}"));
    EXPECT_TRUE(is_wrong(maker<SocketIoReader>(), "x"));
    EXPECT_EQ(read(maker<SocketIoReader>(), frame(0x81, "1"), 9).closes, 1U);
}

TEST(NatsReader, CountsMessagesAcrossFramesAndSkipsPayloads) {
    const std::string inner =
        "INFO {\"server_id\":\"MSG\"}\r\nPONG\r\nPING\r\n"
        "MSG bench-0 1 13\r\nMSG a 1 5\r\nPI\r\n+OK\r\n"
        "MSG bench-17 1 0\r\n\r\nMSG b 1 300\r\n" +
        std::string(300, '\n') + "\r\n";
    for (const std::size_t cut : {1U, 20U, 47U, 70U, 90U, 400U}) {
        const std::string stream =
            frame(0x82, inner.substr(0, cut)) + frame(0x82, inner.substr(cut));
        expect(maker<NatsReader>(), stream, 3, 1);
    }
}

TEST(NatsReader, SeesErrors) {
    EXPECT_TRUE(is_wrong(maker<NatsReader>(), "-ERR 'Unknown Protocol Operation'\r\n"));
}

TEST(MqttReader, CountsPublishedPackets) {
    const std::string publish = std::string("\x30\x0A\0\x01", 4) + "a12345678";
    const std::string longer = std::string("\x30\xC8\x01\0\x01", 5) + "b" + std::string(197, '0');
    const std::string inner = std::string("\x20\x02\0\0\x90\x03\0\x01\0", 9) +
                              publish.substr(0, 12) + longer + std::string("\xD0\0", 2) +
                              publish.substr(0, 12);
    for (const std::size_t cut : {1U, 10U, 12U, 25U, 100U}) {
        const std::string stream =
            frame(0x82, inner.substr(0, cut)) + frame(0x82, inner.substr(cut));
        expect(maker<MqttReader>(), stream, 3, 0);
    }
}

TEST(MqttReader, SeesWhatNoServerSends) {
    EXPECT_TRUE(is_wrong(maker<MqttReader>(), std::string("\x10\0", 2)));
    EXPECT_TRUE(is_wrong(maker<MqttReader>(), "\x30\xFF\xFF\xFF\xFF\x01"));
}

std::string v2_frames(std::initializer_list<const char*> texts) {
    std::string stream;
    for (const char* text : texts)
        stream += frame(0x81, text);
    return stream;
}

TEST(V2Reader, CountsEventsAndReplies) {
    const std::string stream = v2_frames(
        {R"({"id":1,"connect":{"conn":"0-1","rooms":{"a":{"epoch":"e","head":7,"resume":"ok"}}}})",
         R"({"event":{"room":"a","seq":7,"body":"{\"id\":2,\"publish\":"}})",
         R"({"caught_up":{"room":"a","seq":7}})", R"({"presence":{"room":"a","count":1}})",
         R"({"id":2,"publish":{"seq":8,"dup":false}})",
         R"({"event":{"room":"a","seq":8,"body":"x"}})", R"({"id":12,"publish":{"seq":9}})"});
    expect(maker<V2Reader>(), stream, 2, 0);
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100000U})
        EXPECT_EQ(read(maker<V2Reader>(), stream, piece).replies, 2U) << "pieces of " << piece;
}

TEST(V2Reader, IsNotOpenBeforeItHasCaughtUp) {
    const std::string stream = v2_frames({R"({"id":1,"connect":{"rooms":{}}})"});
    EXPECT_FALSE(read(maker<V2Reader>(), stream, 5).greeted);
}

TEST(V2Reader, SeesErrorsAndWhatNobodyAskedFor) {
    for (const char* text :
         {R"({"id":2,"error":{"code":"log_busy"}})", R"({"error":{"code":"bad_frame"}})",
          R"({"drain":{"close_ms":500}})", R"({"typing":{"room":"a"}})"}) {
        EXPECT_TRUE(is_wrong(maker<V2Reader>(), text)) << text;
    }
}

// What a client sends, unmasked, is read by the reader of the other side where the two agree.
TEST(PeerProtocol, MessagesHaveTheLengthsTheyTellOf) {
    for (const char* name : {"text", "v2", "socketio", "nats", "mqtt"}) {
        const auto protocol = protocol_named(name);
        const std::string bytes = protocol->message("bench-1", std::string(128, 'x'));
        const std::size_t header = 4 + 4;  // 16-bit length, mask
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8U |
                            static_cast<unsigned char>(bytes[3]);
        EXPECT_EQ(bytes.size(), header + length) << name;
    }
}

// The payload of a masked frame with a 16-bit length.
std::string payload_of(std::string bytes) {
    const ws::Mask mask{static_cast<unsigned char>(bytes[4]), static_cast<unsigned char>(bytes[5]),
                        static_cast<unsigned char>(bytes[6]), static_cast<unsigned char>(bytes[7])};
    ws::unmask(bytes.data() + 8, bytes.size() - 8, mask, 0);
    return bytes.substr(8);
}

TEST(PeerProtocol, MqttMessageIsReadAsOne) {
    const std::string inner =
        payload_of(protocol_named("mqtt")->message("bench-1", std::string(128, 'x')));
    MqttReader reader;
    Seen seen;
    reader.take(inner + inner, seen);
    EXPECT_EQ(seen.messages, 2U);
    EXPECT_FALSE(seen.wrong);
}

TEST(CidFrame, EachCopyHasItsCid) {
    const auto protocol = protocol_named("v2");
    for (const char* room : {"a", "bench-1", "bench-12", "bench-123"}) {
        const std::string body(128, 'x');
        const CidFrame copies(protocol->message(room, body), protocol->cid_at(room));
        const std::string cid = "01890a5d-ac96-774b-bcce-b302099a8057";
        std::string out = "before";
        copies.append(out, cid);
        EXPECT_EQ(payload_of(out.substr(6)), R"({"id":2,"publish":{"room":")" + std::string(room) +
                                                 R"(","cid":")" + cid + R"(","body":")" + body +
                                                 "\"}}");
    }
}

TEST(PeerProtocol, V2ComesBackWithItsPosition) {
    const auto frame = protocol_named("v2", SeenUpTo{std::string(90, 'e'), 42})->greeting("a", 0);
    EXPECT_EQ(payload_of(frame), R"({"id":1,"connect":{"rooms":{"a":{"epoch":")" +
                                     std::string(90, 'e') + R"(","seq":42}}}})");
}

}  // namespace
}  // namespace confab::bench
