#include "net/ws_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "support/loop_fixture.hpp"
#include "support/ws_client_frame.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;
using metrics::Id;

// What happened to the one connection of a test; lives on the loop.
struct Story {
    net::WsConnection* connection = nullptr;
    std::vector<std::string> events;
    bool open = false;
    bool wants_input = true;
};

class Recorder final : public net::WsHandler {
  public:
    explicit Recorder(Story& story) : story_(story) {}
    void on_open(net::WsConnection& connection) override {
        story_.connection = &connection;
        story_.open = true;
        story_.events.push_back("open");
    }
    void on_text(std::string_view payload) override {
        story_.events.push_back("text " + std::string(payload));
        story_.connection->send(ws::encode_frame(ws::Opcode::text, payload));
    }
    void on_binary(std::string_view) override {
        story_.connection->close(ws::CloseCode::unsupported_data, "text only");
    }
    void on_rate_limited(std::string_view, std::chrono::nanoseconds) override {
        story_.connection->close(ws::CloseCode::rate_limited, "");
    }
    bool on_lost(feed::Subscription&) override {
        story_.events.push_back("lost");
        return false;
    }
    bool wants_input() const override { return story_.wants_input; }
    void on_closed() override {
        story_.events.push_back("closed");
        story_.open = false;
    }

  private:
    Story& story_;
};

class Upgrader final : public net::HttpHandler {
  public:
    explicit Upgrader(Story& story) : story_(story) {}
    void on_request(net::HttpRequest request, net::Responder responder) override {
        EXPECT_EQ(request.upgrade_refusal(), 0U);
        responder.upgrade(std::make_unique<Recorder>(story_), "");
    }
    net::HttpResponse on_refusal(net::Refusal, std::string_view) override { return {}; }

  private:
    Story& story_;
};

class WsSessionTest : public LoopFixture {
  protected:
    WsSessionTest() {
        options_.ws.outbox = {.bytes_max = 64 * 1024, .frames_max = 100};
        start(handler_);
    }
    ~WsSessionTest() override { stop(); }

    static std::string handshake() {
        return "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }
    static void shake_hands(Client& client) {
        client.send(handshake());
        const std::string answer = client.read_until("\r\n\r\n");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
        EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
                  std::string::npos);
    }
    static std::string server_frame(ws::Opcode opcode, std::string_view payload) {
        return std::string(ws::encode_frame(opcode, payload).view());
    }
    static std::string server_close(ws::CloseCode code, std::string_view reason) {
        return std::string(ws::encode_close(code, reason).view());
    }
    std::vector<std::string> events() {
        std::vector<std::string> copy;
        run([&] { copy = story_.events; });
        return copy;
    }
    bool closed() {
        return eventually([&] { return !story_.events.empty() && !story_.open; });
    }
    // So that nothing goes out any more. Returns how many bytes were to be sent.
    std::size_t fill_sockets() {
        std::size_t filled = 0;
        const auto start = metrics_.get(Id::bytes_sent);
        EXPECT_TRUE(eventually([&] {
            const auto sent = static_cast<std::size_t>(metrics_.get(Id::bytes_sent) - start);
            if (filled > sent + 20'000) return true;
            const auto frame = ws::encode_frame(ws::Opcode::binary, std::string(10'000, 'x'));
            story_.connection->send(frame);
            filled += frame.size();
            return false;
        }));
        return filled;
    }

    Story story_;
    Upgrader handler_{story_};
};

TEST_F(WsSessionTest, TextGoesInAndOut) {
    Client client(port_);
    shake_hands(client);
    client.send(text_frame("hello"));
    const std::string echo = server_frame(ws::Opcode::text, "hello");
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
    EXPECT_EQ(events(), (std::vector<std::string>{"open", "text hello"}));
}

TEST_F(WsSessionTest, FramesGluedToTheHandshakeAreNotLost) {
    Client client(port_);
    client.send(handshake() + text_frame("early"));
    client.read_until("\r\n\r\n");
    const std::string echo = server_frame(ws::Opcode::text, "early");
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
}

TEST_F(WsSessionTest, Rfc6455Section5_5_2PingIsAnsweredWithItsPayload) {
    Client client(port_);
    shake_hands(client);
    client.send(encode({.opcode = 9, .payload = "are you there"}));
    const std::string pong = server_frame(ws::Opcode::pong, "are you there");
    EXPECT_EQ(client.read_exactly(pong.size()), pong);
}

TEST_F(WsSessionTest, Rfc6455Section5_5_2EveryPingIsAnsweredInItsPlaceWhileThePeerReads) {
    Client client(port_);
    shake_hands(client);
    std::string sent;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        const std::string text = std::to_string(i);
        sent += encode({.opcode = 9, .payload = text}) + text_frame(text);
        expected += server_frame(ws::Opcode::pong, text) + server_frame(ws::Opcode::text, text);
    }
    client.send(sent);
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
}

TEST_F(WsSessionTest, Rfc6455Section5_5_3WhoDoesNotReadIsAnsweredTheNewestPingAlone) {
    Client client(port_, 4096);
    shake_hands(client);
    const std::size_t filled = fill_sockets();
    std::string pings;
    for (int i = 0; i < 1000; ++i)
        pings += encode({.opcode = 9, .payload = "x"});
    client.send(pings + encode({.opcode = 9, .payload = "last"}));
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::websocket_frames_received) == 1001; }));
    const std::string got = client.read_until(server_frame(ws::Opcode::pong, "last"));
    EXPECT_LT(got.size(), filled + 100) << "far fewer pongs than pings";
}

