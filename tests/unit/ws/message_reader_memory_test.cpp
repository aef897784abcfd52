// What reading costs in memory: nothing when idle, nothing for whole messages, and never more than
// what arrived or than the limit (security table, rows B1 and B7).
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/allocation_count.hpp"
#include "support/ws_client_frame.hpp"
#include "ws/frame.hpp"
#include "ws/message_reader.hpp"

CONFAB_TEST_COUNT_ALLOCATIONS

namespace confab::ws {
namespace {

using test::AllocationCount;
using test::binary_frame;
using test::close_frame;
using test::close_payload;
using test::continuation_frame;
using test::encode;
using test::ping_frame;
using test::text_frame;

constexpr MessageReader::Options kOptions{.message_bytes_max = 64 * 1024, .fragments_max = 64};

// Counts without touching the heap itself.
class Counter final : public MessageReader::Handler {
  public:
    bool on_message(Opcode, std::string_view payload) override {
        last = payload;
        ++messages;
        return true;
    }
    bool on_ping(std::string_view payload) override { return on_message(Opcode::ping, payload); }
    bool on_pong(std::string_view payload) override { return on_message(Opcode::pong, payload); }
    bool on_close(std::optional<std::uint16_t>, std::string_view reason) override {
        return on_message(Opcode::close, reason);
    }

    std::string_view last;
    std::size_t messages = 0;
};

TEST(MessageReaderMemory, CountingWorks) {
    AllocationCount::restart();
    const auto memory = std::make_unique<std::array<char, 100>>();
    (*memory)[0] = 'x';
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 1U);
    EXPECT_EQ(AllocationCount::of_this_thread().largest, 100U);
}

TEST(MessageReaderMemory, IdleReaderIsSmallAndHoldsNoHeap) {
    EXPECT_LE(sizeof(MessageReader), 64U);
    AllocationCount::restart();
    const MessageReader reader(kOptions);
    EXPECT_FALSE(reader.in_message());
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U);
}

TEST(MessageReaderMemory, WholeMessagesAreHandedOnFromWhereTheyLie) {
    std::string bytes = text_frame("Hello") + ping_frame("p") +
                        binary_frame(std::string(60000, 'b')) + text_frame("", false) +
                        continuation_frame("last", true) +
                        close_frame(close_payload(1000, "reason"));
    MessageReader reader(kOptions);
    Counter counter;
    AllocationCount::restart();
    EXPECT_FALSE(reader.feed(bytes, counter).has_value());
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U);
    EXPECT_EQ(counter.messages, 5U);
    EXPECT_EQ(counter.last.data() + counter.last.size(), bytes.data() + bytes.size())
        << "the view points into the input";
}

TEST(MessageReaderMemory, AnnouncedLengthAllocatesNothing) {
    std::string header = encode({.announced = 64 * 1024});
    std::string three = encode({.payload = "abc"}).substr(6);  // three more masked bytes
    MessageReader reader(kOptions);
    Counter counter;
    AllocationCount::restart();
    EXPECT_FALSE(reader.feed(header, counter).has_value());
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U);
    EXPECT_FALSE(reader.feed(three, counter).has_value());
    EXPECT_LE(AllocationCount::of_this_thread().largest, 128U) << "grows with what arrived";
    EXPECT_TRUE(reader.in_message());
}

TEST(MessageReaderMemory, RefusedLengthAllocatesNothing) {
    for (const std::uint64_t length : {64 * 1024 + 1ULL, 1ULL << 32, (1ULL << 63) - 1, ~0ULL}) {
        std::string header = encode({.announced = length});
        MessageReader reader(kOptions);
        Counter counter;
        AllocationCount::restart();
        EXPECT_TRUE(reader.feed(header, counter).has_value());
        EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U) << length;
    }
}

TEST(MessageReaderMemory, NoBufferIsLargerThanTheLimit) {
    // Frames that are not the last: the reader cannot know how long the message will become.
    std::string bytes = binary_frame(std::string(33 * 1024, 'x'), false);
    for (int i = 0; i < 31; ++i)
        bytes += continuation_frame(std::string(1024, 'y'), i == 30);
    MessageReader reader(kOptions);
    Counter counter;
    AllocationCount::restart();
    EXPECT_FALSE(reader.feed(bytes, counter).has_value());
    EXPECT_EQ(counter.messages, 1U);
    EXPECT_LE(AllocationCount::of_this_thread().largest, kOptions.message_bytes_max);
    EXPECT_LE(AllocationCount::of_this_thread().calls, 4U) << "grows in few steps";
}

TEST(MessageReaderMemory, LastFrameBufferIsNotLargerThanTheMessage) {
    std::string bytes = binary_frame(std::string(40000, 'x'));
    MessageReader reader(kOptions);
    Counter counter;
    AllocationCount::restart();
    for (std::size_t at = 0; at < bytes.size(); at += 512) {
        const std::span<char> rest = std::span<char>(bytes).subspan(at);
        EXPECT_FALSE(reader.feed(rest.first(std::min<std::size_t>(512, rest.size())), counter));
    }
    EXPECT_EQ(counter.messages, 1U);
    EXPECT_LE(AllocationCount::of_this_thread().largest, 40000U);
    EXPECT_LE(AllocationCount::of_this_thread().bytes, 3 * 40000U) << "linear, not quadratic";
}

TEST(MessageReaderMemory, OneFrameIsEncodedInOneAllocation) {
    AllocationCount::restart();
    const SharedBytes frame = encode_frame(Opcode::text, "payload");
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 1U);
    const SharedBytes close = encode_close(CloseCode::too_slow, "reason");
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 2U);
    const SharedBytes copy = frame;
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 2U);
    EXPECT_EQ(copy.data(), frame.data());
}

}  // namespace
}  // namespace confab::ws
