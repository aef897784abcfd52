#include "net/outbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace confab::test {
namespace {

// An outbox without rooms.
class Outbox final : public net::Outbox {
  private:
    void on_feed() override {}
    void on_feed_full() override {}
    void on_cut_off() override { (void)drop_chunks(); }
};

constexpr Outbox::Limits kLimits{.bytes_max = 100, .frames_max = 4};

SharedBytes bytes(std::string_view text) {
    return SharedBytes::copy_of(text);
}

// Writes at most `max` bytes of the outbox, as a socket would.
std::string write_some(Outbox& outbox, std::size_t max) {
    std::array<iovec, 3> parts;
    std::string written;
    const std::size_t count = outbox.gather(parts);
    for (std::size_t i = 0; i < count && written.size() < max; ++i) {
        const std::string_view part(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        written += part.substr(0, max - written.size());
    }
    outbox.consume(written.size());
    return written;
}

TEST(Outbox, WhatGoesInComesOutInOrderHoweverItIsCut) {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        Outbox outbox;
        std::string expected;
        std::string got;
        for (int i = 0; i < 30; ++i) {
            const std::string frame(1 + random() % 9, static_cast<char>('a' + random() % 26));
            if (outbox.push(bytes(frame), kLimits)) expected += frame;
            got += write_some(outbox, random() % 12);
            ASSERT_EQ(outbox.bytes(), expected.size() - got.size());
        }
        while (outbox.owes())
            got += write_some(outbox, 1 + random() % 12);
        EXPECT_EQ(got, expected);
        EXPECT_EQ(outbox.frames(), 0U);
    }
}

TEST(Outbox, WhatAConnectionBeginsWithLeavesWholeThoughNothingOfItIsWrittenYet) {
    Outbox outbox;
    outbox.push_first(bytes("101"));
    EXPECT_TRUE(outbox.push(bytes("own"), kLimits));
    outbox.drop_unstarted();
    EXPECT_EQ(outbox.bytes(), 3U);
    outbox.push_close(bytes("close"));
    EXPECT_EQ(write_some(outbox, 2), "10");
    EXPECT_EQ(write_some(outbox, 100), "1close");
    EXPECT_TRUE(outbox.push(bytes("dropped"), kLimits));
    outbox.drop_unstarted();
    EXPECT_FALSE(outbox.owes()) << "the first only";
}

TEST(Outbox, RefusesBeyondTheByteLimitAndChangesNothing) {
    Outbox outbox;
    EXPECT_TRUE(outbox.push(bytes(std::string(60, 'x')), kLimits));
    EXPECT_FALSE(outbox.push(bytes(std::string(41, 'y')), kLimits));
    EXPECT_EQ(outbox.bytes(), 60U);
    EXPECT_TRUE(outbox.push(bytes(std::string(40, 'z')), kLimits));
}

TEST(Outbox, RefusesBeyondTheFrameLimit) {
    Outbox outbox;
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(outbox.push(bytes("x"), kLimits));
    EXPECT_FALSE(outbox.push(bytes("x"), kLimits));
    EXPECT_EQ(write_some(outbox, 1), "x");
    EXPECT_TRUE(outbox.push(bytes("x"), kLimits)) << "written frames do not count";
}

TEST(Outbox, DroppingKeepsTheFrameThatIsHalfWritten) {
    Outbox outbox;
    (void)outbox.push(bytes("first"), kLimits);
    (void)outbox.push(bytes("second"), kLimits);
    EXPECT_EQ(write_some(outbox, 2), "fi");
    outbox.drop_unstarted();
    outbox.push_close(bytes("close"));
    EXPECT_EQ(write_some(outbox, 100), "rstclose");
    EXPECT_FALSE(outbox.owes());
}

TEST(Outbox, DroppingAtAFrameBorderLeavesNothing) {
    Outbox outbox;
    (void)outbox.push(bytes("first"), kLimits);
    (void)outbox.push(bytes("second"), kLimits);
    EXPECT_EQ(write_some(outbox, 5), "first");
    outbox.drop_unstarted();
    EXPECT_FALSE(outbox.owes());
    EXPECT_EQ(outbox.frames(), 0U);
    Outbox untouched;
    untouched.drop_unstarted();
    EXPECT_FALSE(untouched.owes());
}

TEST(Outbox, EmptyFramesTakeNoPlace) {
    Outbox outbox;
    EXPECT_TRUE(outbox.push(SharedBytes(), kLimits));
    EXPECT_FALSE(outbox.owes());
    EXPECT_EQ(outbox.frames(), 0U);
}

}  // namespace
}  // namespace confab::test
