#include "base/quota_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/manual_clock.hpp"

namespace confab {
namespace {

using namespace std::chrono_literals;
using Refusal = QuotaTable::Refusal;

constexpr Rate kMessages(1, 10);

SharedBytes key_of(std::string_view text) {
    return SharedBytes::copy_of(text);
}

class QuotaTableTest : public ::testing::Test {
  protected:
    QuotaTable::Lease must_acquire(QuotaTable& table, std::string_view key,
                                   const QuotaTable::Limits& limits = {.connections = 100}) {
        auto admission = table.acquire(key_of(key), limits);
        EXPECT_TRUE(admission.lease);
        return std::move(*admission.lease);
    }

    int messages(const QuotaTable::Lease& lease, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += lease.messages().take(clock_.steady_now(), kMessages) ? 1 : 0;
        return count;
    }

    test::ManualClock clock_;
    QuotaTable table_{clock_};
};

TEST_F(QuotaTableTest, KeyHasSoManyConnectionsAndNoMore) {
    std::vector<QuotaTable::Lease> leases;
    for (int i = 0; i < 3; ++i)
        leases.push_back(must_acquire(table_, "ann", {.connections = 3}));
    const auto refused = table_.acquire(key_of("ann"), {.connections = 3});
    EXPECT_FALSE(refused.lease);
    EXPECT_EQ(refused.refusal, Refusal::too_many);
    EXPECT_TRUE(table_.acquire(key_of("bob"), {.connections = 3}).lease);
    leases.pop_back();
    EXPECT_TRUE(table_.acquire(key_of("ann"), {.connections = 3}).lease);
}

TEST_F(QuotaTableTest, LowerLimitHoldsForTheNextAndEndsNobody) {
    auto first = must_acquire(table_, "ann");
    auto second = must_acquire(table_, "ann");
    EXPECT_EQ(table_.acquire(key_of("ann"), {.connections = 1}).refusal, Refusal::too_many);
    EXPECT_EQ(messages(first, 1) + messages(second, 1), 2);
}

TEST_F(QuotaTableTest, PlaceGoesWithTheLeaseThatIsMoved) {
    auto first = must_acquire(table_, "ann", {.connections = 1});
    auto second = std::move(first);
    EXPECT_FALSE(table_.acquire(key_of("ann"), {.connections = 1}).lease);
    auto other = must_acquire(table_, "bob", {.connections = 1});
    other = std::move(second);  // gives back what it held
    EXPECT_TRUE(table_.acquire(key_of("bob"), {.connections = 1}).lease);
    EXPECT_FALSE(table_.acquire(key_of("ann"), {.connections = 1}).lease);
}

TEST_F(QuotaTableTest, ConnectionsOfAKeyShareOneRate) {
    const auto first = must_acquire(table_, "ann");
    const auto second = must_acquire(table_, "ann");
    const auto other = must_acquire(table_, "bob");
    EXPECT_EQ(messages(first, 6), 6);
    EXPECT_EQ(messages(second, 100), 4);
    EXPECT_EQ(messages(other, 100), 10);
}

TEST_F(QuotaTableTest, ComingBackDoesNotResetTheRate) {
    {
        const auto lease = must_acquire(table_, "ann");
        EXPECT_EQ(messages(lease, 100), 10);
    }
    EXPECT_EQ(table_.entries(), 1U);
    clock_.advance(3s);
    EXPECT_EQ(messages(must_acquire(table_, "ann"), 100), 3);
}

TEST_F(QuotaTableTest, ReadsHaveARateBesidesThatOfMessages) {
    {
        const auto first = must_acquire(table_, "ann");
        const auto second = must_acquire(table_, "ann");
        EXPECT_TRUE(first.reads().take(clock_.steady_now(), Rate(1, 2)));
        EXPECT_TRUE(second.reads().take(clock_.steady_now(), Rate(1, 2)));
        EXPECT_FALSE(first.reads().take(clock_.steady_now(), Rate(1, 2)));
    }
    EXPECT_EQ(table_.entries(), 1U);
    const auto back = must_acquire(table_, "ann");
    EXPECT_FALSE(back.reads().take(clock_.steady_now(), Rate(1, 2)));
    EXPECT_EQ(messages(back, 100), 10);
}

TEST_F(QuotaTableTest, AttemptsAreLimitedAndToldWhenToComeBack) {
    const QuotaTable::Limits limits{.connections = 100, .connects = Rate(1, 3)};
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(table_.acquire(key_of("192.0.2.1"), limits).lease);
    const auto refused = table_.acquire(key_of("192.0.2.1"), limits);
    EXPECT_FALSE(refused.lease);
    EXPECT_EQ(refused.refusal, Refusal::too_fast);
    EXPECT_EQ(refused.retry_after, 1s);
    EXPECT_TRUE(table_.acquire(key_of("192.0.2.2"), limits).lease);
    clock_.advance(1s);
    EXPECT_TRUE(table_.acquire(key_of("192.0.2.1"), limits).lease);
}

TEST_F(QuotaTableTest, EntryThatRemembersNothingIsGoneAtOnce) {
    { const auto lease = must_acquire(table_, "ann"); }
    EXPECT_EQ(table_.entries(), 0U);
}

TEST_F(QuotaTableTest, EntriesWhoseBucketsAreFullAgainAreSweptByThoseWhoComeLater) {
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(messages(must_acquire(table_, "user" + std::to_string(i)), 1), 1);
    EXPECT_EQ(table_.entries(), 1000U);
    clock_.advance(1s);
    for (int i = 0; i < 1000; ++i)
        must_acquire(table_, "late" + std::to_string(i));
    EXPECT_LT(table_.entries(), 100U);
    EXPECT_EQ(table_.evictions(), 0U);
}

TEST_F(QuotaTableTest, IdleEntriesAreBoundedAndTheIdlestGoesFirst) {
    constexpr std::size_t kIdle = 64;
    QuotaTable table(clock_, {.idle_max = kIdle});
    const auto open = must_acquire(table, "open");
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_EQ(messages(must_acquire(table, "user" + std::to_string(i)), 10), 10);
        EXPECT_LE(table.entries(), kIdle + 1);
    }
    EXPECT_GE(table.evictions(), 10'000 - kIdle);
    EXPECT_EQ(messages(must_acquire(table, "user9999"), 10), 0);  // still remembered
    EXPECT_EQ(messages(must_acquire(table, "user0"), 10), 10);    // forgotten
    EXPECT_EQ(messages(open, 10), 10);                            // never touched
}

TEST_F(QuotaTableTest, RefusedAttemptsOfManyKeysLeaveNoMoreThanTheBound) {
    constexpr std::size_t kIdle = 64;
    QuotaTable table(clock_, {.idle_max = kIdle});
    for (int i = 0; i < 5'000; ++i) {
        const auto refused = table.acquire(key_of("ip" + std::to_string(i)),
                                           {.connections = 0, .connects = Rate(1, 5)});
        EXPECT_EQ(refused.refusal, Refusal::too_many);
    }
    EXPECT_LE(table.entries(), kIdle);
}

TEST_F(QuotaTableTest, ThreadsNeverExceedALimitAndLeaveNothingBehind) {
    constexpr int kThreads = 4;
    constexpr std::uint32_t kMost = 3;
    std::array<std::atomic<std::uint32_t>, 8> open{};
    std::atomic<int> sent{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            std::vector<std::pair<std::size_t, QuotaTable::Lease>> held;
            for (std::size_t i = 0; i < 4000; ++i) {
                const auto key = (i * 7 + static_cast<std::size_t>(t)) % open.size();
                auto admission =
                    table_.acquire(key_of("key" + std::to_string(key)), {.connections = kMost});
                if (admission.lease) {
                    EXPECT_LT(open.at(key).fetch_add(1), kMost);
                    sent += messages(*admission.lease, 1);
                    held.emplace_back(key, std::move(*admission.lease));
                }
                if (held.size() > 4 || !admission.lease) {
                    for (const auto& [used, lease] : held)
                        --open.at(used);  // before the place is free
                    held.clear();
                }
            }
            for (const auto& [used, lease] : held)
                --open.at(used);
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(sent, 8 * 10);  // one burst of each key: no entry was forgotten between two uses
    clock_.advance(1h);
    for (int i = 0; i < 200; ++i)
        must_acquire(table_, "late" + std::to_string(i));
    EXPECT_EQ(table_.entries(), 0U);
}

}  // namespace
}  // namespace confab