// The socket has room again and a ping comes, both in one turn: an older pong must not follow.
TEST_F(WsSessionTest, Rfc6455Section5_5_3APongThatHasWaitedDoesNotFollowANewerOne) {
    Client client(port_, 4096);
    shake_hands(client);
    const auto before = metrics_.get(Id::bytes_sent);
    const std::size_t filled = fill_sockets();
    client.send(encode({.opcode = 9, .payload = "old"}));
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::websocket_frames_received) == 1; }));
    std::string got;
    run([&] {
        got = client.read_exactly(static_cast<std::size_t>(metrics_.get(Id::bytes_sent) - before));
        client.send(encode({.opcode = 9, .payload = "new"}));
    });
    got += client.read_until(server_frame(ws::Opcode::pong, "new"));
    client.send(text_frame("that was all"));
    const std::string echo = server_frame(ws::Opcode::text, "that was all");
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
    EXPECT_GT(got.size(), filled);
}

TEST_F(WsSessionTest, Rfc6455Section5_5_1CloseIsEchoedThenTheServerClosesTheConnection) {
    Client client(port_);
    shake_hands(client);
    client.send(encode({.opcode = 8, .payload = std::string("\x03\xe8", 2) + "bye"}));
    EXPECT_EQ(client.read_to_end(), server_close(ws::CloseCode::normal, ""));
    EXPECT_TRUE(closed());
    EXPECT_EQ(events(), (std::vector<std::string>{"open", "closed"}));
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::connections_websocket) == 0; }));
}

TEST_F(WsSessionTest, AnEmptyCloseIsAnsweredWithAnEmptyClose) {
    Client client(port_);
    shake_hands(client);
    client.send(encode({.opcode = 8}));
    EXPECT_EQ(client.read_to_end(), server_frame(ws::Opcode::close, ""));
}

