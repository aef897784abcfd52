#include "net/transmitter.hpp"

#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/limits.hpp"

namespace confab::test {
namespace {

// One pair of sockets and what is sent through it.
struct Pair {
    Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
    ~Pair() {
        ::close(ends[0]);
        close_peer();
    }
    void close_peer() {
        if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
    }
    net::Send send_of(std::string& text, std::size_t pieces = 1) {
        const std::size_t each = text.size() / pieces;
        parts.resize(pieces);
        for (std::size_t i = 0; i < pieces; ++i)
            parts[i] = {text.data() + i * each, each};
        return {ends[0], static_cast<std::uint32_t>(pieces), parts.data(), 12345};
    }
    [[nodiscard]] std::string received() const {
        std::string text;
        std::array<char, 65536> buffer;
        ssize_t got = 0;
        while ((got = ::recv(ends[1], buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0)
            text.append(buffer.data(), static_cast<std::size_t>(got));
        return text;
    }
    std::array<int, 2> ends{};
    std::vector<iovec> parts;
};

std::unique_ptr<net::Transmitter> make_sendmsg(std::string&) {
    return std::make_unique<net::SendmsgTransmitter>();
}

struct Way {
    const char* name;
    std::unique_ptr<net::Transmitter> (*make)(std::string& reason);
};

// What every way to the kernel has to do.
class TransmitterContract : public ::testing::TestWithParam<Way> {
  protected:
    void SetUp() override {
        std::string reason;
        transmitter_ = GetParam().make(reason);
        if (!transmitter_)
            GTEST_SKIP() << "the kernel refuses " << GetParam().name << ": " << reason;
        EXPECT_EQ(transmitter_->name(), GetParam().name);
    }
    int transmit(net::Send send) {
        transmitter_->transmit({&send, 1});
        return send.result;
    }

    std::unique_ptr<net::Transmitter> transmitter_;
};

TEST_P(TransmitterContract, OnePartArrives) {
    Pair pair;
    std::string text = "hello";
    EXPECT_EQ(transmit(pair.send_of(text)), 5);
    EXPECT_EQ(pair.received(), "hello");
}

TEST_P(TransmitterContract, ManyPartsArriveInOrder) {
    Pair pair;
    std::string text;
    for (std::size_t i = 0; i < kSendPartsMax; ++i)
        text += std::to_string(1000 + i);
    EXPECT_EQ(transmit(pair.send_of(text, kSendPartsMax)), static_cast<int>(text.size()));
    EXPECT_EQ(pair.received(), text);
}

TEST_P(TransmitterContract, ABatchAsLargeAsThereIsReachesEachItsOwn) {
    std::deque<Pair> pairs(kBatchSendsMax);
    for (int batch = 0; batch < 3; ++batch) {
        std::vector<std::string> texts;
        std::vector<net::Send> sends;
        for (std::size_t i = 0; i < pairs.size(); ++i)
            texts.push_back(std::to_string(batch) + (i % 2 == 0 ? " for " : " four ") +
                            std::to_string(100 + i));
        for (std::size_t i = 0; i < pairs.size(); ++i)
            sends.push_back(pairs[i].send_of(texts[i], i % 3 == 0 ? texts[i].size() : 1));
        transmitter_->transmit(sends);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            ASSERT_EQ(sends[i].result, static_cast<int>(texts[i].size()));
            ASSERT_EQ(pairs[i].received(), texts[i]);
        }
    }
}

TEST_P(TransmitterContract, AFullSocketTakesAPartThenNothingAndNobodyWaits) {
    for (const std::size_t pieces : {1U, 4U}) {
        Pair pair;
        std::string much(4 << 20, 'x');
        const int taken = transmit(pair.send_of(much, pieces));
        EXPECT_GT(taken, 0);
        EXPECT_LT(taken, static_cast<int>(much.size()));
        EXPECT_EQ(transmit(pair.send_of(much, pieces)), -EAGAIN);
        EXPECT_EQ(pair.received().size(), static_cast<std::size_t>(taken));
        EXPECT_GT(transmit(pair.send_of(much, pieces)), 0) << "there is room again";
    }
}

TEST_P(TransmitterContract, ABrokenPeerIsAnErrorAndNoSignal) {
    for (const std::size_t pieces : {1U, 2U}) {
        Pair pair;
        pair.close_peer();
        std::string text = "text";
        EXPECT_EQ(transmit(pair.send_of(text, pieces)), -EPIPE);
    }
}

TEST_P(TransmitterContract, WhatFailsInABatchHarmsNoOther) {
    std::deque<Pair> pairs(5);
    std::string text = "text";
    std::string much(4 << 20, 'x');
    pairs[1].close_peer();
    (void)transmit(pairs[3].send_of(much));
    std::vector<net::Send> sends;
    for (Pair& pair : pairs)
        sends.push_back(pair.send_of(text, 2));
    sends[0].socket = -1;
    transmitter_->transmit(sends);
    EXPECT_EQ(sends[0].result, -EBADF);
    EXPECT_EQ(sends[1].result, -EPIPE);
    EXPECT_EQ(sends[2].result, 4);
    EXPECT_EQ(sends[3].result, -EAGAIN);
    EXPECT_EQ(sends[4].result, 4);
    EXPECT_EQ(pairs[4].received(), "text");
}

TEST_P(TransmitterContract, TheBytesAreFreeAfterwards) {
    Pair pair;
    std::string text(10'000, 'a');
    EXPECT_EQ(transmit(pair.send_of(text, 2)), 10'000);
    text.assign(text.size(), 'b');
    EXPECT_EQ(pair.received(), std::string(10'000, 'a'));
}

TEST_P(TransmitterContract, NothingIsNothing) {
    transmitter_->transmit({});
}

std::unique_ptr<net::Transmitter> make_io_uring(std::string& reason) {
    return net::make_io_uring_transmitter(reason);
}

INSTANTIATE_TEST_SUITE_P(Ways, TransmitterContract,
                         ::testing::Values(Way{"sendmsg", make_sendmsg},
                                           Way{"io_uring", make_io_uring}),
                         [](const auto& way) { return std::string(way.param.name); });

// A kernel that refuses, interrupts or takes less than it is given.
class FailingRing : public ::testing::Test {
  protected:
    struct Step {
        int result;          // what the call says
        unsigned takes = 0;  // entries that the kernel takes before
    };
    void use(std::vector<Step> steps) {
        steps_ = std::move(steps);
        calls_ = 0;
        std::string reason;
        transmitter_ = net::make_io_uring_transmitter(reason, &FailingRing::submit);
        if (!transmitter_) GTEST_SKIP() << reason;
    }
    // The last step is for all that follow.
    static int submit(io_uring* ring, unsigned) {
        const Step step = steps_[std::min(calls_++, steps_.size() - 1)];
        const unsigned tail = ring->sq.sqe_tail;
        ring->sq.sqe_tail = ring->sq.sqe_head + step.takes;
        if (step.takes > 0) {
            EXPECT_EQ(io_uring_submit(ring), static_cast<int>(step.takes));
        }
        ring->sq.sqe_tail = tail;
        return step.result;
    }
    // Everything arrives, and once.
    void expect_all_sent() {
        std::deque<Pair> pairs(5);
        std::string text = "text";
        std::vector<net::Send> sends;
        for (Pair& pair : pairs)
            sends.push_back(pair.send_of(text, 2));
        transmitter_->transmit(sends);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            EXPECT_EQ(sends[i].result, 4) << i;
            EXPECT_EQ(pairs[i].received(), "text") << i;
        }
    }

    static inline std::vector<Step> steps_;
    static inline std::size_t calls_ = 0;
    std::unique_ptr<net::Transmitter> transmitter_;
};

TEST_F(FailingRing, ThatTakesNothingIsGivenUpForGood) {
    for (const int error : {-EAGAIN, -EBUSY, -ENXIO, 0}) {
        use({{error}});
        if (!transmitter_) return;
        expect_all_sent();
        EXPECT_EQ(calls_, 1U);
        EXPECT_EQ(transmitter_->name(), "sendmsg");
        EXPECT_EQ(transmitter_->counter(), metrics::Id::sends_sendmsg);
        expect_all_sent();
        EXPECT_EQ(calls_, 1U) << "not asked again";
    }
}

TEST_F(FailingRing, ThatTakesSomeAndThenNoMoreSendsNothingTwice) {
    use({{2, 2}, {-EAGAIN}});
    if (!transmitter_) return;
    expect_all_sent();
    EXPECT_EQ(transmitter_->name(), "sendmsg");
    expect_all_sent();
}

TEST_F(FailingRing, ThatFailsAfterItTookThemStillTellsWhatCameOfThem) {
    use({{-EAGAIN, 3}, {-EAGAIN, 2}});
    if (!transmitter_) return;
    expect_all_sent();
    EXPECT_EQ(transmitter_->name(), "io_uring");
}

TEST_F(FailingRing, ThatIsInterruptedIsAskedAgain) {
    use({{-EINTR}, {-EINTR}, {3, 3}, {-EINTR}, {2, 2}});
    if (!transmitter_) return;
    expect_all_sent();
    EXPECT_EQ(calls_, 5U);
    EXPECT_EQ(transmitter_->name(), "io_uring");
}

TEST(CanSend, OnlyWhatKnowsBothWaysOfSending) {
    EXPECT_FALSE(net::can_send(nullptr)) << "older than the question";
    std::vector<char> memory(sizeof(io_uring_probe) + IORING_OP_LAST * sizeof(io_uring_probe_op));
    auto* probe = reinterpret_cast<io_uring_probe*>(memory.data());
    probe->last_op = IORING_OP_LAST - 1;
    probe->ops_len = IORING_OP_LAST;
    EXPECT_FALSE(net::can_send(probe));
    probe->ops[IORING_OP_SENDMSG].flags = IO_URING_OP_SUPPORTED;
    EXPECT_FALSE(net::can_send(probe)) << "Linux 5.3 to 5.5";
    probe->ops[IORING_OP_SEND].flags = IO_URING_OP_SUPPORTED;
    EXPECT_TRUE(net::can_send(probe));
    probe->ops[IORING_OP_SENDMSG].flags = 0;
    EXPECT_FALSE(net::can_send(probe));
}

TEST(MakeTransmitter, TakesIoUringOnlyWhenWanted) {
    EXPECT_EQ(net::make_transmitter(false)->name(), "sendmsg");
    std::string reason;
    const bool possible = net::make_io_uring_transmitter(reason) != nullptr;
    EXPECT_EQ(possible, reason.empty());
    EXPECT_EQ(net::make_transmitter(true)->name(), possible ? "io_uring" : "sendmsg");
}

}  // namespace
}  // namespace confab::test
