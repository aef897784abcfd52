// Compressed messages (RFC 7692): where RSV1 may stand, what is inflated, and what it may cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/allocation_count.hpp"
#include "support/deflate_tools.hpp"
#include "support/ws_client_frame.hpp"
#include "support/ws_recorder.hpp"
#include "ws/message_reader.hpp"

namespace confab::ws {
namespace {

using test::AllocationCount;
using test::continuation_frame;
using test::deflate_raw;
using test::encode;
using test::ping_frame;
using test::text_frame;
using test::WsRecorder;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MessageReader::Options kOptions{.message_bytes_max = 1000, .fragments_max = 4};
const std::string kReserved = "failure 1002 reserved bit set";
const std::string kTooBig = "failure 1009 message too big";
const std::string kInvalid = "failure 1007 compressed data is not valid";
const std::string kNotUtf8 = "failure 1007 text is not UTF-8";

std::string compressed_frame(std::string_view payload, bool fin = true, unsigned opcode = 1) {
    return encode(
        {.opcode = opcode, .payload = std::string(payload), .fin = fin, .reserved_bits = 4});
}

std::vector<std::string> read(const std::string& bytes,
                              const MessageReader::Options& options = kOptions) {
    Inflater inflater;
    MessageReader reader(options, &inflater);
    WsRecorder recorder;
    recorder.feed(reader, bytes);
    return recorder.lines;
}

TEST(MessageReaderDeflate, Section6_2_CompressedMessagesAreInflated) {
    EXPECT_THAT(read(compressed_frame(deflate_raw("Hello"))), ElementsAre("text Hello"));
    EXPECT_THAT(read(compressed_frame(deflate_raw("\xFF\xFE"), true, 2)),
                ElementsAre("binary \xFF\xFE"));
    EXPECT_THAT(read(compressed_frame(std::string(1, '\0')) + compressed_frame(deflate_raw(""))),
                ElementsAre("text ", "text "));
}

// RFC 7692 section 7.2.3.1: "Hello" in one frame, and the same in two, masked here.
TEST(MessageReaderDeflate, Section7_2_3_1_SampleMessageInOneFrameAndInTwo) {
    const std::string hello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    EXPECT_THAT(read(compressed_frame(hello)), ElementsAre("text Hello"));
    EXPECT_THAT(
        read(compressed_frame(hello.substr(0, 3), false) + continuation_frame(hello.substr(3), 1)),
        ElementsAre("text Hello"));
}

TEST(MessageReaderDeflate, Section6_MessagesMayBeUncompressed) {
    EXPECT_THAT(read(text_frame("plain") + compressed_frame(deflate_raw("packed")) +
                     text_frame("pla", false) + continuation_frame("in", true)),
                ElementsAre("text plain", "text packed", "text plain"));
}

TEST(MessageReaderDeflate, Section6_1_ControlFramesMayComeBetweenTheFragments) {
    const std::string whole = deflate_raw("Hello");
    EXPECT_THAT(read(compressed_frame(whole.substr(0, 2), false) + ping_frame("p") +
                     continuation_frame(whole.substr(2, 1), false) + ping_frame("q") +
                     continuation_frame(whole.substr(3), true) + text_frame("next")),
                ElementsAre("ping p", "ping q", "text Hello", "text next"));
}

TEST(MessageReaderDeflate, Section6_1_Rsv1OnAnythingElseIsRefused) {
    const std::string whole = deflate_raw("Hello");
    for (const unsigned opcode : {8U, 9U, 10U}) {
        EXPECT_THAT(read(compressed_frame("", true, opcode)), ElementsAre(kReserved)) << opcode;
    }
    EXPECT_THAT(read(compressed_frame(whole.substr(0, 3), false) +
                     compressed_frame(whole.substr(3), true, 0)),
                ElementsAre(kReserved));
    EXPECT_THAT(read(text_frame("plain", false) + compressed_frame(whole, true, 0)),
                ElementsAre(kReserved));
    for (const unsigned bits : {1U, 2U, 3U, 5U, 6U, 7U}) {
        EXPECT_THAT(read(encode({.payload = whole, .reserved_bits = bits})), ElementsAre(kReserved))
            << bits;
    }
}

TEST(MessageReaderDeflate, Section6_Rsv1WithoutAgreementIsRefused) {
    MessageReader reader(kOptions);
    WsRecorder recorder;
    recorder.feed(reader, compressed_frame(deflate_raw("Hello")));
    EXPECT_THAT(recorder.lines, ElementsAre(kReserved));
}

TEST(MessageReaderDeflate, Section7_2_2_WhatCannotBeInflatedIsRefused) {
    EXPECT_THAT(read(compressed_frame("plain text")), ElementsAre(kInvalid));
    EXPECT_THAT(read(compressed_frame("")), ElementsAre(kInvalid));
    EXPECT_THAT(read(compressed_frame(deflate_raw("Hello").substr(0, 4))), ElementsAre(kInvalid));
    EXPECT_THAT(read(compressed_frame(deflate_raw("one"), false) + continuation_frame("x", true)),
                ElementsAre(kInvalid));
}

TEST(MessageReaderDeflate, Rfc6455Section8_1_TextIsUtf8WhenInflated) {
    for (const std::string bad : {"\xFF", "cut \xE2\x82", "\xED\xA0\x80"}) {
        EXPECT_THAT(read(compressed_frame(deflate_raw(bad))), ElementsAre(kNotUtf8));
        EXPECT_THAT(read(compressed_frame(deflate_raw(bad), true, 2)),
                    ElementsAre("binary " + bad));
    }
    // The compressed bytes themselves need not be, and leave nothing for the next message.
    EXPECT_THAT(read(compressed_frame(deflate_raw("\xE2\x82\xAC")) + text_frame("\xE2\x82\xAC")),
                ElementsAre("text \xE2\x82\xAC", "text \xE2\x82\xAC"));
}

TEST(MessageReaderDeflate, LimitCountsTheInflatedMessage) {
    const std::string limit(1000, 'x');
    EXPECT_THAT(read(compressed_frame(deflate_raw(limit))), ElementsAre("text " + limit));
    EXPECT_THAT(read(compressed_frame(deflate_raw(limit + "x"))), ElementsAre(kTooBig));
    EXPECT_THAT(read(compressed_frame(deflate_raw(std::string(1 << 20, 'x')))),
                ElementsAre(kTooBig));
}

// What compresses badly may be longer on the wire than the message is.
TEST(MessageReaderDeflate, LimitLeavesRoomForWhatCompressingAdds) {
    std::string noise;
    for (unsigned i = 0; i < 1000; ++i)
        noise += static_cast<char>(144 + i * 37 % 112);  // nine bits each in the fixed codes
    for (const test::DeflateOptions& options :
         {test::DeflateOptions{.level = 0}, test::DeflateOptions{.level = 0, .flush_every = 250},
          test::DeflateOptions{.strategy = Z_FIXED}, test::DeflateOptions{.level = 9}}) {
        const std::string compressed = deflate_raw(noise, options);
        EXPECT_LE(compressed.size(), compressed_bytes_max(1000));
        EXPECT_THAT(read(compressed_frame(compressed, true, 2)), ElementsAre("binary " + noise));
    }
}

TEST(MessageReaderDeflate, CompressedLengthIsRefusedAtTheHeader) {
    constexpr std::size_t kMax = compressed_bytes_max(1000);
    const auto header = [](std::uint64_t length) {
        std::string bytes = encode({.reserved_bits = 4, .announced = length});
        bytes.resize(bytes.size() - 4);
        return bytes;
    };
    EXPECT_THAT(read(header(kMax)), IsEmpty());
    for (const std::uint64_t length : {kMax + 1ULL, (1ULL << 63) - 1}) {
        EXPECT_THAT(read(header(length)), ElementsAre(kTooBig)) << length;
    }
    EXPECT_THAT(read(compressed_frame(std::string(kMax - 1, 'x'), false) +
                     encode({.opcode = 0, .announced = 2}).substr(0, 2)),
                ElementsAre(kTooBig));
}

TEST(MessageReaderDeflate, ReadersShareAnInflaterMessageByMessage) {
    Inflater inflater;
    MessageReader first(kOptions, &inflater);
    MessageReader second(kOptions, &inflater);
    WsRecorder events;
    const std::string one = compressed_frame(deflate_raw("Hello, Hello"));
    const std::string two = compressed_frame(deflate_raw("other other other"));
    for (std::size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
        events.feed(first, std::string_view(one).substr(std::min(i, one.size()), 1));
        events.feed(second, std::string_view(two).substr(std::min(i, two.size()), 1));
    }
    EXPECT_THAT(events.lines, ElementsAre("text other other other", "text Hello, Hello"));
}

TEST(MessageReaderDeflate, EverySplitGivesTheSameEvents) {
    const std::string text = "Hello \xE2\x82\xAC Hello \xE2\x82\xAC";
    const std::string whole = deflate_raw(text);
    const std::vector<std::pair<std::string, std::vector<std::string>>> sessions = {
        {compressed_frame(whole) + text_frame("\xE2\x82\xAC"),
         {"text " + text, "text \xE2\x82\xAC"}},
        {compressed_frame(whole.substr(0, 9), false) + ping_frame("p") +
             continuation_frame(whole.substr(9), true),
         {"ping p", "text " + text}},
        {compressed_frame(deflate_raw("a\xFF")) + text_frame("b"), {kNotUtf8}},
        {compressed_frame("junk") + text_frame("b"), {kInvalid}},
        {compressed_frame(deflate_raw(std::string(1001, 'x'))) + text_frame("b"), {kTooBig}},
        {compressed_frame(whole, false) + compressed_frame("", true, 0), {kReserved}},
    };
    Inflater inflater;
    for (const auto& [bytes, events] : sessions) {
        for (std::size_t one = 0; one <= bytes.size(); ++one) {
            for (std::size_t two = one; two <= bytes.size(); ++two) {
                MessageReader reader(kOptions, &inflater);
                WsRecorder recorder;
                recorder.feed(reader, std::string_view(bytes).substr(0, one));
                recorder.feed(reader, std::string_view(bytes).substr(one, two - one));
                recorder.feed(reader, std::string_view(bytes).substr(two));
                ASSERT_EQ(recorder.lines, events) << one << ' ' << two;
            }
        }
        MessageReader reader(kOptions, &inflater);
        WsRecorder recorder;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            recorder.feed(reader, std::string_view(bytes).substr(i, 1));
        EXPECT_EQ(recorder.lines, events);
    }
}

// Row B9 of the security table.
TEST(MessageReaderDeflate, BombIsClosedAtTheLimitWithBoundedMemory) {
    constexpr MessageReader::Options kDefault{.message_bytes_max = 64 * 1024, .fragments_max = 64};
    std::string wire = compressed_frame(deflate_raw(std::string(16 << 20, '\0'), {.level = 9}));
    ASSERT_LT(wire.size(), 20U * 1024) << "two thousandths of what it becomes";
    Inflater inflater;
    MessageReader reader(kDefault, &inflater);
    WsRecorder recorder;
    AllocationCount::restart();
    const auto failure = reader.feed(wire, recorder);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, CloseCode::message_too_big);
    EXPECT_LE(AllocationCount::of_this_thread().bytes, kDefault.message_bytes_max + 1);
    EXPECT_THAT(recorder.lines, IsEmpty());
}

TEST(MessageReaderDeflate, CompressedFragmentsTakeNoMoreThanTheirLimit) {
    constexpr MessageReader::Options kDefault{.message_bytes_max = 64 * 1024, .fragments_max = 64};
    std::string wire = compressed_frame(std::string(33 * 1024, 'x'), false);
    for (int i = 0; i < 45; ++i)
        wire += continuation_frame(std::string(1000, 'y'), false);
    Inflater inflater;
    MessageReader reader(kDefault, &inflater);
    WsRecorder recorder;
    AllocationCount::restart();
    EXPECT_EQ(reader.feed(wire, recorder).value().code, CloseCode::message_too_big);
    EXPECT_LE(AllocationCount::of_this_thread().largest, compressed_bytes_max(64 * 1024));
}

// The limits are the operator's, who may change them at any moment.
TEST(MessageReaderLimits, LoweredLimitHoldsForWhatHasBegun) {
    for (const bool compressed : {false, true}) {
        Inflater inflater;
        MessageReader::Options options = kOptions;
        MessageReader reader(options, &inflater);
        WsRecorder recorder;
        const std::string first = encode({.opcode = 2,
                                          .payload = std::string(900, 'x'),
                                          .fin = false,
                                          .reserved_bits = compressed ? 4U : 0U});
        recorder.feed(reader, first);
        options.message_bytes_max = 100;
        recorder.feed(reader, encode({.opcode = 0, .announced = 0}).substr(0, 2));
        EXPECT_THAT(recorder.lines, ElementsAre(kTooBig)) << "no wrapping, no way around it";
    }
}

TEST(MessageReaderLimits, FrameThatHasBegunMayEndAndItsBufferGrowsInSteps) {
    for (const bool fin : {false, true}) {
        MessageReader::Options options{.message_bytes_max = 1 << 20, .fragments_max = 4};
        MessageReader reader(options);
        WsRecorder recorder;
        std::string wire = encode({.opcode = 2, .payload = std::string(1 << 20, 'x'), .fin = fin});
        EXPECT_FALSE(reader.feed(std::span<char>(wire).first(1000), recorder));
        options.message_bytes_max = 100;
        AllocationCount::restart();
        for (std::size_t at = 1000; at < wire.size(); at += 1000) {
            const std::size_t size = std::min<std::size_t>(1000, wire.size() - at);
            ASSERT_FALSE(reader.feed(std::span<char>(wire).subspan(at, size), recorder));
        }
        EXPECT_LE(AllocationCount::of_this_thread().bytes, 6U << 20) << "linear, not quadratic";
        EXPECT_EQ(recorder.lines.size(), fin ? 1U : 0U);
    }
}

TEST(MessageReaderLimits, RaisedLimitHoldsAtOnce) {
    MessageReader::Options options = kOptions;
    MessageReader reader(options);
    WsRecorder recorder;
    recorder.feed(reader, text_frame(std::string(900, 'x'), false));
    options = {.message_bytes_max = 2000, .fragments_max = 2};
    recorder.feed(reader, continuation_frame(std::string(1100, 'y'), true));
    EXPECT_THAT(recorder.lines,
                ElementsAre("text " + std::string(900, 'x') + std::string(1100, 'y')));
}

TEST(MessageReaderLimits, FewerFragmentsHoldForWhatHasBegun) {
    MessageReader::Options options = kOptions;
    MessageReader reader(options);
    WsRecorder recorder;
    for (int i = 0; i < 3; ++i)
        recorder.feed(reader, i == 0 ? text_frame("a", false) : continuation_frame("b", false));
    options.fragments_max = 1;
    recorder.feed(reader, continuation_frame("c", true));
    EXPECT_THAT(recorder.lines, ElementsAre("failure 1008 too many fragments"));
}

}  // namespace
}  // namespace confab::ws
