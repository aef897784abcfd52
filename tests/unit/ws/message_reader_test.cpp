#include "ws/message_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/ws_client_frame.hpp"
#include "support/ws_recorder.hpp"

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
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MessageReader::Options kOptions{.message_bytes_max = 1000, .fragments_max = 4};

std::vector<std::string> read(const std::string& bytes) {
    MessageReader reader(kOptions);
    WsRecorder recorder;
    recorder.feed(reader, bytes);
    return recorder.lines;
}

TEST(MessageReader, Section5_7_SampleMaskedTextMessage) {
    EXPECT_THAT(read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), ElementsAre("text Hello"));
}

TEST(MessageReader, Section5_6_BinaryIsNotLookedInto) {
    EXPECT_THAT(read(binary_frame("\xFF\xFE")), ElementsAre("binary \xFF\xFE"));
}

TEST(MessageReader, Section5_2_EmptyMessagesAreMessages) {
    EXPECT_THAT(read(text_frame("") + binary_frame("") + ping_frame("")),
                ElementsAre("text ", "binary ", "ping "));
}

TEST(MessageReader, Section5_4_FragmentsBecomeOneMessage) {
    EXPECT_THAT(read(text_frame("Hel", false) + continuation_frame("lo", true)),
                ElementsAre("text Hello"));
    EXPECT_THAT(read(binary_frame("", false) + continuation_frame("", false) +
                     continuation_frame("\xFF", true)),
                ElementsAre("binary \xFF"));
}

TEST(MessageReader, Section5_4_ControlFramesMayComeBetweenFragments) {
    EXPECT_THAT(read(text_frame("a", false) + ping_frame("p") + continuation_frame("b", false) +
                     pong_frame("q") + continuation_frame("c", true) + text_frame("d")),
                ElementsAre("ping p", "pong q", "text abc", "text d"));
}

TEST(MessageReader, Section5_4_CloseBetweenFragmentsEndsTheStream) {
    EXPECT_THAT(read(text_frame("a", false) + close_frame("") + continuation_frame("b", true)),
                ElementsAre("close - "));
}

TEST(MessageReader, Section5_4_ContinuationWithoutAMessageIsRefused) {
    const std::string reason = "failure 1002 continuation without a message";
    EXPECT_THAT(read(continuation_frame("x", true)), ElementsAre(reason));
    EXPECT_THAT(read(continuation_frame("x", false)), ElementsAre(reason));
    EXPECT_THAT(read(text_frame("x") + continuation_frame("x", true)),
                ElementsAre("text x", reason));
}

TEST(MessageReader, Section5_4_NewMessageInsideAFragmentedOneIsRefused) {
    const std::string reason = "failure 1002 new message inside a fragmented one";
    EXPECT_THAT(read(text_frame("a", false) + text_frame("b")), ElementsAre(reason));
    EXPECT_THAT(read(text_frame("a", false) + binary_frame("b", false)), ElementsAre(reason));
}

TEST(MessageReader, Section5_HeaderFaultsCloseWith1002) {
    EXPECT_THAT(read(encode({.reserved_bits = 4})), ElementsAre("failure 1002 reserved bit set"));
    EXPECT_THAT(read(encode({.opcode = 3})), ElementsAre("failure 1002 reserved opcode"));
    EXPECT_THAT(read(encode({.opcode = 9, .fin = false})),
                ElementsAre("failure 1002 control frame in fragments"));
    EXPECT_THAT(read(encode({.opcode = 9, .announced = 126})),
                ElementsAre("failure 1002 control frame over 125 bytes"));
    EXPECT_THAT(read(encode({.masked = false})), ElementsAre("failure 1002 frame without mask"));
    EXPECT_THAT(read(encode({.payload = "x", .length_bytes = 2})),
                ElementsAre("failure 1002 length not in its shortest form"));
    EXPECT_THAT(read(encode({.announced = 1ULL << 63})),
                ElementsAre("failure 1002 highest bit of the length set"));
}

TEST(MessageReader, Section5_5_LongestControlPayloadIsRead) {
    const std::string payload(125, 'p');
    EXPECT_THAT(read(ping_frame(payload)), ElementsAre("ping " + payload));
    EXPECT_THAT(read(close_frame(close_payload(1000, std::string(123, 'r')))),
                ElementsAre("close 1000 " + std::string(123, 'r')));
}

