#include "ws/deflater.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/limits.hpp"
#include "support/deflate_tools.hpp"

namespace confab::ws {
namespace {

using test::deflate_raw;
using test::inflate_raw;

// The payload of a server frame, of which everything else is checked.
std::string payload_of(const SharedBytes& frame, Opcode opcode) {
    const std::string_view bytes = frame.view();
    EXPECT_EQ(static_cast<unsigned char>(bytes[0]), 0xC0U | static_cast<unsigned>(opcode));
    EXPECT_EQ(frame_boundary_after(bytes, 1), bytes.size());
    const unsigned length = static_cast<unsigned char>(bytes[1]);
    return std::string(bytes.substr(length < 126 ? 2 : (length == 126 ? 4 : 10)));
}

std::string words(std::size_t bytes, unsigned seed) {
    static constexpr std::string_view kWords[] = {"fan", "-out ", "room ", "hello", " {\"id\":"};
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < bytes)
        text += kWords[random() % std::size(kWords)];
    text.resize(bytes);
    return text;
}

std::string noise(std::size_t bytes) {
    std::mt19937 random(7);
    std::string text(bytes, '\0');
    for (char& c : text)
        c = static_cast<char>(random());
    return text;
}

TEST(Deflater, Section7_2_1_MessageIsOneFrameWithRsv1ThatInflatesToThePayload) {
    Deflater deflater;
    for (const std::size_t size : {128U, 129U, 1000U, 4096U, 65535U, 65536U, 70000U, 1000000U}) {
        for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
            const std::string payload = words(size, 1);
            const auto frame = deflater.compress(opcode, payload);
            ASSERT_TRUE(frame) << size;
            EXPECT_LT(frame->size(), encode_frame(opcode, payload).size());
            EXPECT_EQ(inflate_raw(payload_of(*frame, opcode)), payload);
        }
    }
}

TEST(Deflater, Section7_2_1_TailIsTakenOff) {
    Deflater deflater;
    const std::string payload(500, 'a');
    const auto frame = deflater.compress(Opcode::text, payload);
    ASSERT_TRUE(frame);
    EXPECT_EQ(payload_of(*frame, Opcode::text), deflate_raw(payload));
    EXPECT_FALSE(frame->view().ends_with(std::string_view("\0\0\xFF\xFF", 4)));
}

TEST(Deflater, Section7_1_1_NothingIsKeptFromOneMessageToTheNext) {
    Deflater deflater;
    const std::string payload = words(3000, 2);
    const auto first = deflater.compress(Opcode::text, payload);
    (void)deflater.compress(Opcode::text, noise(5000));  // ends without its flush
    (void)deflater.compress(Opcode::text, words(100000, 3));
    const auto second = deflater.compress(Opcode::text, payload);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->view(), second->view());
    EXPECT_EQ(inflate_raw(payload_of(*second, Opcode::text)), payload);
}

TEST(Deflater, Section6_WhatDoesNotBecomeShorterIsLeftAsItIs) {
    Deflater deflater;
    EXPECT_FALSE(deflater.compress(Opcode::binary, ""));
    EXPECT_FALSE(deflater.compress(Opcode::text, std::string(kWsDeflateBytesMin - 1, 'a')));
    EXPECT_TRUE(deflater.compress(Opcode::text, std::string(kWsDeflateBytesMin, 'a')));
    for (const std::size_t size : {128U, 1000U, 65536U, 300000U}) {
        EXPECT_FALSE(deflater.compress(Opcode::binary, noise(size))) << size;
    }
}

// Payloads around the size at which compressing begins to pay: never a frame that is not shorter,
// always one when zlib can make it shorter.
TEST(Deflater, Section6_TheBorderIsExactlyTheLengthOfThePayload) {
    Deflater deflater;
    std::size_t compressed = 0;
    std::size_t left = 0;
    for (std::size_t same = 0; same < 60; ++same) {
        const std::string payload = noise(400) + std::string(same, 'x');
        const std::size_t zlib = deflate_raw(payload, {.level = -1}).size();
        const auto frame = deflater.compress(Opcode::binary, payload);
        ASSERT_EQ(frame.has_value(), zlib < payload.size()) << same;
        if (frame) {
            EXPECT_EQ(payload_of(*frame, Opcode::binary).size(), zlib);
        }
        ++(frame ? compressed : left);
    }
    EXPECT_GT(compressed, 0U);
    EXPECT_GT(left, 0U);
}

TEST(Deflater, Section7_1_2_1_PayloadThatFitsAWindowInflatesWithIt) {
    Deflater deflater;
    for (int bits = 8; bits <= 15; ++bits) {
        const std::size_t window = std::size_t{1} << bits;
        EXPECT_TRUE(fits_window(window, bits));
        EXPECT_EQ(fits_window(window + 1, bits), bits == 15) << "a distance has at most 15 bits";
        // The longest distance there can be: the end repeats the beginning.
        const std::string start = noise(window).substr(0, 40);
        const std::string payload = start + std::string(window - 80, 'z') + start;
        ASSERT_EQ(payload.size(), window);
        const auto frame = deflater.compress(Opcode::binary, payload);
        ASSERT_TRUE(frame) << bits;
        EXPECT_EQ(inflate_raw(payload_of(*frame, Opcode::binary), bits), payload) << bits;
    }
}

// Why fits_window() is asked: what does not fit is more than such a client can take.
TEST(Deflater, Section7_1_2_1_PayloadThatDoesNotFitMayNotInflateWithASmallWindow) {
    Deflater deflater;
    const std::string start = noise(2000).substr(0, 100);
    const std::string payload = start + std::string(2000, 'z') + start;
    EXPECT_FALSE(fits_window(payload.size(), 9));
    const auto frame = deflater.compress(Opcode::binary, payload);
    ASSERT_TRUE(frame);
    EXPECT_EQ(inflate_raw(payload_of(*frame, Opcode::binary), 9), std::nullopt);
    EXPECT_EQ(inflate_raw(payload_of(*frame, Opcode::binary), 15), payload);
}

}  // namespace
}  // namespace confab::ws
