#include "ws/frame.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/utf8.hpp"
#include "support/ws_client_frame.hpp"

namespace confab::ws {
namespace {

using test::ClientFrame;
using test::encode;

std::string header_of(std::uint64_t payload_bytes) {
    std::string out(kWrittenFrameHeaderBytesMax, '\0');
    out.resize(write_frame_header(out.data(), Opcode::binary, true, payload_bytes));
    return out;
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values)
        text += static_cast<char>(value);
    return text;
}

TEST(FrameWriting, Section5_2_LengthTakesTheShortestForm) {
    EXPECT_EQ(header_of(0), bytes({0x82, 0}));
    EXPECT_EQ(header_of(125), bytes({0x82, 125}));
    EXPECT_EQ(header_of(126), bytes({0x82, 126, 0, 126}));
    EXPECT_EQ(header_of(32768), bytes({0x82, 126, 0x80, 0}));
    EXPECT_EQ(header_of(65535), bytes({0x82, 126, 0xFF, 0xFF}));
    EXPECT_EQ(header_of(65536), bytes({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
    EXPECT_EQ(header_of(0x7FFFFFFFFFFFFFFFULL),
              bytes({0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
}

TEST(FrameWriting, Section5_2_FinAndOpcodeAreInTheFirstByte) {
    char out[kWrittenFrameHeaderBytesMax];
    write_frame_header(out, Opcode::text, false, 1);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x01);
    write_frame_header(out, Opcode::continuation, true, 1);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x80);
    write_frame_header(out, Opcode::pong, true, 1);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x8A);
}

TEST(FrameWriting, Section5_7_SampleUnmaskedTextMessage) {
    EXPECT_EQ(encode_frame(Opcode::text, "Hello").view(),
              bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
}

TEST(FrameWriting, Section5_7_SampleBinaryLengths) {
    EXPECT_EQ(encode_frame(Opcode::binary, std::string(256, 'x')).view().substr(0, 4),
              bytes({0x82, 0x7E, 0x01, 0x00}));
    const SharedBytes large = encode_frame(Opcode::binary, std::string(65536, 'x'));
    EXPECT_EQ(large.view().substr(0, 10), bytes({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));
    EXPECT_EQ(large.size(), 65546U);
}

TEST(FrameWriting, Section5_5_ControlPayloadOver125BytesIsABug) {
    EXPECT_EQ(encode_frame(Opcode::ping, std::string(125, 'x')).size(), 127U);
    EXPECT_DEATH((void)encode_frame(Opcode::ping, std::string(126, 'x')), "assertion failed");
}

// The samples of RFC 7692 section 7.2.3.1, unmasked as a server sends them.
TEST(FrameWriting, Rfc7692Section6_CompressedMessageHasRsv1) {
    const std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    EXPECT_EQ(encode_compressed_frame(Opcode::text, hello).view(), bytes({0xc1, 0x07}) + hello);
    EXPECT_EQ(encode_compressed_frame(Opcode::binary, std::string(70000, 'x')).view().substr(0, 10),
              bytes({0xc2, 0x7F, 0, 0, 0, 0, 0, 1, 0x11, 0x70}));
}

TEST(FrameWriting, Rfc7692Section6_1_ControlFramesAreNeverCompressed) {
    EXPECT_DEATH((void)encode_compressed_frame(Opcode::ping, ""), "assertion failed");
    EXPECT_DEATH((void)encode_compressed_frame(Opcode::continuation, ""), "assertion failed");
}

TEST(FrameBoundary, IsTheFirstEndOfAFrameAtOrBehindTheOffset) {
    std::string stream;
    std::vector<std::size_t> ends = {0};
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 3U, 0U}) {
        stream += encode_frame(Opcode::binary, std::string(size, '\x7F')).view();
        ends.push_back(stream.size());
    }
    stream += encode_close(CloseCode::too_slow, "reason").view();
    ends.push_back(stream.size());
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
        EXPECT_EQ(frame_boundary_after(stream, ends[i]), ends[i]);
        EXPECT_EQ(frame_boundary_after(stream, ends[i] + 1), ends[i + 1]);
        EXPECT_EQ(frame_boundary_after(stream, ends[i + 1] - 1), ends[i + 1]);
    }
    EXPECT_EQ(frame_boundary_after(stream, stream.size()), stream.size());
    EXPECT_EQ(frame_boundary_after("", 0), 0U);
}

TEST(FrameBoundary, WhatIsNotWholeFramesIsABug) {
    const std::string frame(encode_frame(Opcode::text, "Hello").view());
    EXPECT_DEATH((void)frame_boundary_after(frame, frame.size() + 1), "assertion failed");
    EXPECT_DEATH((void)frame_boundary_after(frame.substr(0, 6), 1), "assertion failed");
    EXPECT_DEATH((void)frame_boundary_after(frame.substr(0, 1), 1), "assertion failed");
    EXPECT_DEATH((void)frame_boundary_after(encode({.payload = "masked"}), 1), "assertion failed");
    EXPECT_DEATH((void)frame_boundary_after(bytes({0x82, 127, 255, 255}), 1), "assertion failed");
    EXPECT_DEATH(
        (void)frame_boundary_after(bytes({0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255}), 1),
        "assertion failed");
}

TEST(CloseWriting, Section5_5_1_CodeInNetworkOrderThenReason) {
    EXPECT_EQ(encode_close(CloseCode::too_slow, "slow").view(),
              bytes({0x88, 6, 0x0F, 0xA9, 's', 'l', 'o', 'w'}));
    EXPECT_EQ(encode_close(CloseCode::normal, "").view(), bytes({0x88, 2, 0x03, 0xE8}));
}

TEST(CloseWriting, Section7_1_5_NoStatusIsAnEmptyCloseFrame) {
    EXPECT_EQ(encode_close(CloseCode::no_status, "not sent").view(), bytes({0x88, 0}));
}

TEST(CloseWriting, Section5_5_ReasonIsCutTo123BytesAtACodePoint) {
    const std::string three_bytes = "\xE2\x82\xAC";
    for (std::size_t ascii = 0; ascii < 130; ++ascii) {
        std::string reason(ascii, 'a');
        for (int i = 0; i < 50; ++i)
            reason += three_bytes;
        const SharedBytes frame = encode_close(CloseCode::going_away, reason);
        ASSERT_LE(frame.size(), 2U + 125U);
        ASSERT_GE(frame.size(), 2U + 125U - 2U) << "cut more than a character";
        const std::string_view sent = frame.view().substr(4);
        EXPECT_EQ(static_cast<std::size_t>(frame.view()[1]), sent.size() + 2);
        EXPECT_TRUE(is_valid_utf8(sent)) << ascii;
        EXPECT_TRUE(reason.starts_with(sent));
    }
    EXPECT_EQ(encode_close(CloseCode::normal, std::string(123, 'a')).size(), 127U);
    EXPECT_EQ(encode_close(CloseCode::normal, std::string(124, 'a')).size(), 127U);
}

TEST(Unmask, Section5_7_SampleMaskedTextMessage) {
    std::string data = bytes({0x7f, 0x9f, 0x4d, 0x51, 0x58});
    unmask(data.data(), data.size(), {0x37, 0xfa, 0x21, 0x3d}, 0);
    EXPECT_EQ(data, "Hello");
}

// Every size, phase and alignment around the eight-byte steps, against the definition.
TEST(Unmask, Section5_3_EveryByteTakesTheMaskByteOfItsPosition) {
    const Mask mask = {0x01, 0x82, 0x43, 0xF4};
    for (std::size_t offset = 0; offset < 8; ++offset) {
        for (std::size_t phase = 0; phase < 9; ++phase) {
            for (std::size_t size = 0; size < 40; ++size) {
                std::string data(offset + size + 1, 'k');
                unmask(data.data() + offset, size, mask, phase);
                std::string expected(offset + size + 1, 'k');
                for (std::size_t i = 0; i < size; ++i) {
                    expected[offset + i] = static_cast<char>('k' ^ mask[(phase + i) % 4]);
                }
                ASSERT_EQ(data, expected) << offset << ' ' << phase << ' ' << size;
            }
        }
    }
}

// The step that ends the parser's work on these bytes, and how many bytes it took.
struct Parsed {
    HeaderStep step = HeaderStep::more;
    std::size_t used = 0;
    FrameHeaderParser parser;
};

Parsed parse(std::string_view input) {
    Parsed parsed;
    for (const char c : input) {
        ++parsed.used;
        parsed.step = parsed.parser.step(static_cast<unsigned char>(c));
        if (is_failure(parsed.step) || parsed.step == HeaderStep::complete) break;
    }
    return parsed;
}

TEST(FrameHeaderParsing, Section5_2_EveryLengthFormIsReadBack) {
    for (const std::uint64_t length : {0ULL, 1ULL, 125ULL, 126ULL, 127ULL, 65535ULL, 65536ULL,
                                       0x100000000ULL, 0x7FFFFFFFFFFFFFFFULL}) {
        const Parsed parsed = parse(encode({.opcode = 2, .announced = length}));
        EXPECT_EQ(parsed.step, HeaderStep::complete) << length;
        EXPECT_EQ(parsed.parser.payload_bytes(), length);
        EXPECT_EQ(parsed.parser.opcode(), Opcode::binary);
        EXPECT_TRUE(parsed.parser.fin());
        EXPECT_EQ(parsed.parser.mask(), (Mask{0x37, 0xfa, 0x21, 0x3d}));
        EXPECT_LE(parsed.used, kFrameHeaderBytesMax);
    }
}

TEST(FrameHeaderParsing, Section5_2_ReservedBitsAreRefusedAtTheFirstByte) {
    for (unsigned bits = 1; bits < 8; ++bits) {
        const Parsed parsed = parse(encode({.reserved_bits = bits}));
        EXPECT_EQ(parsed.step, HeaderStep::reserved_bits) << bits;
        EXPECT_EQ(parsed.used, 1U);
    }
}

// RFC 7692 sections 6 and 6.1: RSV1 on the first frame of a data message, and nowhere else.
TEST(FrameHeaderParsing, Rfc7692Section6_1_Rsv1IsForDataWhereCompressionWasAgreedOn) {
    for (const unsigned opcode : {0U, 1U, 2U, 8U, 9U, 10U}) {
        for (unsigned bits = 0; bits < 8; ++bits) {
            const bool good = bits == 0 || (bits == 4 && (opcode == 1 || opcode == 2));
            const std::string frame = encode({.opcode = opcode, .reserved_bits = bits});
            FrameHeaderParser parser;
            const HeaderStep step = parser.step(static_cast<unsigned char>(frame[0]), true);
            EXPECT_EQ(step, good ? HeaderStep::opcode_known : HeaderStep::reserved_bits)
                << opcode << ' ' << bits;
            if (good) {
                EXPECT_EQ(parser.compressed(), bits == 4);
                EXPECT_EQ(parser.opcode(), static_cast<Opcode>(opcode));
            }
        }
    }
}

TEST(FrameHeaderParsing, Section5_2_ReservedOpcodesAreRefusedAtTheFirstByte) {
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        const Parsed parsed = parse(encode({.opcode = opcode}));
        EXPECT_EQ(parsed.step, HeaderStep::reserved_opcode) << opcode;
        EXPECT_EQ(parsed.used, 1U);
    }
}

TEST(FrameHeaderParsing, Section5_5_FragmentedControlIsRefusedAtTheFirstByte) {
    for (const unsigned opcode : {8U, 9U, 10U}) {
        const Parsed parsed = parse(encode({.opcode = opcode, .fin = false}));
        EXPECT_EQ(parsed.step, HeaderStep::control_fragmented) << opcode;
        EXPECT_EQ(parsed.used, 1U);
    }
}

TEST(FrameHeaderParsing, Section5_5_ControlOver125BytesIsRefusedAtTheSecondByte) {
    for (const unsigned opcode : {8U, 9U, 10U}) {
        EXPECT_EQ(parse(encode({.opcode = opcode, .announced = 125})).step, HeaderStep::complete);
        for (const std::uint64_t length : {126ULL, 65536ULL}) {
            const Parsed parsed = parse(encode({.opcode = opcode, .announced = length}));
            EXPECT_EQ(parsed.step, HeaderStep::control_too_long) << opcode;
            EXPECT_EQ(parsed.used, 2U);
        }
    }
}

TEST(FrameHeaderParsing, Section5_1_UnmaskedIsRefusedAtTheSecondByte) {
    for (const unsigned opcode : {0U, 1U, 2U, 8U, 9U, 10U}) {
        const Parsed parsed = parse(encode({.opcode = opcode, .payload = "x", .masked = false}));
        EXPECT_EQ(parsed.step, HeaderStep::not_masked) << opcode;
        EXPECT_EQ(parsed.used, 2U);
    }
}

TEST(FrameHeaderParsing, Section5_2_NonMinimalLengthIsRefused) {
    for (const std::uint64_t length : {0ULL, 1ULL, 125ULL}) {
        const Parsed parsed = parse(encode({.announced = length, .length_bytes = 2}));
        EXPECT_EQ(parsed.step, HeaderStep::length_not_shortest) << length;
        EXPECT_EQ(parsed.used, 4U);
    }
    for (const std::uint64_t length : {0ULL, 125ULL, 126ULL, 65535ULL}) {
        const Parsed parsed = parse(encode({.announced = length, .length_bytes = 8}));
        EXPECT_EQ(parsed.step, HeaderStep::length_not_shortest) << length;
        EXPECT_EQ(parsed.used, 8U) << "known to be wrong before its last two bytes";
    }
}

TEST(FrameHeaderParsing, Section5_2_HighestBitOf64BitLengthIsRefusedAtItsByte) {
    for (const std::uint64_t length : {0x8000000000000000ULL, 0x8000000000000001ULL, ~0ULL}) {
        const Parsed parsed = parse(encode({.announced = length}));
        EXPECT_EQ(parsed.step, HeaderStep::length_too_high) << length;
        EXPECT_EQ(parsed.used, 3U);
    }
}

// All 65,536 beginnings against the rules written out in one place.
TEST(FrameHeaderParsing, Section5_2_EveryFirstTwoBytesAreJudgedByTheRules) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const unsigned opcode = first & 15;
            const bool control = opcode >= 8;
            const bool known = opcode < 3 || (opcode > 7 && opcode < 11);
            const bool good_first = (first & 0x70) == 0 && known && (!control || first >= 128);
            const bool good_second = second >= 128 && (!control || second < 128 + 126);
            const Parsed parsed = parse(bytes({static_cast<int>(first), static_cast<int>(second)}));
            ASSERT_EQ(is_failure(parsed.step), !good_first || !good_second)
                << first << ' ' << second;
            if (is_failure(parsed.step)) {
                ASSERT_EQ(parsed.used, good_first ? 2U : 1U);
            }
        }
    }
}

TEST(FrameHeaderParsing, EveryFailureHasItsOwnText) {
    std::set<std::string_view> texts;
    for (unsigned step = static_cast<unsigned>(HeaderStep::reserved_bits);
         step <= static_cast<unsigned>(HeaderStep::length_too_high); ++step) {
        texts.insert(describe(static_cast<HeaderStep>(step)));
    }
    EXPECT_EQ(texts.size(), 7U);
    EXPECT_EQ(texts.count("no failure"), 0U);
}

}  // namespace
}  // namespace confab::ws
