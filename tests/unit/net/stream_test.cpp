#include "net/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "support/tls_fixture.hpp"

namespace confab::test {
namespace {

using What = net::IoStep::What;

// A stream on one end of a socket pair; the other end is bare.
class StreamTest : public TlsFixture {
  protected:
    void open(std::unique_ptr<net::TlsEngine> tls) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        stream_.emplace(FileDescriptor(ends[0]), std::move(tls));
        peer_ = FileDescriptor(ends[1]);
    }
    net::IoStep receive() { return stream_->receive(buffer_, scratch_); }
    net::IoStep send(std::string_view bytes) { return stream_->send(bytes, scratch_); }
    [[nodiscard]] std::string_view received(std::size_t bytes) const {
        return {buffer_.data(), bytes};
    }
    // What the peer finds in its socket.
    std::string take() {
        std::array<char, 256 * 1024> bytes;
        const auto step = net::receive_some(peer_.get(), bytes);
        return {bytes.data(), step.bytes};
    }
    void give(std::string_view bytes) {
        ASSERT_EQ(net::send_some(peer_.get(), bytes).bytes, bytes.size());
    }
    // Carries what client and stream have for one another, until both are silent.
    void talk(TlsClient& client) {
        for (int i = 0; i < 10; ++i) {
            const std::string out = client.take_output();
            if (!out.empty()) give(out);
            const net::IoStep step = receive();
            if (step.what == What::moved) got_ += received(step.bytes);
            client.take_input(take());
        }
    }

    std::optional<net::Stream> stream_;
    FileDescriptor peer_;
    std::array<char, 4096> buffer_{};
    std::array<char, 64 * 1024> scratch_{};
    std::string got_;
};

TEST_F(StreamTest, MovesBytesBothWays) {
    open(nullptr);
    EXPECT_FALSE(stream_->encrypts());
    EXPECT_EQ(receive().what, What::would_block);
    EXPECT_EQ(send("hello").bytes, 5U);
    EXPECT_EQ(take(), "hello");
    give("back");
    EXPECT_EQ(received(receive().bytes), "back");
    EXPECT_EQ(send("").what, What::moved);
    EXPECT_FALSE(stream_->has_unsent());
}

TEST_F(StreamTest, AfterItsEndOfOutputItStillReads) {
    open(nullptr);
    stream_->shut_down_send();
    EXPECT_EQ(take(), "");
    give("late");
    EXPECT_EQ(receive().bytes, 4U);
    EXPECT_EQ(send("x").what, What::ended);
}

TEST_F(StreamTest, ClosingGivesTheSocketBackAtOnce) {
    open(nullptr);
    const int socket = stream_->socket();
    stream_->close();
    EXPECT_EQ(stream_->socket(), -1);
    EXPECT_EQ(::fcntl(socket, F_GETFD), -1);
}

TEST_F(StreamTest, ThroughTlsBothSidesReadWhatTheOtherSaid) {
    open(std::make_unique<net::TlsEngine>(context_));
    TlsClient client(TlsClient::Options{});
    talk(client);
    ASSERT_TRUE(stream_->tls()->handshake_done());
    client.send("hello");
    talk(client);
    EXPECT_EQ(got_, "hello");
    EXPECT_EQ(send("answer").bytes, 6U);
    talk(client);
    EXPECT_EQ(client.received(), "answer");
}

TEST_F(StreamTest, CiphertextThatTheSocketDoesNotTakeWaitsAndNothingOvertakesIt) {
    open(std::make_unique<net::TlsEngine>(context_));
    TlsClient client(TlsClient::Options{});
    talk(client);
    std::string said;
    const std::string block(kStreamBytesPerSend, 'x');
    while (!stream_->has_unsent()) {
        ASSERT_EQ(send(block).what, What::moved);
        said += block;
    }
    EXPECT_EQ(send("later").what, What::would_block) << "not taken while something waits";
    while (client.received().size() < said.size()) {
        client.take_input(take());
        (void)send({});
    }
    EXPECT_EQ(client.received(), said);
    EXPECT_FALSE(stream_->has_unsent());
}

TEST_F(StreamTest, AfterTheEndOfOutputNothingWaitsForTheSocket) {
    open(std::make_unique<net::TlsEngine>(context_));
    TlsClient client(TlsClient::Options{});
    talk(client);
    const std::string much(1024 * 1024, 'x');
    while (!stream_->has_unsent())
        ASSERT_EQ(send(much).what, What::moved);
    stream_->shut_down_send();
    EXPECT_FALSE(stream_->has_unsent());
}

TEST_F(StreamTest, TheEndOfOutputIsSaidInTls) {
    open(std::make_unique<net::TlsEngine>(context_));
    TlsClient client(TlsClient::Options{});
    talk(client);
    stream_->shut_down_send();
    client.take_input(take());
    EXPECT_TRUE(client.got_close_notify());
}

}  // namespace
}  // namespace confab::test
