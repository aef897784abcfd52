// The contract of chat::RoomLog for what changes messages: edits, deletions, reactions.
#include <gmock/gmock.h>

#include "support/room_log_contract.hpp"

namespace confab::test {
namespace {

using chat::EventKind;
using chat::LogEvent;
using chat::MessageState;
using chat::Outcome;
using chat::Page;
using chat::PageRequest;
using ::testing::ElementsAre;

class RoomLogChanges : public RoomLogContract {
  protected:
    RoomLogChanges() {
        open("lobby");
        say("first");
    }

    Seq say(const std::string& body, const std::string& who = "Ann") {
        return append("lobby", event(body, who)).append.event.seq;
    }
    Outcome change(EventKind kind, Seq target, const std::string& text = {},
                   const std::string& who = "Ann", Uuid cid = {}) {
        LogEvent made = event(text, who);
        made.kind = kind;
        made.target = target;
        made.cid = cid;
        return append("lobby", made);
    }
    std::string refused(EventKind kind, Seq target, const std::string& text = {},
                        const std::string& who = "Ann") {
        const Outcome outcome = change(kind, target, text, who);
        EXPECT_FALSE(outcome.is_new());
        return outcome.error ? std::string(outcome.error->code) : "repeated";
    }
    Page messages(const std::string& reader = "Ann", PageRequest request = {}) {
        request.folded_for = person(reader)->id;
        return page("lobby", request);
    }
    // "text" or "text edited", "text deleted", with reactions as "text 👍2"; the reader's with '*'.
    static std::vector<std::string> told(const Page& page) {
        EXPECT_EQ(page.events.size(), page.states.size());
        std::vector<std::string> list;
        for (std::size_t i = 0; i < page.events.size(); ++i) {
            const MessageState& state = page.states[i];
            std::string text(page.events[i].body.view());
            if (state.edited != 0) text += " edited";
            if (state.removed != 0) text += " deleted";
            for (const chat::Reaction& reaction : state.reactions) {
                text += " " + std::string(reaction.text.view()) + std::to_string(reaction.count);
                if (reaction.is_own) text += "*";
            }
            list.push_back(text);
        }
        return list;
    }
};
INSTANTIATE_TEST_SUITE_P(Log, RoomLogChanges, ::testing::Values(LogKind::memory, LogKind::sqlite),
                         kind_name);

TEST_P(RoomLogChanges, AnEditReplacesTheTextAndIsAnEventOfItsOwn) {
    const Outcome once = change(EventKind::edit, 1, "second");
    EXPECT_TRUE(once.is_new());
    EXPECT_EQ(once.append.event.seq, 2U);
    EXPECT_EQ(change(EventKind::edit, 1, "third").append.event.seq, 3U);
    const Page now = messages();
    EXPECT_THAT(told(now), ElementsAre("third edited"));
    EXPECT_EQ(now.states.front().edited, 3U);
    EXPECT_EQ(now.states.front().edited_at, clock_.wall_now());
    EXPECT_EQ(now.as_of, 3U);
    const Page events = page("lobby");
    ASSERT_EQ(events.events.size(), 3U);
    EXPECT_EQ(events.events[0].body.view(), "first");
    EXPECT_EQ(events.events[1].kind, EventKind::edit);
    EXPECT_EQ(events.events[1].target, 1U);
    EXPECT_EQ(events.events[1].body.view(), "second");
    EXPECT_TRUE(events.states.empty());
}

// What is stored and not passed on yet is not for those who may be removed until it is.
TEST_P(RoomLogChanges, APageAsOfAnEventKnowsNoLaterEditsAndReactions) {
    change(EventKind::edit, 1, "second");
    change(EventKind::reaction, 1, "+");
    change(EventKind::edit, 1, "third");
    change(EventKind::reaction, 1, "-");
    PageRequest request;
    request.as_of = 3;
    const Page page_then = messages("Ann", request);
    EXPECT_THAT(told(page_then), ElementsAre("second edited +1*"));
    EXPECT_EQ(page_then.as_of, 3U);
    EXPECT_EQ(page_then.states.front().edited, 2U);
    change(EventKind::removal, 1);
    EXPECT_THAT(told(messages("Ann", request)), ElementsAre(" edited deleted"));
}

TEST_P(RoomLogChanges, OnlyItsAuthorChangesAMessage) {
    EXPECT_EQ(refused(EventKind::edit, 1, "mine", "Bob"), "not_author");
    EXPECT_EQ(refused(EventKind::removal, 1, {}, "Bob"), "not_author");
    EXPECT_THAT(told(messages()), ElementsAre("first"));
    EXPECT_EQ(say("next"), 2U) << "no hole is left";
}

TEST_P(RoomLogChanges, WhatIsNoMessageCannotBeChanged) {
    change(EventKind::edit, 1, "second");
    for (const EventKind kind :
         {EventKind::edit, EventKind::removal, EventKind::reaction, EventKind::unreaction}) {
        EXPECT_EQ(refused(kind, 2, "x"), "no_such_message") << "an edit";
        EXPECT_EQ(refused(kind, 3, "x"), "no_such_message") << "itself";
        EXPECT_EQ(refused(kind, 999, "x"), "no_such_message");
    }
}

TEST_P(RoomLogChanges, ADeletedMessageLosesItsTextAndIsNotChangedAnyMore) {
    LogEvent given = event("secret");
    given.cid = new_cid();
    append("lobby", given);
    change(EventKind::edit, 2, "secret too");
    change(EventKind::reaction, 2, "+", "Bob");
    EXPECT_TRUE(change(EventKind::removal, 2).is_new());
    EXPECT_THAT(told(messages()), ElementsAre("first", " edited deleted"));
    EXPECT_EQ(messages().states.back().removed, 5U);
    for (const LogEvent& logged : page("lobby").events)
        EXPECT_EQ(logged.body.view().find("secret"), std::string_view::npos) << logged.seq;
    EXPECT_EQ(refused(EventKind::edit, 2, "back"), "message_deleted");
    EXPECT_EQ(refused(EventKind::removal, 2), "message_deleted");
    EXPECT_EQ(refused(EventKind::reaction, 2, "+"), "message_deleted");
    const Outcome again = append("lobby", given);
    EXPECT_TRUE(again.repeated && !again.error) << "the text of the first is gone";
    EXPECT_EQ(again.append.event.seq, 2U);
}

TEST_P(RoomLogChanges, AChangeWithACidMayBeRepeated) {
    const Uuid cid = new_cid();
    const Outcome first = change(EventKind::removal, 1, {}, "Ann", cid);
    const Outcome again = change(EventKind::removal, 1, {}, "Ann", cid);
    EXPECT_TRUE(first.is_new());
    EXPECT_TRUE(again.repeated && !again.error);
    EXPECT_EQ(again.append.event.seq, first.append.event.seq);
    EXPECT_EQ(again.append.event.id, first.append.event.id);
    EXPECT_EQ(change(EventKind::edit, 1, "x", "Ann", cid).error->code, "conflict");
}

TEST_P(RoomLogChanges, ReactionsAreCountedOnceForEachUser) {
    EXPECT_TRUE(change(EventKind::reaction, 1, "+", "Bob").is_new());
    EXPECT_TRUE(change(EventKind::reaction, 1, "+", "Eve").is_new());
    const Outcome first = change(EventKind::reaction, 1, "!", "Bob");
    const Outcome again = change(EventKind::reaction, 1, "!", "Bob");
    EXPECT_TRUE(again.repeated && !again.error);
    EXPECT_EQ(again.append.event.seq, first.append.event.seq);
    EXPECT_EQ(again.append.event.id, first.append.event.id);
    EXPECT_THAT(told(messages("Bob")), ElementsAre("first !1* +2*"));
    EXPECT_THAT(told(messages("Eve")), ElementsAre("first !1 +2*"));
    EXPECT_TRUE(change(EventKind::unreaction, 1, "+", "Eve").is_new());
    EXPECT_EQ(refused(EventKind::unreaction, 1, "+", "Eve"), "no_such_reaction");
    EXPECT_THAT(told(messages("Eve")), ElementsAre("first !1 +1"));
    EXPECT_TRUE(change(EventKind::reaction, 1, "+", "Eve").is_new());
    EXPECT_THAT(told(messages("Eve")), ElementsAre("first !1 +2*"));
    EXPECT_EQ(page("lobby").events.size(), 6U);
}

TEST_P(RoomLogChanges, AMessageHasSoManyDifferentReactions) {
    for (std::size_t i = 0; i < kReactionsPerMessageMax; ++i)
        ASSERT_TRUE(change(EventKind::reaction, 1, "r" + std::to_string(i), "Bob").is_new());
    EXPECT_EQ(refused(EventKind::reaction, 1, "more", "Eve"), "too_many_reactions");
    EXPECT_TRUE(change(EventKind::reaction, 1, "r0", "Eve").is_new()) << "not a different one";
    change(EventKind::unreaction, 1, "r1", "Bob");
    EXPECT_TRUE(change(EventKind::reaction, 1, "more", "Eve").is_new());
}

TEST_P(RoomLogChanges, APageOfMessagesCoversEventsAndCountsThem) {
    for (int i = 0; i < 5; ++i)
        change(EventKind::edit, 1, "edit " + std::to_string(i));
    say("last");
    const Page oldest = messages("Ann", {.limit = 3});
    EXPECT_THAT(told(oldest), ElementsAre("edit 4 edited"));
    EXPECT_EQ(oldest.first, 1U);
    EXPECT_EQ(oldest.last, 3U);
    EXPECT_FALSE(oldest.end);
    const Page between = messages("Ann", {.after = 3, .limit = 3});
    EXPECT_THAT(told(between), ElementsAre());
    EXPECT_EQ(between.first, 4U);
    EXPECT_EQ(between.last, 6U);
    const Page newest = messages("Ann", {.limit = 3, .newest = true});
    EXPECT_THAT(told(newest), ElementsAre("last"));
    EXPECT_EQ(newest.first, 5U);
    EXPECT_EQ(newest.as_of, 7U);
}

TEST_P(RoomLogChanges, APageOfMessagesIsBoundedByTheTextsThatTheyHaveNow) {
    for (int i = 0; i < 4; ++i)
        say("x");
    for (Seq seq = 1; seq <= 5; ++seq)
        change(EventKind::edit, seq, std::string(1000, 'y'));
    const Page first = messages("Ann", {.limit = 5, .bytes_max = 2500});
    EXPECT_EQ(first.events.size(), 2U);
    EXPECT_EQ(first.last, 2U);
    EXPECT_FALSE(first.end);
    const Page last = messages("Ann", {.before = 6, .bytes_max = 2500, .newest = true});
    EXPECT_EQ(last.events.size(), 2U);
    EXPECT_EQ(last.first, 4U);
    EXPECT_EQ(last.events.front().seq, 4U);
    EXPECT_FALSE(last.end);
}

TEST_P(RoomLogChanges, WhatIsRefusedLeavesNoTraceOfItsRoom) {
    open("ghost");
    for (const EventKind kind : {EventKind::edit, EventKind::message}) {
        LogEvent made = event("x");
        made.kind = kind;
        made.target = 1;
        EXPECT_EQ(append("ghost", made).error->code, "no_such_message");
    }
    EXPECT_EQ(rooms_on_disk(), GetParam() == LogKind::sqlite ? 1 : 0) << "the lobby alone";
    LogEvent first = event("first");
    EXPECT_EQ(append("ghost", first).append.event.seq, 1U);
}

TEST_P(RoomLogChanges, AnEditDoesNotOutliveItsMessageInMemory) {
    if (GetParam() == LogKind::sqlite) GTEST_SKIP() << "tests/blackbox/test_retention.py";
    change(EventKind::edit, 1, "secret");
    for (std::size_t i = 0; i + 1 < kMemoryLogRoomEventsMax; ++i)
        say("x");
    const Page kept = page("lobby", {.limit = 1});
    ASSERT_EQ(kept.events.front().seq, 2U) << "the message is gone, its edit is not";
    EXPECT_TRUE(kept.events.front().body.empty());
}

TEST_P(RoomLogChanges, DiskRemembersTheChanges) {
    if (GetParam() == LogKind::memory) GTEST_SKIP() << "memory forgets";
    change(EventKind::edit, 1, "second");
    change(EventKind::reaction, 1, "+", "Bob");
    restart();
    open("lobby");
    EXPECT_THAT(told(messages("Bob")), ElementsAre("second edited +1*"));
    EXPECT_EQ(refused(EventKind::reaction, 1, "+", "Bob"), "repeated");
}

}  // namespace
}  // namespace confab::test
