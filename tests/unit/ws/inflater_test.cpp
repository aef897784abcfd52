#include "ws/inflater.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "support/allocation_count.hpp"
#include "support/deflate_tools.hpp"

namespace confab::ws {
namespace {

using test::AllocationCount;
using test::deflate_raw;
using test::DeflateOptions;

constexpr std::size_t kLimit = 1000000;

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values)
        text += static_cast<char>(value);
    return text;
}

// The message, or what is wrong with it.
std::string inflated(Inflater& inflater, std::string_view compressed, std::size_t limit = kLimit) {
    // Memory of exactly the size, for the address sanitizer.
    const std::unique_ptr<char[]> copy(new char[compressed.size()]);
    std::copy(compressed.begin(), compressed.end(), copy.get());
    const auto message = inflater.inflate({copy.get(), compressed.size()}, limit);
    if (message.status == Inflater::Status::too_big) return "(too big)";
    if (message.status == Inflater::Status::invalid) return "(invalid)";
    return std::string(message.payload);
}

std::string inflated(std::string_view compressed, std::size_t limit = kLimit) {
    Inflater inflater;
    return inflated(inflater, compressed, limit);
}

std::string mixture(std::size_t size) {
    std::mt19937 random(3);
    std::string text;
    while (text.size() < size) {
        text += random() % 3 == 0 ? std::string(random() % 300, static_cast<char>(random()))
                                  : "some words " + std::to_string(random());
    }
    text.resize(size);
    return text;
}

TEST(Inflater, Section7_2_3_1_OneCompressedBlock) {
    EXPECT_EQ(inflated(bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})), "Hello");
}

// The second message of the sample needs the window of the first, which was not agreed on.
TEST(Inflater, Section7_2_3_2_NoWindowIsSharedBetweenMessages) {
    const std::string first = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    const std::string second = bytes({0xf2, 0x00, 0x11, 0x00, 0x00});
    Inflater inflater;
    EXPECT_EQ(inflated(inflater, first), "Hello");
    EXPECT_EQ(inflated(inflater, second), "(invalid)");
    EXPECT_EQ(inflated(inflater, first), "Hello") << "nothing of it is left";
}

TEST(Inflater, Section7_2_3_3_BlockWithoutCompression) {
    EXPECT_EQ(inflated(bytes({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00})),
              "Hello");
}

TEST(Inflater, Section7_2_3_4_BlockWithBfinal) {
    EXPECT_EQ(inflated(bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})), "Hello");
}

TEST(Inflater, Section7_2_3_5_TwoBlocks) {
    EXPECT_EQ(inflated(bytes(
                  {0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00})),
              "Hello");
}

TEST(Inflater, Section7_2_3_6_EmptyMessage) {
    EXPECT_EQ(inflated(bytes({0x00})), "");
    EXPECT_EQ(inflated(bytes({0x02, 0x00})), "") << "as zlib writes it";
}

TEST(Inflater, Section7_2_1_BlocksMayFollowOneWithBfinal) {
    const std::string one = deflate_raw("one ", {.flush = Z_FINISH});
    const std::string two = deflate_raw("two ", {.flush = Z_FINISH});
    const std::string last = deflate_raw("three");
    EXPECT_EQ(inflated(one + two + last), "one two three");
    EXPECT_EQ(inflated(one + two + one + bytes({0x00})), "one two one ");
}

// "Hello", a block with BFINAL, then the second message of section 7.2.3.2: "Hello" once more, by
// reference.
TEST(Inflater, Section7_2_1_BlocksBehindBfinalMayReferToWhatCameBefore) {
    const std::string first = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    EXPECT_EQ(inflated(first + bytes({0xf2, 0x00, 0x11, 0x00, 0x00})), "HelloHello");
}

TEST(Inflater, Section7_2_1_EmptyStoredBlockAtTheEndMayHaveBfinal) {
    EXPECT_EQ(inflated(bytes({0x01})), "");
    EXPECT_EQ(inflated(bytes({0x00, 0x02, 0x00, 0xfd, 0xff, 'H', 'i', 0x01})), "Hi");
}

TEST(Inflater, Section7_2_2_WhatIsUnfinishedIsInvalid) {
    Inflater inflater;
    EXPECT_EQ(inflated(inflater, ""), "(invalid)") << "not even the empty block";
    for (const DeflateOptions& options :
         {DeflateOptions{}, DeflateOptions{.level = 0}, DeflateOptions{.strategy = Z_FIXED},
          DeflateOptions{.flush_every = 50}}) {
        const std::string text = mixture(400);
        const std::string whole = deflate_raw(text, options);
        ASSERT_EQ(inflated(inflater, whole), text);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const std::string result = inflated(inflater, whole.substr(0, size));
            if (result == "(invalid)") continue;
            // Up to a flush, or to the header of a stored block, it is a message of its own.
            ASSERT_TRUE(text.starts_with(result)) << size;
            ASSERT_TRUE(whole.substr(size).starts_with(std::string_view("\0\0\xFF\xFF", 4)) ||
                        (options.level == 0 && size == 1))
                << size;
        }
    }
}

// Four bytes short of the end of a stored block: the tail must not become its last four bytes.
TEST(Inflater, Section7_2_2_TailIsNotTakenForData) {
    EXPECT_EQ(inflated(bytes({0x00, 0x05, 0x00, 0xfa, 0xff, 'H'})), "(invalid)");
    EXPECT_EQ(inflated(bytes({0x00, 0x04, 0x00, 0xfb, 0xff})), "(invalid)");
}

