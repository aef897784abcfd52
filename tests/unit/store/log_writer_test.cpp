#include "store/log_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace confab::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Commits that go on when the test lets them.
class LogWriterTest : public ::testing::Test {
  protected:
    ~LogWriterTest() override {
        let_through(1'000'000);
        writer_.stop();
    }

    static chat::Append append(const std::string& body) {
        chat::Append made{*RoomName::parse("lobby"), {}, {}};
        made.event.body = SharedBytes::copy_of(body);
        return made;
    }
    void let_through(int commits) {
        const std::lock_guard lock(mutex_);
        allowed_ += commits;
        changed_.notify_all();
    }
    void wait_for_commits(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return begun_.size() >= count; });
    }
    // Until the writer waits inside a commit, with one event.
    void occupy() {
        ASSERT_TRUE(writer_.append(0, append("first")));
        writer_.wake();
        wait_for_commits(1);
    }
    std::vector<std::string> delivered(LoopIndex loop) {
        const std::lock_guard lock(mutex_);
        return delivered_[loop];
    }
    std::vector<std::size_t> begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

  private:
    void commit(std::vector<chat::Outcome>& batch) {
        std::unique_lock lock(mutex_);
        begun_.push_back(batch.size());
        changed_.notify_all();
        changed_.wait(lock, [&] { return allowed_ > 0; });
        --allowed_;
        for (chat::Outcome& outcome : batch)
            outcome.append.event.seq = ++seq_;
    }
    void deliver(LoopIndex loop, const std::vector<chat::Outcome>& outcomes) {
        const std::lock_guard lock(mutex_);
        for (const chat::Outcome& outcome : outcomes) {
            const auto& event = outcome.append.event;
            delivered_[loop].push_back(std::string(event.body.view()) + " " +
                                       std::to_string(event.seq));
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int allowed_ = 0;
    std::vector<std::size_t> begun_;  // sizes of the batches
    Seq seq_ = 0;
    std::array<std::vector<std::string>, 2> delivered_;

  protected:
    LogWriter writer_{
        2,
        {.commit = [this](auto& batch) { commit(batch); },
         .deliver = [this](LoopIndex loop, auto outcomes) { deliver(loop, outcomes); }}};
};

TEST_F(LogWriterTest, EverythingThatWaitsBecomesOneTransaction) {
    occupy();
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(writer_.append(0, append("x")));
    EXPECT_EQ(writer_.waiting(), 100U);
    let_through(2);
    writer_.stop();
    EXPECT_THAT(begun(), ElementsAre(1, 100));
    EXPECT_EQ(writer_.waiting(), 0U);
}

// What a loop appends in one turn is not torn apart because the writer had nothing to do.
TEST_F(LogWriterTest, AnIdleWriterWaitsForTheWake) {
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(writer_.append(0, append("x")));
    writer_.wake();
    let_through(1);
    writer_.stop();
    EXPECT_THAT(begun(), ElementsAre(100));
}

TEST_F(LogWriterTest, NothingIsDeliveredBeforeItIsCommitted) {
    occupy();
    EXPECT_THAT(delivered(0), IsEmpty());
    let_through(1);
    writer_.stop();
    EXPECT_THAT(delivered(0), ElementsAre("first 1"));
}

TEST_F(LogWriterTest, EachLoopIsToldOfItsOwnInOrder) {
    occupy();
    for (const char* body : {"a", "b", "c"}) {
        ASSERT_TRUE(writer_.append(0, append(body)));
        ASSERT_TRUE(writer_.append(1, append(body)));
    }
    let_through(2);
    writer_.stop();
    EXPECT_THAT(delivered(0), ElementsAre("first 1", "a 2", "b 4", "c 6"));
    EXPECT_THAT(delivered(1), ElementsAre("a 3", "b 5", "c 7"));
}

TEST_F(LogWriterTest, TransactionHasABoundedLength) {
    occupy();
    for (std::size_t i = 0; i < kLogBatchEventsMax + 1; ++i)
        ASSERT_TRUE(writer_.append(0, append("x")));
    let_through(3);
    writer_.stop();
    EXPECT_THAT(begun(), ElementsAre(1, kLogBatchEventsMax, 1));
}

// Readers hear a batch at once: it must not be more than a room's feed holds.
TEST_F(LogWriterTest, TransactionHasSoManyBytesOfTextOrOneEvent) {
    occupy();
    const std::size_t half = kLogBatchBytesMax / 2;
    for (const std::size_t size : {half, half, std::size_t{1}, 2 * kLogBatchBytesMax, half})
        ASSERT_TRUE(writer_.append(0, append(std::string(size, 'x'))));
    let_through(6);
    writer_.stop();
    EXPECT_THAT(begun(), ElementsAre(1, 2, 1, 1, 1));
}

TEST_F(LogWriterTest, TooManyEventsAreRefusedAndThoseTakenAreStored) {
    occupy();
    for (std::size_t i = 0; i < kLogQueueEventsMax; ++i)
        ASSERT_TRUE(writer_.append(0, append("x")));
    EXPECT_TRUE(writer_.is_busy());
    EXPECT_FALSE(writer_.append(0, append("one too many")));
    let_through(1'000);
    writer_.stop();
    EXPECT_EQ(delivered(0).size(), kLogQueueEventsMax + 1);
    EXPECT_FALSE(writer_.is_busy());
}

TEST_F(LogWriterTest, LongTextsMakeItBusyLongBeforeTheyAreRefused) {
    occupy();
    const std::string text(64 * 1024, 'x');
    for (std::size_t bytes = 0; bytes < kLogBusyBytes; bytes += text.size()) {
        EXPECT_FALSE(writer_.is_busy());
        ASSERT_TRUE(writer_.append(0, append(text)));
    }
    ASSERT_TRUE(writer_.append(0, append(text)));
    EXPECT_TRUE(writer_.is_busy());
    let_through(1'000'000);
    writer_.stop();
    EXPECT_FALSE(writer_.is_busy());
}

TEST_F(LogWriterTest, TooManyBytesAreRefused) {
    occupy();
    const std::string megabyte(1024 * 1024, 'x');
    for (std::size_t bytes = 0; bytes < kLogQueueBytesMax; bytes += megabyte.size())
        ASSERT_TRUE(writer_.append(0, append(megabyte)));
    EXPECT_FALSE(writer_.append(0, append("x")));
    let_through(1'000);
}

TEST_F(LogWriterTest, NothingIsTakenAfterTheEnd) {
    let_through(1);
    writer_.stop();
    EXPECT_FALSE(writer_.append(0, append("late")));
    writer_.stop();
}

}  // namespace
}  // namespace confab::store
