// The contract of chat::RoomLog when the oldest events go.
#include "support/room_log_contract.hpp"

namespace confab::test {
namespace {

using chat::EventKind;
using chat::LogEvent;
using chat::LogState;

class RoomLogOldest : public RoomLogContract {
  protected:
    RoomLogOldest() : RoomLogContract(3) {}
};
INSTANTIATE_TEST_SUITE_P(Log, RoomLogOldest, ::testing::Values(LogKind::memory, LogKind::sqlite),
                         kind_name);

TEST_P(RoomLogOldest, RoomBeginsLaterAndEndsWhereItDid) {
    fill(10);
    let_the_oldest_go();
    const LogState state = open("lobby");
    EXPECT_EQ(state.head, 10U);
    EXPECT_EQ(state.oldest, 8U);
    EXPECT_EQ(append("lobby", event("next")).append.event.seq, 11U);
}

TEST_P(RoomLogOldest, PagesBeginWithTheOldestThatIsKept) {
    fill(10);
    let_the_oldest_go();
    EXPECT_EQ(page("lobby").state.oldest, 8U);
    EXPECT_TRUE(page("lobby").end);
    EXPECT_EQ(seqs({.after = 0}), (std::vector<Seq>{8, 9, 10}));
    EXPECT_EQ(seqs({.after = 8}), (std::vector<Seq>{9, 10}));
    EXPECT_EQ(seqs({.before = 8}), std::vector<Seq>{});
    EXPECT_EQ(seqs({.newest = true}), (std::vector<Seq>{8, 9, 10}));
}

TEST_P(RoomLogOldest, CidIsKnownForAsLongAsItsEvent) {
    open("lobby");
    LogEvent first = event("first");
    first.cid = new_cid();
    append("lobby", first);
    fill(2);
    let_the_oldest_go();
    EXPECT_TRUE(append("lobby", first).repeated);
    fill(3);
    let_the_oldest_go();
    const auto again = append("lobby", first);
    EXPECT_TRUE(again.is_new());
    EXPECT_EQ(again.append.event.seq, 7U);
}

TEST_P(RoomLogOldest, MessageThatIsGoneCannotBeChangedOneThatStaysKeepsItsChanges) {
    open("lobby");
    append("lobby", event("first"));
    append("lobby", event("second"));
    LogEvent reaction = event("yes");
    reaction.kind = EventKind::reaction;
    for (const Seq target : {1U, 2U}) {
        reaction.target = target;
        append("lobby", reaction);
    }
    let_the_oldest_go();
    EXPECT_EQ(seqs({}), (std::vector<Seq>{2, 3, 4}));
    reaction.target = 1;
    const auto refused = append("lobby", reaction);
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code, "no_such_message");
    const auto messages = page("lobby", {.folded_for = person("Ann")->id});
    ASSERT_EQ(messages.states.size(), 1U);
    EXPECT_EQ(messages.states.front().reactions.size(), 1U);
}

TEST_P(RoomLogOldest, RoomsAreCutEachForItself) {
    fill(5);
    open("kitchen");
    append("kitchen", event("alone"));
    let_the_oldest_go();
    EXPECT_EQ(open("kitchen").oldest, 1U);
    EXPECT_EQ(page("kitchen").events.size(), 1U);
}

}  // namespace
}  // namespace confab::test