TEST(MessageReader, Section5_5_1_CloseMayBeEmpty) {
    EXPECT_THAT(read(close_frame("")), ElementsAre("close - "));
}

TEST(MessageReader, Section5_5_1_ClosePayloadOfOneByteIsRefused) {
    EXPECT_THAT(read(close_frame("\x03")), ElementsAre("failure 1002 close payload of one byte"));
}

TEST(MessageReader, Section7_4_EveryCloseCodeIsJudged) {
    for (unsigned code = 0; code <= 0xFFFF; code += (code < 5100 ? 1 : 97)) {
        const std::string expected = is_valid_on_wire(static_cast<std::uint16_t>(code))
                                         ? "close " + std::to_string(code) + " bye"
                                         : "failure 1002 close code must not be sent";
        ASSERT_THAT(read(close_frame(close_payload(code, "bye"))), ElementsAre(expected));
    }
}

TEST(MessageReader, Section5_5_1_CloseReasonMustBeUtf8) {
    for (const std::string reason : {"\xFF", "cut \xE2\x82", "\xED\xA0\x80"}) {
        EXPECT_THAT(read(close_frame(close_payload(1000, reason))),
                    ElementsAre("failure 1007 close reason is not UTF-8"));
    }
}

TEST(MessageReader, Section5_5_1_NothingIsReadAfterClose) {
    MessageReader reader(kOptions);
    WsRecorder recorder;
    recorder.feed(reader, close_frame(close_payload(1000)) + text_frame("x") + "\xFF\xFF");
    recorder.feed(reader, text_frame("y") + "\xFF\xFF");
    EXPECT_THAT(recorder.lines, ElementsAre("close 1000 "));
    EXPECT_FALSE(reader.in_message());
}

TEST(MessageReader, Section7_1_7_NothingIsReadAfterAFailure) {
    MessageReader reader(kOptions);
    WsRecorder recorder;
    recorder.feed(reader, encode({.opcode = 3}) + text_frame("x"));
    recorder.feed(reader, text_frame("y") + encode({.opcode = 3}));
    EXPECT_THAT(recorder.lines, ElementsAre("failure 1002 reserved opcode"));
    EXPECT_FALSE(reader.in_message());
}

TEST(MessageReader, HandlerThatSaysStopHearsNothingMore) {
    for (const std::string& first : {text_frame("x"), ping_frame("x"), pong_frame("x"),
                                     text_frame("x", false) + continuation_frame("", true)}) {
        MessageReader reader(kOptions);
        WsRecorder recorder;
        recorder.stop_at = 1;
        recorder.feed(reader, first + text_frame("y") + "\xFF");
        recorder.feed(reader, text_frame("z"));
        EXPECT_EQ(recorder.lines.size(), 1U);
        EXPECT_FALSE(reader.in_message());
    }
}

TEST(MessageReader, Section8_1_CharactersMayBeCutByFragments) {
    EXPECT_THAT(read(text_frame("\xF0\x9F", false) + continuation_frame("\x98", false) +
                     ping_frame("\xFF") + continuation_frame("\x80", true)),
                ElementsAre("ping \xFF", "text \xF0\x9F\x98\x80"));
}

TEST(MessageReader, Section8_1_TextMustNotEndInsideACharacter) {
    const std::string reason = "failure 1007 text ends inside a character";
    EXPECT_THAT(read(text_frame("\xE2\x82")), ElementsAre(reason));
    EXPECT_THAT(read(text_frame("\xE2", false) + continuation_frame("\x82", true)),
                ElementsAre(reason));
    EXPECT_THAT(read(text_frame("\xE2", false) + continuation_frame("", true)),
                ElementsAre(reason));
}

TEST(MessageReader, Section8_1_NextMessageStartsAfresh) {
    EXPECT_THAT(read(text_frame("\xE2\x82\xAC") + text_frame("\xAC")),
                ElementsAre("text \xE2\x82\xAC", "failure 1007 text is not UTF-8"));
}

