#include <gtest/gtest.h>

#include <algorithm>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "feed/feed.hpp"
#include "support/plain_reader.hpp"

namespace confab::test {
namespace {

// Two feeds on one budget, and what each reader must have seen of its feed.
class FeedModel : public ::testing::TestWithParam<unsigned> {
  protected:
    static constexpr std::size_t kRoomBytes = 600;
    static constexpr std::size_t kTotalBytes = 900;
    static constexpr std::size_t kFrameBytesMax = 60;

    struct Member {
        PlainReader reader;
        std::size_t feed = 0;
        std::string sent;  // since it subscribed
        std::vector<std::size_t> borders{0};
        int told_before = 0;  // when somebody read for the last time
        bool lost = false;
    };

    std::size_t pick(std::size_t below) { return random_() % below; }

    void enter() {
        auto member = std::make_unique<Member>();
        member->feed = pick(feeds_.size());
        member->reader.reads_when_full = pick(2) == 0;
        member->reader.on_gather = [this, feed = member->feed] {
            for (const auto& other : members_) {
                if (other->feed == feed) other->told_before = other->reader.told;
            }
        };
        member->reader.enter(*feeds_[member->feed]);
        members_.push_back(std::move(member));
    }

    void append() {
        const std::size_t feed = pick(feeds_.size());
        const std::string frame(1 + pick(kFrameBytesMax), static_cast<char>('a' + pick(26)));
        for (const auto& member : members_) {
            if (member->feed != feed) continue;
            member->sent += frame;
            member->borders.push_back(member->sent.size());
        }
        feeds_[feed]->append(frame);
        ASSERT_LE(budget_.used(), kTotalBytes);
        for (const auto& member : members_) {
            if (member->feed != feed) continue;
            ASSERT_EQ(member->reader.told, member->told_before + 1)
                << "once, since something was read";
        }
        // A session that is cut off ends a little later.
        cut_off_ +=
            std::erase_if(members_, [](const auto& other) { return other->reader.cut_off; });
    }

    void read() {
        Member& member = *members_[pick(members_.size())];
        if (pick(4) == 0) {
            member.reader.read_all();
        } else {
            member.reader.read(pick(150));
        }
    }

    void leave() {
        const auto leaving = members_.begin() + static_cast<std::ptrdiff_t>(pick(members_.size()));
        members_.erase(leaving);
    }

    void step() {
        const std::size_t what = pick(20);
        if (members_.empty() || what == 0) {
            if (members_.size() < 10) enter();
        } else if (what == 1) {
            leave();
        } else if (what == 2) {
            Member& member = *members_[pick(members_.size())];
            if (member.reader.subscription.lost()) resume(member);
        } else if (what < 11) {
            append();
        } else {
            read();
        }
    }

    // A reader that is lost goes on with what comes; what it had begun is finished first.
    static void resume(Member& member) {
        member.reader.on_gather();  // the same as reading, for who has to be told
        member.reader.subscription.skip_to_end();
        while (member.reader.read(std::string::npos) > 0) {
        }
        ASSERT_TRUE(member.sent.starts_with(member.reader.text));
        member.reader.text = member.sent;
        member.lost = false;
    }

    void check() {
        std::vector<bool> behind(feeds_.size());
        std::vector<bool> can_read(feeds_.size());
        for (const auto& member : members_) {
            check(*member);
            if (!member->reader.subscription.behind()) continue;
            behind[member->feed] = true;
            if (!member->lost) can_read[member->feed] = true;
        }
        for (std::size_t i = 0; i < feeds_.size(); ++i) {
            ASSERT_TRUE(feeds_[i]->bytes() == 0 || behind[i]);
            ASSERT_TRUE(feeds_[i]->bytes() > 0 || !can_read[i]);
            ASSERT_LE(feeds_[i]->bytes(), kRoomBytes);
        }
        if (members_.empty()) {
            ASSERT_EQ(budget_.used(), 0U);
        }
        ASSERT_LE(budget_.used(), kTotalBytes);
    }

    static void check(Member& member) {
        PlainReader& reader = member.reader;
        const std::string got = reader.text + std::string(reader.rest.view());
        ASSERT_EQ(member.sent.compare(0, got.size(), got), 0) << "each once, in order";
        ASSERT_TRUE(std::binary_search(member.borders.begin(), member.borders.end(), got.size()))
            << "the cursor stands at the border of a frame";
        ASSERT_EQ(reader.subscription.behind(), got.size() < member.sent.size());
        const bool lost = reader.subscription.lost();
        ASSERT_TRUE(lost || !member.lost) << "for good";
        ASSERT_FALSE(lost && reader.reads_when_full) << "whoever reads when asked loses nothing";
        member.lost = lost;
    }

    std::mt19937 random_{GetParam()};
    std::size_t cut_off_ = 0;
    metrics::Shard metrics_;
    feed::Budget budget_{{.room_bytes_max = kRoomBytes, .total_bytes_max = kTotalBytes}, metrics_};
    std::vector<std::unique_ptr<feed::Feed>> feeds_;
    std::vector<std::unique_ptr<Member>> members_;
};

TEST_P(FeedModel, HoldsWhateverHappens) {
    feeds_.push_back(std::make_unique<feed::Feed>(budget_));
    feeds_.push_back(std::make_unique<feed::Feed>(budget_));
    for (int i = 0; i < 10'000 && !HasFatalFailure(); ++i) {
        step();
        check();
    }
    EXPECT_GT(metrics_.get(metrics::Id::feed_evictions), 0) << "or the limits were not tried";
    EXPECT_GT(cut_off_, 0U) << "or the total was not tried";
    members_.clear();
    EXPECT_EQ(budget_.used(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FeedModel, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace confab::test