TEST(Inflater, Section7_2_2_WhatFollowsTheLastBlockIsInvalid) {
    const std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    for (int extra = 0; extra < 256; ++extra) {
        // A flush takes four more bytes; without them another byte is inside its block.
        EXPECT_EQ(inflated(hello + bytes({extra})), "(invalid)") << extra;
    }
    const std::string final_hello = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    EXPECT_EQ(inflated(final_hello), "(invalid)") << "the octet of section 7.2.3.4 is missing";
    EXPECT_EQ(inflated(final_hello + "garbage"), "(invalid)");
    EXPECT_EQ(inflated(hello + bytes({0x00, 0x00, 0xff, 0xff})), "(invalid)") << "tail left on";
}

TEST(Inflater, WhatIsNotDeflateIsInvalid) {
    for (const auto& bad : {bytes({0x06}), bytes({0x07, 0, 0}), bytes({0xff, 0xff}),
                            bytes({0x00, 0x05, 0x00, 0x05, 0x00, 1, 2, 3, 4, 5, 0}),
                            bytes({0x78, 0x9c, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}),
                            bytes({0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3})}) {
        EXPECT_EQ(inflated(bad), "(invalid)");
    }
    EXPECT_EQ(inflated("plain text that nobody compressed"), "(invalid)");
}

TEST(Inflater, EveryWayToCompressIsRead) {
    Inflater inflater;
    for (const std::size_t size : {0U, 1U, 64U, 5000U, 65535U, 65536U, 65537U, 400000U}) {
        const std::string text = mixture(size);
        for (const int level : {0, 1, 6, 9}) {
            for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
                for (const int bits : {9, 12, 15}) {
                    const DeflateOptions options{
                        .level = level, .window_bits = bits, .strategy = strategy};
                    ASSERT_EQ(inflated(inflater, deflate_raw(text, options)), text)
                        << size << ' ' << level << ' ' << strategy << ' ' << bits;
                }
            }
        }
        ASSERT_EQ(inflated(inflater, deflate_raw(text, {.flush_every = 999})), text);
        ASSERT_EQ(inflated(inflater, deflate_raw(text, {.flush = Z_FULL_FLUSH})), text);
    }
}

// Row B9 of the security table: exactly the limit is read, one more byte is not.
TEST(Inflater, LimitIsExact) {
    Inflater inflater;
    for (const std::size_t limit : {0U, 1U, 1000U, 65535U, 65536U, 65537U, 131072U, 200000U}) {
        for (const int level : {0, 6}) {
            const std::string text = mixture(limit + 1);
            const std::string at_limit = text.substr(0, limit);
            EXPECT_EQ(inflated(inflater, deflate_raw(at_limit, {.level = level}), limit), at_limit);
            EXPECT_EQ(inflated(inflater, deflate_raw(text, {.level = level}), limit), "(too big)");
            const std::string same(limit + 1, 'x');
            EXPECT_EQ(inflated(inflater, deflate_raw(same, {.level = level}), limit), "(too big)");
        }
    }
}

// A gibibyte of zeros in a mebibyte: the beginning of it is enough to stop.
TEST(Inflater, BombStopsAtTheLimitWithBoundedMemory) {
    std::string bomb = deflate_raw(std::string(1 << 20, '\0'), {.level = 9});
    bomb.resize(bomb.size() - 1);  // the header of the block that would follow
    std::string large;
    while (large.size() < 1024 * 1024)
        large += bomb + bytes({0x00, 0x00, 0x00, 0xff, 0xff});
    for (const std::size_t limit : {1000U, 65536U, 1000000U}) {
        Inflater inflater;
        AllocationCount::restart();
        const auto message = inflater.inflate(large, limit);
        EXPECT_EQ(message.status, Inflater::Status::too_big);
        EXPECT_LE(AllocationCount::of_this_thread().largest, limit + 1);
        EXPECT_LE(AllocationCount::of_this_thread().bytes, 2 * limit + 1);
    }
}

TEST(Inflater, MessageThatFitsTheBufferAllocatesNothing) {
    const std::string compressed = deflate_raw(std::string(kWsDeflateBufferBytes - 1, 'x'));
    Inflater inflater;
    AllocationCount::restart();
    const auto message = inflater.inflate(compressed, kLimit);
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U);
    EXPECT_EQ(message.payload.size(), kWsDeflateBufferBytes - 1);
    EXPECT_FALSE(message.large);
}

TEST(Inflater, LargeMessageOutlivesTheNextOne) {
    const std::string text = mixture(300000);
    Inflater inflater;
    const auto first = inflater.inflate(deflate_raw(text), kLimit);
    EXPECT_TRUE(first.large);
    const auto second = inflater.inflate(deflate_raw(std::string(200000, 'y')), kLimit);
    EXPECT_EQ(first.payload, text);
    EXPECT_EQ(second.payload.size(), 200000U);
}

// The shortest block is two bytes with BFINAL. A window that was copied for each of them would
// make this take minutes.
TEST(Inflater, ManyBlocksWithBfinalTakeLinearTime) {
    std::string compressed = deflate_raw(mixture(40000), {.flush = Z_FINISH});
    for (int i = 0; i < 500000; ++i)
        compressed += bytes({0x03, 0x00});
    EXPECT_EQ(inflated(compressed + bytes({0x00})), mixture(40000));
}

}  // namespace
}  // namespace confab::ws