// Byte by byte: the failure comes with the wrong byte, though most of the frame is still missing.
TEST(MessageReader, Section8_1_FailsAtTheFirstWrongByteOfAnUnfinishedFrame) {
    const std::string bytes =
        encode({.payload = "good \xE2\x82\x41", .fin = false, .announced = 900});
    MessageReader reader(kOptions);
    WsRecorder recorder;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ASSERT_THAT(recorder.lines, IsEmpty()) << i;
        recorder.feed(reader, std::string_view(bytes).substr(i, 1));
    }
    EXPECT_THAT(recorder.lines, ElementsAre("failure 1007 text is not UTF-8"));
}

TEST(MessageReader, Section10_4_ExactlyTheLimitIsRead) {
    const std::string limit(1000, 'x');
    EXPECT_THAT(read(text_frame(limit)), ElementsAre("text " + limit));
    EXPECT_THAT(read(text_frame(limit.substr(1), false) + continuation_frame("x", true)),
                ElementsAre("text " + limit));
    EXPECT_THAT(read(text_frame(limit, false) + continuation_frame("", true)),
                ElementsAre("text " + limit));
}

TEST(MessageReader, Section10_4_OneByteOverTheLimitIsRefusedAtTheHeader) {
    const std::string reason = "failure 1009 message too big";
    for (const std::uint64_t length : {1001ULL, 65535ULL, 65536ULL, 1ULL << 32, (1ULL << 63) - 1}) {
        std::string bytes = encode({.announced = length});
        bytes.resize(bytes.size() - 4);  // the length is enough, the mask need not come
        EXPECT_THAT(read(bytes), ElementsAre(reason)) << length;
    }
    EXPECT_THAT(read(text_frame(std::string(999, 'x'), false) +
                     encode({.opcode = 0, .announced = 2}).substr(0, 2)),
                ElementsAre(reason));
    // 999 kept + 2^63 - 1 must not wrap around.
    EXPECT_THAT(read(text_frame(std::string(999, 'x'), false) +
                     encode({.opcode = 0, .announced = (1ULL << 63) - 1})),
                ElementsAre(reason));
}

TEST(MessageReader, Section10_4_LimitCountsOneMessageNotTheStream) {
    const std::string limit(1000, 'x');
    EXPECT_THAT(read(text_frame(limit) + ping_frame("p") + text_frame(limit)),
                ElementsAre("text " + limit, "ping p", "text " + limit));
}

TEST(MessageReader, Section10_4_FragmentsAreLimited) {
    const std::string middle = continuation_frame("", false);
    EXPECT_THAT(read(text_frame("", false) + middle + middle + continuation_frame("x", true)),
                ElementsAre("text x"));
    // The fifth frame is refused at its first byte.
    EXPECT_THAT(read(text_frame("", false) + middle + middle + middle +
                     continuation_frame("x", true).substr(0, 1)),
                ElementsAre("failure 1008 too many fragments"));
}

TEST(MessageReader, Section10_4_ControlFramesDoNotCountAsFragments) {
    std::string bytes = text_frame("a", false);
    for (int i = 0; i < 20; ++i)
        bytes += pong_frame("");
    EXPECT_EQ(read(bytes + continuation_frame("b", true)).back(), "text ab");
}

TEST(MessageReader, InMessageFromTheFirstByteToTheLast) {
    const std::string message =
        text_frame("ab", false) + ping_frame("p") + continuation_frame("cd", true);
    MessageReader reader(kOptions);
    WsRecorder recorder;
    EXPECT_FALSE(reader.in_message());
    for (std::size_t i = 0; i < message.size(); ++i) {
        recorder.feed(reader, std::string_view(message).substr(i, 1));
        EXPECT_EQ(reader.in_message(), i + 1 < message.size()) << i;
    }
    recorder.feed(reader, ping_frame("whole"));
    EXPECT_FALSE(reader.in_message());
    recorder.feed(reader, ping_frame("cut").substr(0, 7));
    EXPECT_TRUE(reader.in_message());
}

TEST(MessageReader, MovedReaderGoesOnWhereItWas) {
    const std::string message = text_frame("ab", false) + continuation_frame("cd", true);
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        MessageReader first(kOptions);
        WsRecorder recorder;
        recorder.feed(first, std::string_view(message).substr(0, cut));
        MessageReader second(std::move(first));
        recorder.feed(second, std::string_view(message).substr(cut));
        EXPECT_THAT(recorder.lines, ElementsAre("text abcd")) << cut;
    }
}

}  // namespace
}  // namespace confab::ws