TEST_F(WsSessionTest, WhatIsSaidBeforeTheCloseArrivesBeforeTheClose) {
    Client client(port_);
    shake_hands(client);
    run([&] {
        story_.connection->send(ws::encode_frame(ws::Opcode::text, "one"));
        story_.connection->close(ws::CloseCode::going_away, "bye");
        story_.connection->send(ws::encode_frame(ws::Opcode::text, "after the close"));
    });
    const std::string expected =
        server_frame(ws::Opcode::text, "one") + server_close(ws::CloseCode::going_away, "bye");
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    EXPECT_TRUE(closed()) << "the handler is told at once, not when the peer has answered";
    client.send(encode({.opcode = 8, .payload = std::string("\x03\xe9", 2)}));
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(WsSessionTest, APeerThatDoesNotAnswerTheCloseIsCutAfterItsTime) {
    Client client(port_);
    shake_hands(client);
    run([&] { story_.connection->close(ws::CloseCode::going_away, ""); });
    const auto frame = server_close(ws::CloseCode::going_away, "");
    EXPECT_EQ(client.read_exactly(frame.size()), frame);
    clock_.advance(kWsCloseTimeout + 1s);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::connections_websocket) == 0; }));
}

TEST_F(WsSessionTest, ABrokenFrameIsAnsweredWithItsCodeAndNothingElseIsRead) {
    Client client(port_);
    shake_hands(client);
    client.send(encode({.payload = "x", .masked = false}) + text_frame("ignored"));
    const std::string got = client.read_to_end();
    EXPECT_EQ(got.substr(0, 1), "\x88");
    EXPECT_EQ(got.substr(2, 2), "\x03\xea");
    EXPECT_TRUE(closed());
    EXPECT_EQ(events(), (std::vector<std::string>{"open", "closed"}));
}

TEST_F(WsSessionTest, AReaderThatFallsBehindGetsItsCloseAndNothingAfterTheHole) {
    Client client(port_, 4096);
    shake_hands(client);
    constexpr int kFrames = 4000;
    const std::string body(4000, 'x');
    for (int i = 0; i < kFrames; i += 5) {
        run([&] {
            for (int j = 0; j < 5; ++j) {
                story_.connection->send(
                    ws::encode_frame(ws::Opcode::text, std::to_string(i + j) + " " + body));
            }
        });
        if (!events().empty() && events().back() == "closed") break;
    }
    EXPECT_TRUE(closed());
    EXPECT_EQ(metrics_.get(Id::closed_too_slow), 1);
    // What arrives is a whole prefix of the stream, then the Close.
    const std::string got = client.read_to_end();
    std::size_t at = 0;
    int next = 0;
    while (at + 4 < got.size() && got[at] == '\x81') {
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(got[at + 2])) * 256 +
                          static_cast<unsigned char>(got[at + 3]);
        const std::string start = std::to_string(next++) + " ";
        EXPECT_EQ(got.substr(at + 4, start.size()), start);
        at += 4 + size;
    }
    EXPECT_GT(next, 0);
    EXPECT_LT(next, kFrames);
    EXPECT_EQ(got.substr(at), server_close(ws::CloseCode::too_slow, "reading too slowly"));
}

TEST_F(WsSessionTest, AFullOutboxIsWrittenBeforeAnybodyIsCalledSlow) {
    Client client(port_);
    shake_hands(client);
    constexpr int kFrames = 2000;  // in one turn: twenty times what the outbox holds
    run([&] {
        for (int i = 0; i < kFrames; ++i) {
            story_.connection->send(ws::encode_frame(ws::Opcode::text, "x"));
        }
    });
    const auto frame = server_frame(ws::Opcode::text, "x");
    EXPECT_EQ(client.read_exactly(kFrames * frame.size()).size(), kFrames * frame.size());
    EXPECT_EQ(events(), (std::vector<std::string>{"open"}));
}

// A client sent much, then a Close, and was gone: writing its echoes failed while its input was
// still being read, and the session ended twice.
TEST_F(WsSessionTest, APeerThatIsGoneWhileItsInputIsReadEndsOnce) {
    for (const char* last : {"\x88\x80", "\xff\xff"}) {
        for (int round = 0; round < 20; ++round) {
            std::string burst;
            for (int i = 0; i < 1500; ++i)
                burst += text_frame("x");
            burst += last + std::string("\0\0\0\0", 4);
            {
                Client client(port_);
                shake_hands(client);
                client.send(burst);
                client.reset();
            }
            ASSERT_TRUE(closed());
            ASSERT_EQ(std::count(story_.events.begin(), story_.events.end(), "closed"), 1);
            run([&] { story_.events.clear(); });
        }
    }
}

