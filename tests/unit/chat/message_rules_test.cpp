#include "chat/message_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace confab::chat {
namespace {

using ::testing::ElementsAre;

LogEvent event_of(EventKind kind, Seq seq = 0, const std::string& body = {}) {
    LogEvent event;
    event.kind = kind;
    event.seq = seq;
    event.body = SharedBytes::copy_of(body);
    return event;
}

std::string answer(EventKind kind, const Target& target) {
    const auto error = refusal(event_of(kind), target);
    return error ? std::string(error->code) : "yes";
}

Target own() {
    return {.is_kept = true, .is_own = true};
}

Target of_another() {
    return {.is_kept = true};
}

TEST(MessageRules, EachKindAsksForItsOwn) {
    Target removed = own();
    removed.is_removed = true;
    Target given = of_another();
    given.given.emplace();
    struct Case {
        EventKind kind;
        const char* of_none;
        const char* of_own;
        const char* of_another;
        const char* of_removed;
        const char* when_given;
    };
    const Case cases[] = {
        {EventKind::edit, "no_such_message", "yes", "not_author", "message_deleted", "not_author"},
        {EventKind::removal, "no_such_message", "yes", "not_author", "message_deleted",
         "not_author"},
        {EventKind::reaction, "no_such_message", "yes", "yes", "message_deleted", "yes"},
        {EventKind::unreaction, "no_such_message", "no_such_reaction", "no_such_reaction",
         "message_deleted", "yes"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(answer(each.kind, {}), each.of_none);
        EXPECT_EQ(answer(each.kind, own()), each.of_own);
        EXPECT_EQ(answer(each.kind, of_another()), each.of_another);
        EXPECT_EQ(answer(each.kind, removed), each.of_removed);
        EXPECT_EQ(answer(each.kind, given), each.when_given);
    }
}

TEST(MessageRules, EditsAndReactionsAreBounded) {
    Target edited = own();
    edited.edits = kEditsPerMessageMax;
    EXPECT_EQ(answer(EventKind::edit, edited), "too_many_edits");
    EXPECT_EQ(answer(EventKind::removal, edited), "yes");
    Target popular = of_another();
    popular.reactions = kReactionsPerMessageMax;
    EXPECT_EQ(answer(EventKind::reaction, popular), "too_many_reactions");
    popular.has_reaction = true;
    EXPECT_EQ(answer(EventKind::reaction, popular), "yes") << "it makes them no more";
}

TEST(MessageRules, TheFieldNamesWhatWasWrong) {
    EXPECT_EQ(refusal(event_of(EventKind::edit), {})->field, "seq");
    EXPECT_EQ(no_such_message(EventKind::message).field, "reply_to");
    EXPECT_EQ(refusal(event_of(EventKind::unreaction), own())->field, "reaction");
}

class FoldTest : public ::testing::Test {
  protected:
    FoldTest() {
        page_.events = {event_of(EventKind::message, 3, "a"), event_of(EventKind::edit, 4, "b"),
                        event_of(EventKind::message, 5, "c"), event_of(EventKind::message, 6, "d")};
        page_.first = 3;
        page_.last = 6;
        page_.end = true;
    }
    void fold_for(bool newest, std::size_t bytes_max, Seq middle = 0) {
        PageRequest request;
        request.newest = newest;
        request.bytes_max = bytes_max;
        request.middle = middle;
        fold(page_, request, [this](LogEvent& message) {
            message.body = SharedBytes::copy_of(std::string(10, 'x'));
            return MessageState{.edited = message.seq + 100, .reactions = reactions_};
        });
    }
    std::vector<Seq> seqs() {
        std::vector<Seq> list;
        for (std::size_t i = 0; i < page_.events.size(); ++i) {
            EXPECT_EQ(page_.states[i].edited, page_.events[i].seq + 100);
            list.push_back(page_.events[i].seq);
        }
        return list;
    }

    Page page_;
    std::vector<Reaction> reactions_;
};

TEST_F(FoldTest, OnlyMessagesStayAndThePageCoversTheSame) {
    fold_for(false, 30);
    EXPECT_THAT(seqs(), ElementsAre(3, 5, 6));
    EXPECT_EQ(page_.first, 3U);
    EXPECT_EQ(page_.last, 6U);
    EXPECT_TRUE(page_.end);
}

TEST_F(FoldTest, TooMuchTextEndsThePageBeforeTheMessageThatDoesNotFit) {
    fold_for(false, 29);
    EXPECT_THAT(seqs(), ElementsAre(3, 5));
    EXPECT_EQ(page_.last, 5U);
    EXPECT_FALSE(page_.end);
}

TEST_F(FoldTest, FromTheNewestItBeginsBehindIt) {
    fold_for(true, 29);
    EXPECT_THAT(seqs(), ElementsAre(5, 6));
    EXPECT_EQ(page_.first, 4U);
    EXPECT_FALSE(page_.end);
}

TEST_F(FoldTest, OneMessageFitsInAnyCase) {
    fold_for(true, 1);
    EXPECT_THAT(seqs(), ElementsAre(6));
    EXPECT_EQ(page_.first, 6U);
}

TEST_F(FoldTest, ReactionsTakeRoomLikeText) {
    reactions_ = {{.text = SharedBytes::copy_of("12")}, {.text = SharedBytes::copy_of("34")}};
    fold_for(false, 89);
    EXPECT_THAT(seqs(), ElementsAre(3, 5));
}

TEST_F(FoldTest, TheOneInTheMiddleIsInItHoweverLittleFits) {
    fold_for(false, 29, 6);
    EXPECT_THAT(seqs(), ElementsAre(5, 6));
    EXPECT_EQ(page_.first, 4U);
    EXPECT_EQ(page_.last, 6U);
    EXPECT_FALSE(page_.end);
}

TEST_F(FoldTest, TheOneInTheMiddleAloneWhenItIsTooLong) {
    fold_for(false, 1, 5);
    EXPECT_THAT(seqs(), ElementsAre(5));
    EXPECT_EQ(page_.first, 4U);
    EXPECT_EQ(page_.last, 5U);
}

}  // namespace
}  // namespace confab::chat
