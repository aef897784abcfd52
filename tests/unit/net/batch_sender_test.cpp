#include "net/batch_sender.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "support/fake_transmitter.hpp"

namespace confab::test {
namespace {

using What = net::IoStep::What;

struct Target final : net::BatchSender::Target {
    void on_sent(net::IoStep step, bool whole) override {
        ++times;
        last = step;
        was_whole = whole;
    }
    int times = 0;
    net::IoStep last{What::ended};
    bool was_whole = false;
};

class BatchSenderTest : public ::testing::Test {
  protected:
    void add(Target& target, std::string& text, std::size_t pieces = 1, int socket = 0) {
        const std::span<iovec> parts = sender_.space();
        ASSERT_EQ(parts.size(), kSendPartsMax);
        const std::size_t each = text.size() / pieces;
        for (std::size_t i = 0; i < pieces; ++i)
            parts[i] = {text.data() + i * each, each};
        sender_.add(target, socket, pieces);
    }

    FakeTransmitter::Log log_;
    metrics::Shard metrics_;
    net::BatchSender sender_{std::make_unique<FakeTransmitter>(log_), metrics_};
    std::deque<Target> targets_;
    std::string text_ = "0123456789";
};

TEST_F(BatchSenderTest, NothingToSendIsNoBatch) {
    sender_.flush();
    EXPECT_TRUE(log_.batches.empty());
    EXPECT_EQ(sender_.transmitter().name(), "fake");
}

TEST_F(BatchSenderTest, AllOfATurnGoesTogetherAndInOrder) {
    std::string other = "abcdef";
    add(targets_.emplace_back(), text_, 2);
    add(targets_.emplace_back(), other, 3);
    EXPECT_TRUE(log_.batches.empty());
    sender_.flush();
    EXPECT_EQ(log_.batches, (std::vector<std::size_t>{2}));
    EXPECT_EQ(log_.text, "0123456789abcdef");
    EXPECT_EQ(targets_[0].last.bytes, 10U);
    EXPECT_EQ(targets_[1].last.bytes, 6U);
    EXPECT_EQ(metrics_.get(metrics::Id::send_batches), 1);
    EXPECT_EQ(metrics_.get(metrics::Id::sends_sendmsg), 2);
    sender_.flush();
    EXPECT_EQ(log_.batches.size(), 1U) << "once";
    EXPECT_EQ(metrics_.get(metrics::Id::send_batches), 1);
}

TEST_F(BatchSenderTest, EachTargetIsToldWhatCameOfItsOwn) {
    log_.plan = [](const net::Send& send, std::size_t bytes) {
        const int results[] = {static_cast<int>(bytes), 4, -EAGAIN, -EPIPE, -EINTR, 0};
        return results[send.socket];
    };
    for (int i = 0; i < 6; ++i)
        add(targets_.emplace_back(), text_, 1, i);
    sender_.flush();
    const What expected[] = {What::moved, What::moved,       What::would_block,
                             What::ended, What::would_block, What::ended};
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        EXPECT_EQ(targets_[i].times, 1) << i;
        EXPECT_EQ(targets_[i].last.what, expected[i]) << i;
        EXPECT_EQ(targets_[i].was_whole, i == 0) << i;
    }
    EXPECT_EQ(targets_[1].last.bytes, 4U);
}

TEST_F(BatchSenderTest, AFullBatchGoesOutFirst) {
    for (std::size_t i = 0; i < 2 * kBatchSendsMax + 1; ++i)
        add(targets_.emplace_back(), text_);
    EXPECT_EQ(log_.batches, (std::vector<std::size_t>{kBatchSendsMax, kBatchSendsMax}));
    EXPECT_EQ(targets_.front().times, 1);
    EXPECT_EQ(targets_.back().times, 0);
    sender_.flush();
    EXPECT_EQ(log_.batches.back(), 1U);
    for (const Target& target : targets_)
        EXPECT_EQ(target.times, 1);
    EXPECT_EQ(log_.text.size(), text_.size() * targets_.size());
}

TEST_F(BatchSenderTest, ABatchWithoutRoomForThePartsOfOneMoreGoesOutFirst) {
    std::string many(kSendPartsMax, 'x');
    constexpr std::size_t kFit = kBatchPartsMax / kSendPartsMax;
    for (std::size_t i = 0; i < kFit; ++i)
        add(targets_.emplace_back(), many, kSendPartsMax);
    EXPECT_TRUE(log_.batches.empty());
    (void)sender_.space();
    EXPECT_EQ(log_.batches, (std::vector<std::size_t>{kFit}));
    EXPECT_EQ(targets_.back().times, 1);
}

TEST_F(BatchSenderTest, SpaceThatIsNotUsedIsGivenAgain) {
    const auto first = sender_.space();
    EXPECT_EQ(first.data(), sender_.space().data());
    add(targets_.emplace_back(), text_, 5);
    EXPECT_EQ(sender_.space().data(), first.data() + 5);
}

}  // namespace
}  // namespace confab::test
