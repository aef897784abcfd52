// The same bytes must give the same events however TCP cuts them (security table, row B13).
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/ws_client_frame.hpp"
#include "support/ws_recorder.hpp"
#include "ws/message_reader.hpp"

namespace confab::ws {
namespace {

using test::binary_frame;
using test::close_frame;
using test::close_payload;
using test::continuation_frame;
using test::encode;
using test::ping_frame;
using test::pong_frame;
using test::text_frame;
using test::WsRecorder;

constexpr MessageReader::Options kOptions{.message_bytes_max = 70000, .fragments_max = 5};

struct Session {
    std::string name;
    std::string bytes;
    std::vector<std::string> events;
};

std::vector<Session> good_sessions() {
    const std::string euro = "\xE2\x82\xAC";
    const std::string long_text(300, 't');
    return {
        {"nothing", "", {}},
        {"one text", text_frame("Hello"), {"text Hello"}},
        {"empty frames",
         text_frame("") + text_frame("", false) + continuation_frame("", true) + ping_frame(""),
         {"text ", "text ", "ping "}},
        {"many in one read",
         text_frame("a") + binary_frame("\x80") + ping_frame("p") + text_frame(euro),
         {"text a", "binary \x80", "ping p", "text " + euro}},
        {"fragments with control frames between",
         text_frame("a\xE2", false) + ping_frame("one") + continuation_frame("\x82", false) +
             pong_frame("two") + continuation_frame("\xAC z", true) + close_frame(""),
         {"ping one", "pong two", "text a" + euro + " z", "close - "}},
        {"16-bit length", text_frame(long_text) + text_frame("b"), {"text " + long_text, "text b"}},
        {"other masks",
         encode({.payload = "zero mask", .mask = {0, 0, 0, 0}}) +
             encode({.payload = "all ones", .mask = {255, 255, 255, 255}}),
         {"text zero mask", "text all ones"}},
        {"close with a reason, then more",
         close_frame(close_payload(4001, "r" + euro)) + text_frame("late"),
         {"close 4001 r" + euro}},
        {"unfinished", text_frame("a") + text_frame("bcd", false), {"text a"}},
    };
}

std::vector<Session> bad_sessions() {
    const std::string start = text_frame("a", false);
    const std::string x = continuation_frame("", false);
    const std::string not_utf8 = "failure 1007 text is not UTF-8";
    return {
        {"reserved bit", encode({.reserved_bits = 1}), {"failure 1002 reserved bit set"}},
        {"reserved opcode", start + encode({.opcode = 11}), {"failure 1002 reserved opcode"}},
        {"no mask",
         text_frame("a") + encode({.masked = false}),
         {"text a", "failure 1002 frame without mask"}},
        {"control fragment",
         start + encode({.opcode = 9, .fin = false}),
         {"failure 1002 control frame in fragments"}},
        {"control too long",
         encode({.opcode = 10, .payload = std::string(126, 'x')}),
         {"failure 1002 control frame over 125 bytes"}},
        {"16-bit length too long a form",
         encode({.payload = "abc", .length_bytes = 2}),
         {"failure 1002 length not in its shortest form"}},
        {"64-bit length too long a form",
         encode({.payload = std::string(200, 'x'), .length_bytes = 8}),
         {"failure 1002 length not in its shortest form"}},
        {"64-bit length, highest bit",
         encode({.payload = "abc", .announced = ~0ULL}),
         {"failure 1002 highest bit of the length set"}},
        {"too big", encode({.announced = 70001}), {"failure 1009 message too big"}},
        {"too big together",
         start + encode({.opcode = 0, .payload = "abc", .announced = 70000}),
         {"failure 1009 message too big"}},
        {"too many fragments",
         start + x + x + x + x + continuation_frame("z", true),
         {"failure 1008 too many fragments"}},
        {"stray continuation", x, {"failure 1002 continuation without a message"}},
        {"text in text", start + start, {"failure 1002 new message inside a fragmented one"}},
        {"close of one byte", close_frame("x"), {"failure 1002 close payload of one byte"}},
        {"close code 1005",
         close_frame(close_payload(1005)),
         {"failure 1002 close code must not be sent"}},
        {"close reason",
         close_frame(close_payload(1000, "\xC0\xAF")),
         {"failure 1007 close reason is not UTF-8"}},
        {"bad byte", text_frame("ab\xFFtail") + text_frame("c"), {not_utf8}},
        {"surrogate over fragments",
         text_frame("\xED", false) + ping_frame("p") + continuation_frame("\xA0\x80", true),
         {"ping p", not_utf8}},
        {"cut character",
         text_frame("\xF0\x9F\x98") + text_frame("c"),
         {"failure 1007 text ends inside a character"}},
    };
}

std::vector<Session> sessions() {
    auto all = good_sessions();
    for (auto& session : bad_sessions())
        all.push_back(std::move(session));
    return all;
}

TEST(MessageReaderSplits, WholeSessionGivesItsEvents) {
    for (const Session& session : sessions()) {
        MessageReader reader(kOptions);
        WsRecorder recorder;
        recorder.feed(reader, session.bytes);
        EXPECT_EQ(recorder.lines, session.events) << session.name;
    }
}

TEST(MessageReaderSplits, ByteByByteGivesTheSameEvents) {
    for (const Session& session : sessions()) {
        MessageReader reader(kOptions);
        WsRecorder recorder;
        for (std::size_t i = 0; i < session.bytes.size(); ++i) {
            recorder.feed(reader, std::string_view(session.bytes).substr(i, 1));
        }
        EXPECT_EQ(recorder.lines, session.events) << session.name;
    }
}

TEST(MessageReaderSplits, EverySplitInTwoGivesTheSameEvents) {
    for (const Session& session : sessions()) {
        const std::string_view bytes = session.bytes;
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            MessageReader reader(kOptions);
            WsRecorder recorder;
            recorder.feed(reader, bytes.substr(0, cut));
            recorder.feed(reader, bytes.substr(cut));
            ASSERT_EQ(recorder.lines, session.events) << session.name << " at " << cut;
        }
    }
}

// Short sessions at every split in three: a header, a mask or a character cut twice.
TEST(MessageReaderSplits, EverySplitInThreeGivesTheSameEvents) {
    for (const Session& session : sessions()) {
        const std::string_view bytes = session.bytes;
        if (bytes.size() > 80) continue;
        for (std::size_t one = 0; one <= bytes.size(); ++one) {
            for (std::size_t two = one; two <= bytes.size(); ++two) {
                MessageReader reader(kOptions);
                WsRecorder recorder;
                recorder.feed(reader, bytes.substr(0, one));
                recorder.feed(reader, bytes.substr(one, two - one));
                recorder.feed(reader, bytes.substr(two));
                ASSERT_EQ(recorder.lines, session.events)
                    << session.name << " at " << one << " and " << two;
            }
        }
    }
}

TEST(MessageReaderSplits, RandomPiecesOfA64BitLengthGiveTheSameEvents) {
    std::mt19937 random(20261124);
    std::string payload;
    while (payload.size() < 69990)
        payload += payload.size() % 7 == 0 ? "\xF0\x9F\x98\x80" : "abc";
    const std::string bytes = text_frame(payload) + text_frame("next");
    const std::vector<std::string> expected = {"text " + payload, "text next"};
    for (int round = 0; round < 50; ++round) {
        MessageReader reader(kOptions);
        WsRecorder recorder;
        std::size_t at = 0;
        while (at < bytes.size()) {
            const std::size_t size = 1 + random() % (round % 2 == 0 ? 20000 : 700);
            recorder.feed(reader, std::string_view(bytes).substr(at, size));
            at += size;
        }
        ASSERT_EQ(recorder.lines, expected) << round;
    }
}

}  // namespace
}  // namespace confab::ws
