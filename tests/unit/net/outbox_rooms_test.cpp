#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

#include "net/outbox.hpp"
#include "support/plain_reader.hpp"
#include "ws/frame.hpp"

namespace confab::test {
namespace {

class Outbox final : public net::Outbox {
  private:
    void on_feed() override {}
    void on_feed_full() override {}
    void on_cut_off() override { (void)drop_chunks(); }
};

constexpr Outbox::Limits kLimits{.bytes_max = 10'000, .frames_max = 100};

SharedBytes frame(std::string_view text) {
    return ws::encode_frame(ws::Opcode::text, text);
}
std::string wire(std::string_view text) {
    return std::string(frame(text).view());
}

// Writes at most `max` bytes in one send of at most `part_count` parts.
std::string write_some(Outbox& outbox, std::size_t max, std::size_t part_count = 64) {
    std::array<iovec, 64> parts;
    std::string written;
    const std::size_t count = outbox.gather(std::span(parts).first(part_count));
    for (std::size_t i = 0; i < count && written.size() < max; ++i) {
        EXPECT_GT(parts[i].iov_len, 0U);
        const std::string_view part(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        written += part.substr(0, max - written.size());
    }
    outbox.consume(written.size());
    return written;
}
std::string write_all(Outbox& outbox) {
    std::string written;
    while (outbox.owes())
        written += write_some(outbox, 1 << 20);
    return written;
}

class OutboxRoomsTest : public ::testing::Test {
  protected:
    ~OutboxRoomsTest() override {
        for (feed::Subscription& room : rooms_)
            if (room.active()) feed_of(room).unsubscribe(room);
    }
    feed::Feed& feed_of(feed::Subscription& room) {
        return feeds_[static_cast<std::size_t>(&room - rooms_.data())];
    }
    void say(std::size_t room, std::string_view text) { feeds_[room].append(frame(text).view()); }
    void enter(std::size_t room) { feeds_[room].subscribe(rooms_[room], outbox_); }
    // So that what is said there within one turn shares a chunk.
    void make_busy(std::size_t room) {
        PlainReader reader;
        reader.enter(feeds_[room]);
        say(room, std::string(100, 'x'));
    }

    metrics::Shard metrics_;
    feed::Budget budget_{{.room_bytes_max = 4'000, .total_bytes_max = 100'000}, metrics_};
    std::array<feed::Feed, 3> feeds_{feed::Feed(budget_), feed::Feed(budget_), feed::Feed(budget_)};
    Outbox outbox_;
    std::array<feed::Subscription, 3> rooms_;
};

TEST_F(OutboxRoomsTest, OwnFramesThenTheRooms) {
    enter(0);
    enter(1);
    say(0, "a");
    say(1, "b");
    ASSERT_TRUE(outbox_.push(frame("own"), kLimits));
    EXPECT_TRUE(outbox_.owes());
    EXPECT_EQ(write_all(outbox_), wire("own") + wire("a") + wire("b"));
    EXPECT_EQ(budget_.used(), 0U) << "what is written is held no longer";
}

TEST_F(OutboxRoomsTest, ASendIsOnlyAsLongAsItsParts) {
    for (std::size_t room = 0; room < 3; ++room) {
        enter(room);
        say(room, "x");
    }
    EXPECT_EQ(write_some(outbox_, 100, 2), wire("x") + wire("x"));
    EXPECT_TRUE(outbox_.owes());
    EXPECT_EQ(write_some(outbox_, 100, 2), wire("x"));
    EXPECT_FALSE(outbox_.owes());
}

TEST_F(OutboxRoomsTest, TheRestOfAChunkThatHasBegunComesFirstEvenWhenTheRoomIsLeft) {
    make_busy(0);
    enter(0);
    say(0, "one");
    say(0, "two");
    EXPECT_EQ(write_some(outbox_, 3), wire("one").substr(0, 3));
    feeds_[0].unsubscribe(rooms_[0]);
    EXPECT_EQ(feeds_[0].bytes(), 0U);
    EXPECT_GT(budget_.used(), 0U);
    ASSERT_TRUE(outbox_.push(frame("own"), kLimits));
    EXPECT_EQ(write_all(outbox_), (wire("one") + wire("two")).substr(3) + wire("own"));
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(OutboxRoomsTest, DroppingCutsAChunkBehindTheFrameThatHasBegun) {
    make_busy(0);
    enter(0);
    for (const char* text : {"one", "two", "three"})
        say(0, text);
    const std::string all = wire("one") + wire("two") + wire("three");
    const std::size_t begun = wire("one").size() + 2;
    EXPECT_EQ(write_some(outbox_, begun), all.substr(0, begun));
    ASSERT_TRUE(outbox_.push(frame("own"), kLimits));
    outbox_.drop_unstarted();
    outbox_.push_close(frame("close"));
    say(0, "later");
    EXPECT_EQ(write_all(outbox_), wire("two").substr(2) + wire("close"));
}

TEST_F(OutboxRoomsTest, DroppingInAChunkAtTheBorderOfAFrameLeavesNothing) {
    make_busy(0);
    enter(0);
    say(0, "one");
    say(0, "two");
    EXPECT_EQ(write_some(outbox_, wire("one").size()), wire("one"));
    outbox_.drop_unstarted();
    EXPECT_FALSE(outbox_.owes());
    outbox_.push_close(frame("close"));
    EXPECT_EQ(write_all(outbox_), wire("close"));
}

TEST_F(OutboxRoomsTest, ASealedOutboxIsOwedAllRoomsUntilThenAndTheCloseLast) {
    for (std::size_t room = 0; room < 3; ++room) {
        enter(room);
        say(room, std::to_string(room));
    }
    ASSERT_TRUE(outbox_.push(frame("own"), kLimits));
    outbox_.seal();
    outbox_.push_close(frame("close"));
    for (std::size_t room = 0; room < 3; ++room) {
        say(room, "later");
        feeds_[room].unsubscribe(rooms_[room]);
    }
    EXPECT_EQ(write_all(outbox_), wire("own") + wire("0") + wire("1") + wire("2") + wire("close"));
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(OutboxRoomsTest, AnOwnFrameThatIsHalfWrittenWhenSealedIsFinishedFirst) {
    enter(0);
    enter(1);
    ASSERT_TRUE(outbox_.push(frame("first"), kLimits));
    ASSERT_TRUE(outbox_.push(frame("second"), kLimits));
    say(0, "a");
    say(1, "b");
    EXPECT_EQ(write_some(outbox_, 3), wire("first").substr(0, 3));
    outbox_.seal();
    outbox_.push_close(frame("close"));
    const std::string expected =
        wire("first").substr(3) + wire("second") + wire("a") + wire("b") + wire("close");
    std::string got;
    while (outbox_.owes())
        got += write_some(outbox_, 2, 3);
    EXPECT_EQ(got, expected);
}

TEST_F(OutboxRoomsTest, AChunkThatHasBegunWhenSealedIsNotSentTwice) {
    make_busy(0);
    enter(0);
    say(0, "one");
    say(0, "two");
    EXPECT_EQ(write_some(outbox_, 1).size(), 1U);
    say(0, "three");
    outbox_.seal();
    outbox_.push_close(frame("close"));
    EXPECT_EQ(write_all(outbox_),
              (wire("one") + wire("two")).substr(1) + wire("three") + wire("close"));
}

TEST_F(OutboxRoomsTest, DroppingAfterSealingFinishesOnlyTheFrameThatHasBegun) {
    make_busy(0);
    enter(0);
    enter(1);
    say(0, "one");
    say(0, "two");
    say(1, "b");
    outbox_.seal();
    EXPECT_EQ(write_some(outbox_, 2), wire("one").substr(0, 2));
    outbox_.drop_unstarted();
    EXPECT_EQ(write_all(outbox_), wire("one").substr(2));
    EXPECT_EQ(budget_.used() > 0, feeds_[0].bytes() > 0);
}

TEST_F(OutboxRoomsTest, WhoeverIsCutOffHoldsNoChunkAndStillFinishesAShortFrame) {
    make_busy(0);
    enter(0);
    for (const char* text : {"one", "two", "three"})
        say(0, text);
    EXPECT_EQ(write_some(outbox_, 2), wire("one").substr(0, 2));
    feeds_[0].unsubscribe(rooms_[0]);
    EXPECT_TRUE(outbox_.drop_chunks());
    EXPECT_EQ(budget_.used(), 0U);
    outbox_.drop_unstarted();
    outbox_.push_close(frame("close"));
    EXPECT_EQ(write_all(outbox_), wire("one").substr(2) + wire("close"));
}

TEST_F(OutboxRoomsTest, WhoeverIsCutOffInALongFrameCannotGoOn) {
    enter(0);
    say(0, std::string(kBegunCopyBytesMax + 100, 'x'));
    EXPECT_EQ(write_some(outbox_, 50).size(), 50U);
    feeds_[0].unsubscribe(rooms_[0]);
    EXPECT_FALSE(outbox_.drop_chunks());
    EXPECT_FALSE(outbox_.owes());
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(OutboxRoomsTest, AFullLoopCutsOffWhoeverHoldsAChunkThatHasBegun) {
    enter(0);
    say(0, std::string(3'000, 'x'));
    EXPECT_EQ(write_some(outbox_, 10).size(), 10U);
    budget_.set_limits({.room_bytes_max = 4'000, .total_bytes_max = 5'000});
    PlainReader other;
    other.enter(feeds_[1]);
    say(1, std::string(3'000, 'y'));
    EXPECT_EQ(write_all(outbox_), wire(std::string(3'000, 'x')).substr(10)) << "a copy of it";
    EXPECT_FALSE(other.subscription.lost());
}

TEST_F(OutboxRoomsTest, AFullLoopTakesWhatASealedOutboxIsOwed) {
    enter(0);
    say(0, std::string(3'000, 'x'));
    outbox_.seal();
    outbox_.push_close(frame("close"));
    feeds_[0].unsubscribe(rooms_[0]);
    EXPECT_GT(budget_.used(), 0U);
    budget_.set_limits({.room_bytes_max = 4'000, .total_bytes_max = 5'000});
    PlainReader other;
    other.enter(feeds_[1]);
    say(1, std::string(3'000, 'y'));
    EXPECT_FALSE(outbox_.owes());
    EXPECT_FALSE(other.subscription.lost());
    other.leave();
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(OutboxRoomsTest, WhoeverHasFinishedWhatItBeganIsNotCutOff) {
    enter(0);
    say(0, std::string(3'000, 'x'));
    EXPECT_EQ(write_some(outbox_, 10).size(), 10U);
    EXPECT_EQ(write_all(outbox_).size(), wire(std::string(3'000, 'x')).size() - 10);
    PlainReader stuck;
    stuck.enter(feeds_[2]);
    say(2, std::string(3'000, 'x'));
    stuck.read(1);
    budget_.set_limits({.room_bytes_max = 4'000, .total_bytes_max = 6'000});
    PlainReader other;
    other.enter(feeds_[1]);
    say(0, "next");
    say(1, std::string(4'000, 'y'));
    EXPECT_TRUE(stuck.cut_off);
    EXPECT_EQ(write_all(outbox_), wire("next"));
}

TEST_F(OutboxRoomsTest, NamesTheRoomThatLostAFrame) {
    enter(0);
    enter(1);
    EXPECT_EQ(outbox_.lost(), nullptr);
    for (int i = 0; i < 100; ++i)
        say(1, std::string(100, 'x'));
    EXPECT_EQ(outbox_.lost(), &rooms_[1]);
    rooms_[1].skip_to_end();
    EXPECT_EQ(outbox_.lost(), nullptr);
    for (int i = 0; i < 100; ++i)
        say(1, std::string(100, 'x'));
    outbox_.seal();
    EXPECT_EQ(outbox_.lost(), nullptr) << "the connection ends: it is too late";
    EXPECT_FALSE(outbox_.owes());
}

TEST_F(OutboxRoomsTest, AnUnreadRoomOfAnotherIsNoDebt) {
    PlainReader other;
    other.enter(feeds_[0]);
    say(0, "before");
    enter(0);
    EXPECT_FALSE(outbox_.owes());
    std::array<iovec, 4> parts;
    EXPECT_EQ(outbox_.gather(parts), 0U);
}

// Any order of everything that can happen to one connection, against what a socket may see.
class OutboxModel : public OutboxRoomsTest, public ::testing::WithParamInterface<unsigned> {
  protected:
    std::size_t pick(std::size_t below) { return random_() % below; }

    void step() {
        const std::size_t room = pick(3);
        switch (pick(12)) {
            case 0:
                if (rooms_[room].active()) {
                    feeds_[room].unsubscribe(rooms_[room]);
                } else if (!ended_) {
                    enter(room);
                    first_after_joining_[room].insert(said_[room]);
                }
                break;
            case 1:
            case 2:
                if (!ended_ && outbox_.push(frame("o" + std::to_string(own_)), kLimits)) ++own_;
                break;
            case 3:
            case 4:
            case 5:
            case 6:
                say(room, name(room) + std::to_string(said_[room]) + std::string(pick(300), '.'));
                ++said_[room];
                break;
            default:
                got_ += write_some(outbox_, pick(400), 1 + pick(5));
        }
    }

    // As a session would: nothing of a room that lost a frame is written any more.
    void mind_what_was_lost() {
        if (!ended_ && outbox_.lost() != nullptr) end(true);
    }
    void end(bool drop) {
        ended_ = true;
        dropped_ = drop;
        said_at_end_ = said_;
        at_end_ = got_;
        if (drop && pick(2) == 0) outbox_.drop_unstarted();
        if (drop) {
            EXPECT_TRUE(outbox_.drop_chunks());
        }
        outbox_.seal();
        outbox_.push_close(frame("close"));
    }

    static std::string name(std::size_t room) {
        return std::string(1, static_cast<char>('a' + room));
    }

    // The texts of the frames in `bytes`, which must be whole ones.
    static std::vector<std::string> texts(std::string_view bytes) {
        std::vector<std::string> out;
        while (bytes.size() >= 2) {
            const auto byte = [&](std::size_t i) {
                return static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(i)));
            };
            const std::size_t header = byte(1) < 126 ? 2 : 4;
            const std::size_t length = header == 2 ? byte(1) : byte(2) << 8 | byte(3);
            EXPECT_EQ(byte(0), 0x81U) << "not at the border of a frame";
            if (byte(0) != 0x81U || header + length > bytes.size()) break;
            out.emplace_back(bytes.substr(header, length));
            bytes.remove_prefix(header + length);
        }
        EXPECT_EQ(bytes.size(), 0U) << "half a frame is left";
        return out;
    }

    void check() {
        std::map<char, std::size_t> next;
        std::vector<std::string> frames = texts(got_);
        ASSERT_FALSE(frames.empty());
        ASSERT_EQ(frames.back(), "close");
        frames.pop_back();
        for (const std::string& text : frames) {
            const std::size_t number = std::stoul(text.substr(1));
            if (text[0] != 'o' && number != next[text[0]]) {
                const auto& starts = first_after_joining_[static_cast<std::size_t>(text[0] - 'a')];
                ASSERT_GT(number, next[text[0]]) << text << ": twice, or out of order";
                ASSERT_TRUE(starts.contains(number)) << text << ": a hole before it";
            } else {
                ASSERT_EQ(number, next[text[0]]) << text;
            }
            next[text[0]] = number + 1;
        }
        if (dropped_) {
            const std::size_t before = texts_begun(at_end_);
            ASSERT_EQ(frames.size(), before) << "only what had begun was finished";
            return;
        }
        ASSERT_EQ(next['o'], own_);
        for (std::size_t room = 0; room < 3; ++room) {
            if (!in_at_end_[room] || said_at_end_[room] == start_of(room)) continue;
            ASSERT_EQ(next[static_cast<char>('a' + room)], said_at_end_[room]) << "all until then";
        }
    }
    std::size_t start_of(std::size_t room) const { return *first_after_joining_[room].rbegin(); }

    // How many frames have begun in `bytes`, which may end inside of one.
    static std::size_t texts_begun(std::string_view bytes) {
        std::size_t count = 0;
        for (; !bytes.empty(); ++count) {
            // A frame is never shorter than four bytes here.
            if (bytes.size() < 4) return count + 1;
            const auto byte = [&](std::size_t i) {
                return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
            };
            const std::size_t size = byte(1) < 126 ? 2 + byte(1) : 4 + (byte(2) << 8 | byte(3));
            bytes.remove_prefix(std::min(size, bytes.size()));
        }
        return count;
    }

    std::mt19937 random_{GetParam()};
    std::string got_;
    std::string at_end_;
    std::size_t own_ = 0;
    std::array<std::size_t, 3> said_{};
    std::array<std::size_t, 3> said_at_end_{};
    std::array<bool, 3> in_at_end_{};
    std::array<std::set<std::size_t>, 3> first_after_joining_;
    bool ended_ = false;
    bool dropped_ = false;
};

TEST_P(OutboxModel, EveryMemberSeesAWholePrefixOfEachRoomInOrder) {
    const std::size_t steps = pick(400);
    for (std::size_t i = 0; i < steps && !ended_; ++i) {
        step();
        mind_what_was_lost();
    }
    for (std::size_t room = 0; room < 3; ++room)
        in_at_end_[room] = rooms_[room].active();
    if (!ended_) end(pick(3) == 0);
    for (int i = 0; i < 50; ++i)
        step();
    got_ += write_all(outbox_);
    check();
    for (std::size_t room = 0; room < 3; ++room)
        if (rooms_[room].active()) feeds_[room].unsubscribe(rooms_[room]);
    EXPECT_EQ(budget_.used(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, OutboxModel, ::testing::Range(1U, 401U));

}  // namespace
}  // namespace confab::test
