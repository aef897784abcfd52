// What MemoryRoomLog forgets; the rest is in the contract of every log.
#include "store/memory_room_log.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace confab::store {
namespace {

RoomName room(const std::string& name) {
    return *RoomName::parse(name);
}

class MemoryRoomLogTest : public ::testing::Test, private chat::RoomLog::Sink {
  protected:
    void use(const MemoryRoomLog::Limits& limits) {
        log_ = std::make_unique<MemoryRoomLog>("life", limits);
        log_->set_sink(*this);
    }
    chat::Outcome say(const std::string& name, const std::string& body, Uuid cid = {}) {
        chat::Append append{room(name), {}, {}};
        append.event.from = ann_;
        append.event.cid = cid;
        append.event.body = SharedBytes::copy_of(body);
        EXPECT_TRUE(log_->append(append));
        return *last_;
    }
    chat::LogState state(const std::string& name) {
        chat::LogState found;
        log_->state(room(name),
                    [&](const Result<chat::RoomState>& answer) { found = answer->log; });
        return found;
    }
    std::size_t kept(const std::string& name) {
        const chat::LogState now = state(name);
        return now.head + 1 - now.oldest;
    }
    MemoryRoomLog& log() { return *log_; }

  private:
    void on_logged(std::vector<chat::Outcome>& outcomes) override { last_ = outcomes.back(); }

    const std::shared_ptr<const chat::User> ann_ =
        std::make_shared<const chat::User>(chat::User{UserId("ann"), "Ann"});
    std::unique_ptr<MemoryRoomLog> log_;
    std::optional<chat::Outcome> last_;
};

TEST_F(MemoryRoomLogTest, RoomKeepsItsNewestEvents) {
    use({.room_events_max = 3});
    log().open(room("lobby"));
    for (int i = 0; i < 10; ++i)
        say("lobby", "x");
    EXPECT_EQ(state("lobby").head, 10U);
    EXPECT_EQ(state("lobby").oldest, 8U);
}

TEST_F(MemoryRoomLogTest, CidIsForgottenWithItsEvent) {
    use({.room_events_max = 2});
    log().open(room("lobby"));
    UuidSource ids;
    const Uuid cid = ids.next({});
    say("lobby", "once", cid);
    say("lobby", "x");
    EXPECT_TRUE(say("lobby", "once", cid).repeated);
    say("lobby", "y");
    EXPECT_TRUE(say("lobby", "once", cid).is_new());
    EXPECT_TRUE(say("lobby", "once", cid).repeated);
}

TEST_F(MemoryRoomLogTest, RoomThatWasQuietForLongestGivesItsEventsFirst) {
    use({.bytes_max = 8'000});
    log().open(room("quiet"));
    log().open(room("busy"));
    for (int i = 0; i < 4; ++i)
        say("quiet", std::string(1000, 'x'));
    for (int i = 0; i < 5; ++i)
        say("busy", std::string(1000, 'x'));
    EXPECT_LT(kept("quiet"), 4U);
    EXPECT_EQ(kept("busy"), 5U);
    for (int i = 0; i < 20; ++i)
        say("busy", std::string(1000, 'x'));
    EXPECT_EQ(kept("quiet"), 0U);
    EXPECT_EQ(state("quiet").head, 4U) << "its position stays";
    EXPECT_LE(log().bytes(), 8'000U);
    EXPECT_GT(kept("busy"), 0U);
}

TEST_F(MemoryRoomLogTest, TheRoomClosedLongestAgoIsForgottenAndItsNameIsOfAnotherEpochThen) {
    use({.rooms_max = 2});
    for (const char* name : {"first", "second", "third"}) {
        log().open(room(name));
        say(name, "x");
    }
    const std::string epoch = state("first").epoch;
    log().close(room("second"));
    EXPECT_EQ(state("second").head, 0U) << "three were too many";
    EXPECT_NE(state("second").epoch, epoch);
    log().close(room("first"));
    log().close(room("third"));
    EXPECT_EQ(state("first").head, 1U);
    EXPECT_EQ(state("third").head, 1U);
    log().open(room("second"));
    EXPECT_EQ(say("second", "anew").append.event.seq, 1U);
    EXPECT_NE(state("second").epoch, epoch);
    EXPECT_EQ(state("first").epoch, epoch);
}

TEST_F(MemoryRoomLogTest, OpenRoomsAreNeverForgotten) {
    use({.rooms_max = 1});
    for (int i = 0; i < 10; ++i) {
        log().open(room("r" + std::to_string(i)));
        say("r" + std::to_string(i), "x");
    }
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(state("r" + std::to_string(i)).head, 1U);
}

TEST_F(MemoryRoomLogTest, NothingStaysOfARoomInWhichNothingWasSaid) {
    use({});
    const std::string epoch = state("lobby").epoch;
    log().open(room("lobby"));
    log().close(room("lobby"));
    log().open(room("lobby"));
    EXPECT_EQ(state("lobby").epoch, epoch) << "no position was given away";
    log().close(room("lobby"));
}

}  // namespace
}  // namespace confab::store
