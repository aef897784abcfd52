#include "api/v2_entry.hpp"

#include <gtest/gtest.h>

#include <string>

#include "api/connection_limits.hpp"

namespace confab::api {
namespace {

RoomName room(const std::string& name) {
    return *RoomName::parse(name);
}

chat::Page page_of(Seq first, Seq last, std::size_t bytes = 10) {
    chat::Page page{{"life", last, 1}, {}, true};
    for (Seq seq = first; seq <= last; ++seq) {
        chat::LogEvent event;
        event.seq = seq;
        event.from = std::make_shared<const chat::User>(chat::User{UserId("u"), "U"});
        event.body = SharedBytes::copy_of(std::string(bytes, 'x'));
        page.events.push_back(event);
    }
    return page;
}

class V2EntryTest : public ::testing::Test {
  protected:
    // The resume of a client at `seq` of a room that stands there.
    static V2Resume resume_at(Seq seq, const chat::LogState& state,
                              const std::string& epoch = "life") {
        V2Entry entry(1, 1, false, {{room("a"), V2Position{epoch, seq}}});
        V2Entry::Room& one = *entry.begin_next();
        const auto request = entry.entered(one, state);
        EXPECT_EQ(entry.is_done(), !request.has_value());
        return one.resume;
    }
};

TEST_F(V2EntryTest, WhoGivesNoPositionMissesNothing) {
    V2Entry entry(1, 1, false, {{room("a"), std::nullopt}});
    V2Entry::Room& one = *entry.begin_next();
    EXPECT_FALSE(entry.entered(one, {"life", 100, 1}));
    EXPECT_EQ(one.resume, V2Resume::ok);
    EXPECT_TRUE(one.replay.empty());
    EXPECT_TRUE(entry.is_done());
}

TEST_F(V2EntryTest, ResumeFollowsFromPositionAndState) {
    EXPECT_EQ(resume_at(100, {"life", 100, 1}), V2Resume::ok);
    EXPECT_EQ(resume_at(99, {"life", 100, 1}), V2Resume::ok);
    EXPECT_EQ(resume_at(0, {"life", 0, 1}), V2Resume::ok);
    EXPECT_EQ(resume_at(101, {"life", 100, 1}), V2Resume::diverged);
    EXPECT_EQ(resume_at(50, {"life", 100, 1}, "other"), V2Resume::diverged);
    EXPECT_EQ(resume_at(49, {"life", 100, 50}), V2Resume::ok);
    EXPECT_EQ(resume_at(48, {"life", 100, 50}), V2Resume::behind);
    EXPECT_EQ(resume_at(100, {"life", 100, 101}), V2Resume::ok) << "nothing was missed";
    EXPECT_EQ(resume_at(0, {"life", kReplayEventsMax, 1}), V2Resume::ok);
    EXPECT_EQ(resume_at(0, {"life", kReplayEventsMax + 1, 1}), V2Resume::behind);
}

TEST_F(V2EntryTest, WhatWasMissedIsAskedForAndReplayed) {
    V2Entry entry(1, 1, false, {{room("a"), V2Position{"life", 5}}});
    V2Entry::Room& one = *entry.begin_next();
    const auto request = entry.entered(one, {"life", 8, 1});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->after, 5U);
    EXPECT_EQ(request->before, 9U);
    entry.read(one, page_of(6, 8));
    EXPECT_EQ(one.resume, V2Resume::ok);
    std::size_t events = 0;
    for (std::size_t at = one.replay.find("\"event\""); at != std::string::npos;
         at = one.replay.find("\"event\"", at + 1))
        ++events;
    EXPECT_EQ(events, 3U);
    EXPECT_TRUE(entry.is_done());
}

TEST_F(V2EntryTest, AReplayIsWholeOrThereIsNone) {
    const auto resume_with = [](const Result<chat::Page>& page) {
        V2Entry entry(1, 1, false, {{room("a"), V2Position{"life", 5}}});
        V2Entry::Room& one = *entry.begin_next();
        EXPECT_TRUE(entry.entered(one, {"life", 8, 1}));
        entry.read(one, page);
        EXPECT_TRUE(entry.is_done());
        EXPECT_EQ(one.replay.empty(), one.resume != V2Resume::ok);
        return one.resume;
    };
    EXPECT_EQ(resume_with(page_of(6, 8)), V2Resume::ok);
    EXPECT_EQ(resume_with(page_of(6, 7)), V2Resume::behind) << "the page was full";
    EXPECT_EQ(resume_with(page_of(7, 8)), V2Resume::behind) << "the oldest has gone meanwhile";
    EXPECT_EQ(resume_with(page_of(6, 8, kReplayBytesMax / 2)), V2Resume::behind);
    EXPECT_EQ(resume_with(chat::log_busy()), V2Resume::behind);
    chat::Page restored = page_of(6, 8);
    restored.state.epoch = "another life";
    EXPECT_EQ(resume_with(restored), V2Resume::behind);
}

TEST_F(V2EntryTest, AllRoomsTogetherReplaySoMuch) {
    V2Entry entry(1, 1, true,
                  {{room("a"), V2Position{"life", 0}}, {room("b"), V2Position{"life", 0}}});
    for (V2Entry::Room* one = entry.begin_next(); one != nullptr; one = entry.begin_next())
        EXPECT_TRUE(entry.entered(*one, {"life", 1, 1}));
    entry.read(*entry.under_way(room("a")), page_of(1, 1, kReplayBytesMax - 500));
    entry.read(*entry.under_way(room("b")), page_of(1, 1, 500));
    EXPECT_EQ(entry.rooms()[0].resume, V2Resume::ok);
    EXPECT_EQ(entry.rooms()[1].resume, V2Resume::behind);
    EXPECT_LE(entry.replay_bytes(), kReplayBytesMax);
    EXPECT_TRUE(entry.is_done());
}

TEST_F(V2EntryTest, ManyShortEventsCountAsTheFramesTheyAre) {
    std::vector<V2Join> rooms;
    for (int i = 0; i < 100; ++i)
        rooms.push_back({room("r" + std::to_string(i)), V2Position{"life", 0}});
    V2Entry entry(1, 1, true, std::move(rooms));
    int replayed = 0;
    for (V2Entry::Room* one = entry.begin_next(); one != nullptr; one = entry.begin_next()) {
        if (entry.entered(*one, {"life", kReplayEventsMax, 1}))
            entry.read(*one, page_of(1, kReplayEventsMax, 1));
        replayed += one->resume == V2Resume::ok ? 1 : 0;
    }
    EXPECT_TRUE(entry.is_done());
    EXPECT_GT(replayed, 3);
    EXPECT_LT(replayed, 20);
    EXPECT_LE(entry.replay_bytes(), kReplayBytesMax);
}

TEST_F(V2EntryTest, WhatIsNoLongerKeptIsToldAsItIsNow) {
    V2Entry entry(1, 1, false, {{room("a"), V2Position{"life", 5}}});
    V2Entry::Room& one = *entry.begin_next();
    EXPECT_TRUE(entry.entered(one, {"life", 8, 1}));
    chat::Page page = page_of(8, 8);
    page.state.oldest = 8;
    entry.read(one, page);
    EXPECT_EQ(one.resume, V2Resume::behind);
    EXPECT_EQ(one.state.oldest, 8U);
}

TEST_F(V2EntryTest, WhereThereIsNoRoomForTheReplaysThoseRoomsAreBehind) {
    V2Entry entry(1, 1, true, {{room("a"), V2Position{"life", 0}}, {room("b"), std::nullopt}});
    EXPECT_TRUE(entry.entered(*entry.begin_next(), {"life", 1, 1}));
    EXPECT_FALSE(entry.entered(*entry.begin_next(), {"life", 1, 1}));
    entry.read(*entry.under_way(room("a")), page_of(1, 1));
    EXPECT_EQ(entry.replay_bytes(), entry.rooms()[0].replay.size());
    entry.drop_replays();
    EXPECT_EQ(entry.replay_bytes(), 0U);
    EXPECT_EQ(entry.rooms()[0].resume, V2Resume::behind);
    EXPECT_EQ(entry.rooms()[1].resume, V2Resume::ok);
}

TEST_F(V2EntryTest, SoManyRoomsAreUnderWayAtOnce) {
    std::vector<V2Join> rooms;
    for (std::size_t i = 0; i < kV2EntriesMax + 3; ++i)
        rooms.push_back({room("r" + std::to_string(i)), std::nullopt});
    V2Entry entry(1, 1, true, std::move(rooms));
    for (std::size_t i = 0; i < kV2EntriesMax; ++i)
        ASSERT_NE(entry.begin_next(), nullptr);
    EXPECT_EQ(entry.begin_next(), nullptr);
    EXPECT_EQ(entry.under_way(room("r8")), nullptr);
    EXPECT_FALSE(entry.entered(*entry.under_way(room("r3")), {"life", 0, 1}));
    EXPECT_EQ(entry.under_way(room("r3")), nullptr);
    EXPECT_NE(entry.begin_next(), nullptr);
    EXPECT_EQ(entry.begin_next(), nullptr);
}

TEST_F(V2EntryTest, WithoutRoomsItIsDone) {
    EXPECT_TRUE(V2Entry(1, 1, true, {}).is_done());
}

}  // namespace
}  // namespace confab::api