TEST_F(WsSessionTest, WhoeverHasNoRoomForInputIsAskedAgain) {
    Client client(port_);
    shake_hands(client);
    run([&] { story_.wants_input = false; });
    client.send(text_frame("later"));
    clock_.advance(1s);
    EXPECT_EQ(events(), (std::vector<std::string>{"open"}));
    run([&] { story_.wants_input = true; });
    const auto echo = server_frame(ws::Opcode::text, "later");
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
}

TEST_F(WsSessionTest, AReaderThatTakesNothingForTooLongIsCutOff) {
    Client client(port_, 4096);
    shake_hands(client);
    // Little enough for the outbox, too much for the sockets.
    ASSERT_TRUE(eventually([&] {
        if (!story_.open) return true;
        story_.connection->send(ws::encode_frame(ws::Opcode::binary, std::string(30'000, 'x')));
        return metrics_.get(Id::closed_too_slow) > 0;
    }));
    EXPECT_TRUE(closed());
}

TEST_F(WsSessionTest, SilenceIsPingedThenEnded) {
    Client client(port_);
    shake_hands(client);
    clock_.advance(kWsPingInterval + 1s);
    const std::string ping = server_frame(ws::Opcode::ping, "");
    EXPECT_EQ(client.read_exactly(ping.size()), ping);
    client.send(encode({.opcode = 10}));
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::websocket_frames_received) == 1; }));
    clock_.advance(kWsPingInterval + 1s);
    EXPECT_EQ(client.read_exactly(ping.size()), ping);
    clock_.advance(kWsPongTimeout + 1s);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(closed());
    EXPECT_EQ(metrics_.get(Id::closed_ping_timeout), 1);
}

TEST_F(WsSessionTest, AnUnfinishedMessageIsNotWaitedForForEver) {
    Client client(port_);
    shake_hands(client);
    const auto before = metrics_.get(Id::bytes_received);
    client.send(text_frame("begin", false));
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::bytes_received) > before; }));
    clock_.advance(kWsAssemblyTimeout + 1s);
    const std::string got = client.read_to_end();
    EXPECT_EQ(got.substr(2, 2), "\x03\xf0");
}

TEST_F(WsSessionTest, CloseAtFollowsTheWallClock) {
    Client client(port_);
    shake_hands(client);
    run([&] {
        story_.connection->close_at(clock_.wall_now() + 3600s, ws::CloseCode::token_expired,
                                    "token expired");
    });
    clock_.advance(24s);
    clock_.set_wall(clock_.wall_now() + 2h);
    clock_.advance(2s);
    const auto frame = server_close(ws::CloseCode::token_expired, "token expired");
    EXPECT_EQ(client.read_exactly(frame.size()), frame);
    EXPECT_TRUE(closed());
}

TEST_F(WsSessionTest, AnAbruptEndIsAnEndOnce) {
    {
        Client client(port_);
        shake_hands(client);
    }
    EXPECT_TRUE(closed());
    EXPECT_EQ(events(), (std::vector<std::string>{"open", "closed"}));
    EXPECT_EQ(metrics_.get(Id::closed_abrupt), 1);
}

TEST_F(WsSessionTest, DrainingSaysGoingAway) {
    Client client(port_);
    shake_hands(client);
    run([&] { loop_->drain_sessions(); });
    const auto frame = server_close(ws::CloseCode::going_away, "server is going away");
    EXPECT_EQ(client.read_exactly(frame.size()), frame);
}

TEST_F(WsSessionTest, StoppingTheLoopTellsTheHandlerOfAnOpenConnection) {
    Client client(port_);
    shake_hands(client);
    ASSERT_EQ(events(), (std::vector<std::string>{"open"}));
    stop();
    EXPECT_EQ(story_.events, (std::vector<std::string>{"open", "closed"}));
}

}  // namespace
}  // namespace confab::test
