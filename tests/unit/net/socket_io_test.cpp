#include "net/socket_io.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace confab::test {
namespace {

using net::IoStep;
using What = IoStep::What;

class SocketIoTest : public ::testing::Test {
  protected:
    SocketIoTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
    ~SocketIoTest() override {
        ::close(ends_[0]);
        if (ends_[1] >= 0) ::close(ends_[1]);
    }
    void close_peer() { ::close(std::exchange(ends_[1], -1)); }

    std::array<int, 2> ends_{};
    std::array<char, 64> buffer_{};
};

TEST_F(SocketIoTest, MovesWhatIsThereAndSaysWhenThereIsNothing) {
    EXPECT_EQ(net::receive_some(ends_[0], buffer_).what, What::would_block);
    EXPECT_EQ(net::send_some(ends_[1], std::string_view("hello")).bytes, 5U);
    const IoStep got = net::receive_some(ends_[0], buffer_);
    EXPECT_EQ(got.what, What::moved);
    EXPECT_EQ(std::string_view(buffer_.data(), got.bytes), "hello");
}

TEST_F(SocketIoTest, WritesSeveralPartsAtOnce) {
    std::string a = "one ";
    std::string b = "two";
    std::array<iovec, 2> parts{{{a.data(), a.size()}, {b.data(), b.size()}}};
    EXPECT_EQ(net::send_some(ends_[1], parts).bytes, 7U);
    EXPECT_EQ(net::receive_some(ends_[0], buffer_).bytes, 7U);
}

TEST_F(SocketIoTest, AFullSocketWouldBlock) {
    const std::string much(1 << 20, 'x');
    IoStep step{What::moved, 0};
    for (int i = 0; i < 100 && step.what == What::moved; ++i) {
        step = net::send_some(ends_[0], std::string_view(much));
    }
    EXPECT_EQ(step.what, What::would_block);
}

TEST_F(SocketIoTest, APeerThatIsGoneEndsBothWaysWithoutASignal) {
    close_peer();
    EXPECT_EQ(net::receive_some(ends_[0], buffer_).what, What::ended);
    EXPECT_EQ(net::send_some(ends_[0], std::string_view("x")).what, What::ended);
}

}  // namespace
}  // namespace confab::test
