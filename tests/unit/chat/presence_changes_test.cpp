#include "chat/presence_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PresenceChangesTest : public ::testing::Test {
  protected:
    static chat::User user(const std::string& id, const std::string& name = "") {
        return {UserId(id), name.empty() ? "name of " + id : name};
    }
    void came(const std::string& id, const std::string& name = "") {
        in_.emplace(id, std::pair(user(id, name), changes_.came(user(id, name))));
    }
    void went(const std::string& id) {
        const auto gone = in_.extract(id);
        changes_.went(gone.mapped().first, gone.mapped().second);
    }
    // As "+id" and "-id".
    std::vector<std::string> told() {
        last_ = changes_.take(in_.size());
        std::vector<std::string> lines;
        for (const chat::User& each : last_.joined)
            lines.push_back("+" + std::string(each.id.text()));
        for (const chat::User& each : last_.left)
            lines.push_back("-" + std::string(each.id.text()));
        return lines;
    }

    chat::PresenceChanges changes_;
    std::map<std::string, std::pair<chat::User, chat::PresenceChanges::Round>> in_;
    chat::PresenceDelta last_;
};

TEST_F(PresenceChangesTest, WhatSomebodyWasShownIsPutRight) {
    came("back");
    EXPECT_THAT(told(), ElementsAre("+back"));
    came("short"), went("back");
    changes_.was_shown();
    went("short"), came("back");
    EXPECT_THAT(told(), ElementsAre("+back", "-short"));
    came("short"), went("short");
    EXPECT_THAT(told(), IsEmpty()) << "nobody was shown that";
    changes_.was_shown();
    came("short"), went("short");
    EXPECT_THAT(told(), IsEmpty()) << "what was shown had nothing new in it";
    came("again");
    changes_.was_shown();
    went("again"), came("again");
    EXPECT_THAT(told(), ElementsAre("+again"));
    went("again");
    EXPECT_THAT(told(), ElementsAre("-again"));
}

TEST_F(PresenceChangesTest, TellsWhoCameAndWhoWentOnce) {
    EXPECT_TRUE(changes_.empty());
    came("a"), came("b");
    EXPECT_FALSE(changes_.empty());
    EXPECT_THAT(told(), ElementsAre("+a", "+b"));
    EXPECT_EQ(last_.people, 2U);
    EXPECT_FALSE(last_.more);
    EXPECT_TRUE(changes_.empty());
    went("a"), came("c");
    EXPECT_THAT(told(), ElementsAre("+c", "-a"));
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PresenceChangesTest, WhoCameAndWentMeanwhileIsNotTold) {
    came("a"), went("a");
    EXPECT_TRUE(changes_.empty());
    came("a"), went("a"), came("a");
    EXPECT_THAT(told(), ElementsAre("+a"));
}

TEST_F(PresenceChangesTest, WhoWentAndCameBackMeanwhileIsNotTold) {
    came("a"), told();
    went("a"), came("a");
    EXPECT_TRUE(changes_.empty());
    went("a"), came("a"), went("a");
    EXPECT_THAT(told(), ElementsAre("-a"));
}

TEST_F(PresenceChangesTest, WhoComesBackUnderAnotherNameIsToldInBoth) {
    came("a", "old"), told();
    went("a"), came("a", "new");
    EXPECT_THAT(told(), ElementsAre("+a", "-a"));
    EXPECT_EQ(last_.joined[0].name, "new");
    EXPECT_EQ(last_.left[0].name, "old");
}

TEST_F(PresenceChangesTest, OnlySoManyAreNamedAndTheOthersCount) {
    const auto name = [](std::size_t i) { return "u" + std::to_string(i); };
    for (std::size_t i = 0; i < kPresenceNamesMax; ++i)
        came(name(i));
    came("unnamed");
    EXPECT_EQ(told().size(), kPresenceNamesMax);
    EXPECT_TRUE(last_.more);
    EXPECT_EQ(last_.people, kPresenceNamesMax + 1);
    for (std::size_t i = 0; i < kPresenceNamesMax; ++i)
        went(name(i));
    went("unnamed");
    EXPECT_EQ(told().size(), kPresenceNamesMax);
    EXPECT_TRUE(last_.more);
    EXPECT_EQ(last_.people, 0U);
}

TEST_F(PresenceChangesTest, WhoIsNotNamedCancelsOutAsWell) {
    for (std::size_t i = 0; i < kPresenceNamesMax; ++i)
        came("u" + std::to_string(i));
    came("unnamed"), went("unnamed");
    EXPECT_EQ(told().size(), kPresenceNamesMax);
    EXPECT_FALSE(last_.more) << "everybody is named";
}

// A client that hears every delta knows at each of them who is there, while all are named.
TEST_F(PresenceChangesTest, WhoFollowsKnowsWhoIsThere) {
    std::mt19937 random(7);
    std::set<std::string> known;
    for (int step = 0; step < 20'000; ++step) {
        const std::string id = "u" + std::to_string(random() % kPresenceNamesMax);
        in_.contains(id) ? went(id) : came(id);
        if (random() % 8 != 0) continue;
        const std::vector<std::string> lines = told();
        for (const chat::User& each : last_.left)
            EXPECT_EQ(known.erase(std::string(each.id.text())), 1U);
        for (const chat::User& each : last_.joined)
            EXPECT_TRUE(known.insert(std::string(each.id.text())).second);
        ASSERT_FALSE(last_.more);
        ASSERT_EQ(known.size(), last_.people);
        for (const auto& [each, unused] : in_)
            ASSERT_TRUE(known.contains(each));
    }
}

// However many there are, nothing is counted that did not happen.
TEST_F(PresenceChangesTest, ManyWhoComeAndGoAreTakenBack) {
    std::mt19937 random(8);
    for (int step = 0; step < 20'000; ++step) {
        const std::string id = "u" + std::to_string(random() % 200);
        in_.contains(id) ? went(id) : came(id);
        if (random() % 300 != 0) continue;
        EXPECT_LE(told().size(), 2 * kPresenceNamesMax);
    }
    told();
    std::vector<std::string> fresh;
    for (int i = 0; i < 100; ++i)
        came(fresh.emplace_back("new" + std::to_string(i)));
    for (const std::string& id : fresh)
        went(id);
    EXPECT_TRUE(changes_.empty());
}

}  // namespace
}  // namespace confab::test
