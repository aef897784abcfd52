// The contract of chat::RoomLog, kept by every log.
#include "support/room_log_contract.hpp"

namespace confab::test {
namespace {

using chat::LogEvent;
using chat::LogState;
using chat::Outcome;
using chat::Page;
using chat::PageRequest;

INSTANTIATE_TEST_SUITE_P(Log, RoomLogContract, ::testing::Values(LogKind::memory, LogKind::sqlite),
                         kind_name);

TEST_P(RoomLogContract, RoomNobodyWroteToIsEmpty) {
    const LogState state = open("lobby");
    EXPECT_FALSE(state.epoch.empty());
    EXPECT_EQ(state.head, 0U);
    EXPECT_EQ(state.oldest, 1U);
    const Page all = page("lobby");
    EXPECT_TRUE(all.events.empty());
    EXPECT_TRUE(all.end);
    EXPECT_EQ(all.state.epoch, state.epoch);
    EXPECT_TRUE(page("never-opened").events.empty());
}

TEST_P(RoomLogContract, EventsAreNumberedFromOneInEachRoom) {
    for (const std::string name : {"lobby", "kitchen"}) {
        open(name);
        for (Seq seq = 1; seq <= 3; ++seq) {
            const Outcome outcome = append(name, event("hello"));
            EXPECT_TRUE(outcome.is_new());
            EXPECT_EQ(outcome.append.event.seq, seq);
            EXPECT_EQ(outcome.append.room, room(name));
        }
        EXPECT_EQ(open(name).head, 3U);
    }
}

TEST_P(RoomLogContract, WhatComesOutIsWhatWentIn) {
    open("lobby");
    LogEvent given = event("say \"hi\"\n'); DROP TABLE events; -- Zo\xC3\xAB \xF0\x9F\x8E\x89",
                           "O'Brien \xE2\x80\xAE");
    given.cid = new_cid();
    given.target = 1;
    append("lobby", event("first"));
    append("lobby", given);
    const Page all = page("lobby");
    ASSERT_EQ(all.events.size(), 2U);
    const LogEvent& found = all.events.back();
    EXPECT_EQ(found.seq, 2U);
    EXPECT_EQ(found.kind, chat::EventKind::message);
    EXPECT_EQ(found.id, given.id);
    EXPECT_EQ(found.cid, given.cid);
    EXPECT_EQ(found.from->id, given.from->id);
    EXPECT_EQ(found.from->name, given.from->name);
    EXPECT_EQ(found.at, given.at);
    EXPECT_EQ(found.target, 1U);
    EXPECT_EQ(found.body.view(), given.body.view());
    EXPECT_TRUE(all.events.front().cid.is_nil());
    EXPECT_EQ(all.events.front().target, 0U);
}

TEST_P(RoomLogContract, TextKeepsItsLength) {
    open("lobby");
    for (const std::size_t size : {0U, 1U, 65'536U}) {
        append("lobby", event(std::string(size, 'x')));
        EXPECT_EQ(page("lobby", {.newest = true}).events.back().body.size(), size);
    }
    append("lobby", event(std::string("a\0b", 3)));
    EXPECT_EQ(page("lobby", {.newest = true}).events.back().body.view(), std::string("a\0b", 3));
}

TEST_P(RoomLogContract, OutcomesComeInTheOrderOfTheAppends) {
    open("lobby");
    open("kitchen");
    for (int i = 0; i < 500; ++i) {
        const chat::Ticket ticket{0, 7, i};
        ASSERT_TRUE(log().append({room(i % 3 == 0 ? "kitchen" : "lobby"), event("x"), ticket}));
    }
    loops().run_until([&] { return outcomes().size() == 500; });
    Seq kitchen = 0;
    Seq lobby = 0;
    for (int i = 0; i < 500; ++i) {
        const chat::Append& done = outcomes()[static_cast<std::size_t>(i)].append;
        EXPECT_EQ(done.ticket.command, i);
        EXPECT_EQ(done.ticket.connection, 7U);
        EXPECT_EQ(done.event.seq, i % 3 == 0 ? ++kitchen : ++lobby);
    }
}

TEST_P(RoomLogContract, RepeatedCidGetsTheFirstAnswer) {
    open("lobby");
    LogEvent given = event("once");
    given.cid = new_cid();
    const Outcome first = append("lobby", given);
    append("lobby", event("between"));
    clock_.advance(std::chrono::hours(24 * 30));
    given.id = new_cid();
    given.at = clock_.wall_now();
    const Outcome again = append("lobby", given);
    EXPECT_TRUE(again.repeated);
    EXPECT_FALSE(again.error);
    EXPECT_EQ(again.append.event.seq, first.append.event.seq);
    EXPECT_EQ(again.append.event.id, first.append.event.id);
    EXPECT_EQ(again.append.event.at, first.append.event.at);
    EXPECT_EQ(page("lobby").events.size(), 2U);
    EXPECT_EQ(append("lobby", event("next")).append.event.seq, 3U) << "no hole is left";
}

TEST_P(RoomLogContract, RepeatedCidWithAnotherTextIsAConflict) {
    open("lobby");
    LogEvent given = event("once");
    given.cid = new_cid();
    append("lobby", given);
    LogEvent other_text = given;
    other_text.body = SharedBytes::copy_of("twice");
    LogEvent other_target = given;
    other_target.target = 1;
    for (const LogEvent& other : {other_text, other_target}) {
        const Outcome outcome = append("lobby", other);
        ASSERT_TRUE(outcome.error);
        EXPECT_EQ(outcome.error->code, "conflict");
        EXPECT_EQ(outcome.error->kind, ErrorKind::conflict);
    }
    EXPECT_EQ(page("lobby").events.size(), 1U);
}

TEST_P(RoomLogContract, NothingAnswersWhatWasNotSaidYet) {
    open("lobby");
    append("lobby", event("one"));
    LogEvent reply = event("two");
    reply.target = 2;
    const Outcome refused = append("lobby", reply);
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code, "no_such_message");
    EXPECT_EQ(refused.error->field, "reply_to");
    reply.target = 1;
    EXPECT_EQ(append("lobby", reply).append.event.seq, 2U) << "no hole is left";
}

TEST_P(RoomLogContract, CidIsOfOneSenderInOneRoom) {
    open("lobby");
    open("kitchen");
    const Uuid cid = new_cid();
    for (const std::string who : {"Ann", "Bob"}) {
        for (const std::string name : {"lobby", "kitchen"}) {
            LogEvent given = event("hello", who);
            given.cid = cid;
            EXPECT_TRUE(append(name, given).is_new()) << who << " in " << name;
        }
    }
}

TEST_P(RoomLogContract, SameCidTwiceAtOnceIsStoredOnce) {
    open("lobby");
    LogEvent given = event("once");
    given.cid = new_cid();
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(log().append({room("lobby"), given, {}}));
    loops().run_until([&] { return outcomes().size() == 20; });
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(outcomes()[i].is_new(), i == 0);
        EXPECT_EQ(outcomes()[i].append.event.seq, 1U);
    }
    EXPECT_EQ(open("lobby").head, 1U);
}

TEST_P(RoomLogContract, PagesFromTheOldest) {
    fill(10);
    EXPECT_EQ(seqs({.after = 0, .limit = 3}), (std::vector<Seq>{1, 2, 3}));
    EXPECT_EQ(seqs({.after = 8, .limit = 3}), (std::vector<Seq>{9, 10}));
    EXPECT_EQ(seqs({.after = 3, .before = 6, .limit = 100}), (std::vector<Seq>{4, 5}));
    EXPECT_EQ(seqs({.after = 10, .limit = 3}), std::vector<Seq>{});
    EXPECT_EQ(seqs({.after = UINT64_MAX, .limit = 3}), std::vector<Seq>{});
}

TEST_P(RoomLogContract, PagesFromTheNewest) {
    fill(10);
    EXPECT_EQ(seqs({.limit = 3, .newest = true}), (std::vector<Seq>{8, 9, 10}));
    EXPECT_EQ(seqs({.before = 3, .limit = 3, .newest = true}), (std::vector<Seq>{1, 2}));
    EXPECT_EQ(seqs({.after = 8, .limit = 3, .newest = true}), (std::vector<Seq>{9, 10}));
    EXPECT_EQ(seqs({.before = 1, .limit = 3, .newest = true}), std::vector<Seq>{});
}

TEST_P(RoomLogContract, PageSaysWhetherItIsTheLast) {
    fill(5);
    EXPECT_FALSE(page("lobby", {.limit = 4}).end);
    EXPECT_TRUE(page("lobby", {.limit = 5}).end);
    EXPECT_FALSE(page("lobby", {.limit = 4, .newest = true}).end);
    EXPECT_TRUE(page("lobby", {.limit = 5, .newest = true}).end);
    EXPECT_TRUE(page("lobby", {.after = 2, .limit = 3}).end);
    EXPECT_EQ(page("lobby", {.limit = 1}).state.head, 5U);
}

TEST_P(RoomLogContract, PageHasABoundedLengthAndGoesOnInTheNext) {
    open("lobby");
    for (int i = 0; i < 10; ++i)
        append("lobby", event(std::string(1000, 'x')));
    const Page first = page("lobby", {.bytes_max = 3500});
    EXPECT_EQ(first.events.size(), 3U);
    EXPECT_FALSE(first.end);
    const Page next = page("lobby", {.after = 3, .bytes_max = 3500});
    EXPECT_EQ(next.events.front().seq, 4U);
    const Page last = page("lobby", {.bytes_max = 3500, .newest = true});
    EXPECT_EQ(last.events.front().seq, 8U);
    EXPECT_EQ(last.events.back().seq, 10U);
    EXPECT_FALSE(last.end);
}

TEST_P(RoomLogContract, RoomThatWasClosedGoesOnWhereItStood) {
    fill(4);
    const LogState before = open("lobby");
    log().close(room("lobby"));
    const LogState after = open("lobby");
    EXPECT_EQ(after.head, 4U);
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(append("lobby", event("next")).append.event.seq, 5U);
}

TEST_P(RoomLogContract, DiskRemembersWhatMemoryForgets) {
    LogEvent given = event("once");
    given.cid = new_cid();
    open("lobby");
    append("lobby", given);
    const LogState before = open("lobby");
    restart();
    const LogState after = open("lobby");
    if (GetParam() == LogKind::memory) {
        EXPECT_EQ(after.head, 0U);
        return;
    }
    EXPECT_EQ(after.head, 1U);
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_TRUE(append("lobby", given).repeated);
    EXPECT_EQ(append("lobby", event("next")).append.event.seq, 2U);
}

}  // namespace
}  // namespace confab::test
