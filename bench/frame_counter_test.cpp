#include "bench/frame_counter.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ws/frame.hpp"

namespace confab::bench {
namespace {

std::string frame(ws::Opcode opcode, std::size_t payload_bytes) {
    return std::string(ws::encode_frame(opcode, std::string(payload_bytes, '\x81')).view());
}

// Every length form, with payloads that look like headers.
std::string stream() {
    std::string bytes;
    for (const std::size_t size : {0U, 1U, 125U, 126U, 300U, 65535U, 65536U}) {
        bytes += frame(ws::Opcode::text, size);
    }
    return bytes + frame(ws::Opcode::ping, 3) + frame(ws::Opcode::pong, 0) +
           frame(ws::Opcode::close, 2);
}

void add(Seen& sum, const Seen& seen) {
    sum.messages += seen.messages;
    sum.pings += seen.pings;
    sum.closes += seen.closes;
    sum.wrong |= seen.wrong;
}

void expect_all(const Seen& seen) {
    EXPECT_EQ(seen.messages, 7U);
    EXPECT_EQ(seen.pings, 1U);
    EXPECT_EQ(seen.closes, 1U);
    EXPECT_FALSE(seen.wrong);
}

TEST(FrameCounter, CountsEveryFrameWhateverThePiecesAre) {
    const std::string bytes = stream();
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 127U, 4096U, 1000000U}) {
        FrameCounter counter;
        Seen sum;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            add(sum, counter.feed(std::string_view(bytes).substr(at, piece)));
        }
        expect_all(sum);
        EXPECT_TRUE(counter.between_frames()) << "pieces of " << piece;
    }
}

TEST(FrameCounter, CountsTheSameForEverySplitInTwo) {
    const std::string bytes =
        frame(ws::Opcode::text, 126) + frame(ws::Opcode::text, 5) + frame(ws::Opcode::text, 70000);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        FrameCounter counter;
        Seen sum = counter.feed(std::string_view(bytes).substr(0, split));
        add(sum, counter.feed(std::string_view(bytes).substr(split)));
        ASSERT_EQ(sum.messages, 3U) << "split at " << split;
        ASSERT_TRUE(counter.between_frames());
    }
}

TEST(FrameCounter, CountsShortTextsApart) {
    FrameCounter counter({.message_bytes_min = 100});
    const Seen seen = counter.feed(frame(ws::Opcode::text, 99) + frame(ws::Opcode::text, 100) +
                                   frame(ws::Opcode::text, 3));
    EXPECT_EQ(seen.messages, 1U);
    EXPECT_EQ(seen.others, 2U);
}

TEST(FrameCounter, TakesCompressedMessagesOfAnyLengthWhereTheyAreAllowed) {
    FrameCounter counter({.message_bytes_min = 100, .compressed = true});
    std::string bytes = frame(ws::Opcode::text, 20) + frame(ws::Opcode::text, 20);
    bytes[0] = '\xC1';
    const Seen seen = counter.feed(bytes);
    EXPECT_EQ(seen.messages, 2U);
    EXPECT_EQ(seen.compressed, 1U);
    EXPECT_FALSE(seen.wrong);
}

TEST(FrameCounter, SaysWhatNoServerSends) {
    for (const char* bytes : {"\x81\x80", "\x82\x01", "\x01\x01", "\xC1\x01"}) {
        FrameCounter counter;
        EXPECT_TRUE(counter.feed({bytes, 2}).wrong);
    }
}

}  // namespace
}  // namespace confab::bench
