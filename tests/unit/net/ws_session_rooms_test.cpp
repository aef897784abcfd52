#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <vector>

#include "feed/feed.hpp"
#include "net/ws_session.hpp"
#include "support/fake_transmitter.hpp"
#include "support/loop_fixture.hpp"
#include "support/ws_client_frame.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;
using metrics::Id;

constexpr std::size_t kRooms = 20;

// The rooms, and the connections in them; lives on the loop.
struct House {
    metrics::Shard metrics;
    feed::Budget budget{{}, metrics};
    std::vector<std::unique_ptr<feed::Feed>> rooms;
    bool forgives = false;
    bool wants_input = true;
    int guests = 0;
    int lost = 0;
    std::vector<std::string> heard;
    std::vector<feed::Subscription*> in_first_room;
};

// A connection that is in every room.
class Guest final : public net::WsHandler {
  public:
    explicit Guest(House& house) : house_(house) {}
    void on_open(net::WsConnection& connection) override {
        ++house_.guests;
        connection_ = &connection;
        for (std::size_t i = 0; i < kRooms; ++i)
            house_.rooms[i]->subscribe(places_[i], connection.reader());
        house_.in_first_room.push_back(places_.data());
    }
    void on_text(std::string_view payload) override {
        house_.heard.emplace_back(payload);
        connection_->send(ws::encode_frame(ws::Opcode::text, payload));
    }
    void on_binary(std::string_view) override {}
    void on_rate_limited(std::string_view, std::chrono::nanoseconds) override {}
    bool on_lost(feed::Subscription& place) override {
        ++house_.lost;
        if (house_.forgives) place.skip_to_end();
        return house_.forgives;
    }
    bool wants_input() const override { return house_.wants_input; }
    void on_closed() override {
        for (std::size_t i = 0; i < kRooms; ++i)
            house_.rooms[i]->unsubscribe(places_[i]);
        --house_.guests;
    }

  private:
    House& house_;
    net::WsConnection* connection_ = nullptr;
    std::array<feed::Subscription, kRooms> places_;
};

class Door final : public net::HttpHandler {
  public:
    explicit Door(House& house) : house_(house) {}
    void on_request(net::HttpRequest, net::Responder responder) override {
        responder.upgrade(std::make_unique<Guest>(house_), "");
    }
    net::HttpResponse on_refusal(net::Refusal, std::string_view) override { return {}; }

  private:
    House& house_;
};

class WsSessionRoomsTest : public LoopFixture {
  protected:
    WsSessionRoomsTest() {
        for (std::size_t i = 0; i < kRooms; ++i)
            house_.rooms.push_back(std::make_unique<feed::Feed>(house_.budget));
        start(door_);
    }
    ~WsSessionRoomsTest() override { stop(); }

    static std::string wire(std::string_view text) {
        return std::string(ws::encode_frame(ws::Opcode::binary, text).view());
    }
    static std::string too_slow() {
        return std::string(ws::encode_close(ws::CloseCode::too_slow, "reading too slowly").view());
    }
    void enter(Client& client) {
        const int before = guests();
        client.send(
            "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        client.read_until("\r\n\r\n");
        ASSERT_EQ(guests(), before + 1);
    }
    int guests() {
        int count = 0;
        run([&] { count = house_.guests; });
        return count;
    }
    bool everybody_left() {
        return eventually([&] { return house_.guests == 0; });
    }
    // On the loop only.
    std::string say(std::string_view text, std::size_t room = 0) {
        const std::string frame = wire(text);
        house_.rooms[room]->append(frame);
        return frame;
    }
    void limit_room(std::size_t bytes) { house_.budget.set_limits({.room_bytes_max = bytes}); }
    // What is sent at the end of a turn goes through here from now on.
    void watch_sends(std::function<int(const net::Send&, std::size_t)> plan = nullptr) {
        sent_ = {};
        sent_.to_sockets = true;
        sent_.plan = std::move(plan);
        run([&] { loop_->sender().use(std::make_unique<FakeTransmitter>(sent_)); });
    }

    FakeTransmitter::Log sent_;
    House house_;
    Door door_{house_};
};

TEST_F(WsSessionRoomsTest, WhatARoomSaysReachesEveryConnection) {
    Client a(port_);
    Client b(port_);
    enter(a);
    enter(b);
    std::string expected;
    run([&] {
        for (int i = 0; i < 100; ++i)
            expected += say(std::to_string(i));
    });
    EXPECT_EQ(a.read_exactly(expected.size()), expected);
    EXPECT_EQ(b.read_exactly(expected.size()), expected);
}

TEST_F(WsSessionRoomsTest, ManyRoomsOnOneConnectionAreOneSendPerTurn) {
    Client client(port_);
    enter(client);
    watch_sends();
    std::string expected;
    run([&] {
        for (std::size_t room = 0; room < kRooms; ++room)
            expected += say(std::to_string(room), room);
    });
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    run([&] {
        EXPECT_EQ(sent_.sends, 1U);
        EXPECT_EQ(sent_.batches.size(), 1U);
    });
}

TEST_F(WsSessionRoomsTest, ManyConnectionsAreOneBatchPerTurn) {
    constexpr int kClients = 20;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < kClients; ++i)
        enter(*clients.emplace_back(std::make_unique<Client>(port_)));
    watch_sends();
    run([&] {
        say("one");
        say("two");
    });
    for (const auto& client : clients)
        EXPECT_EQ(client->read_exactly(10), wire("one") + wire("two"));
    run([&] { EXPECT_EQ(sent_.batches, (std::vector<std::size_t>{kClients})); });
}

TEST_F(WsSessionRoomsTest, ShortWritesAreGoneOnWithInTheMiddleOfAnything) {
    Client client(port_);
    enter(client);
    std::size_t turn = 0;
    watch_sends([&turn](const net::Send&, std::size_t) {
        const int takes[] = {1, 7, 3, -EAGAIN, 20};
        return takes[turn++ % std::size(takes)];
    });
    std::string expected;
    run([&] {
        for (int i = 0; i < 30; ++i)
            expected += say("frame " + std::to_string(i));
    });
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
}

TEST_F(WsSessionRoomsTest, ALostReaderGetsTheFrameThatHasBegunThenItsCloseAndNothingAfter) {
    limit_room(128 * 1024);
    Client slow(port_, 4096);
    Client other(port_);
    enter(slow);
    enter(other);
    const std::string body(1'000, 'x');
    constexpr int kFrames = 3'000;
    for (int i = 0; i < kFrames; i += 20) {
        run([&] {
            for (int j = i; j < i + 20; ++j)
                say(std::to_string(10'000 + j) + body);
        });
        const std::string frame = wire(std::to_string(10'000) + body);
        for (int j = i; j < i + 20; ++j) {
            const std::string got = other.read_exactly(frame.size());
            ASSERT_EQ(got.substr(4, 5), std::to_string(10'000 + j)) << "the others lose nothing";
        }
    }
    // What was written, the rest of a frame, the Close: never a frame behind the hole.
    const std::string frame = wire(std::to_string(10'000) + body);
    int next = 0;
    std::string got = slow.read_exactly(frame.size());
    for (; got.starts_with("\x82"); got = slow.read_exactly(frame.size()))
        ASSERT_EQ(got.substr(4, 5), std::to_string(10'000 + next++));
    EXPECT_LT(next, kFrames);
    EXPECT_TRUE(got.starts_with(too_slow())) << got.size();
    EXPECT_TRUE(eventually([&] { return house_.guests == 1; }));
    run([&] {
        EXPECT_EQ(house_.lost, 1);
        EXPECT_EQ(metrics_.get(Id::closed_too_slow), 1);
    });
}

TEST_F(WsSessionRoomsTest, WhoeverForgivesALossGoesOnBehindIt) {
    limit_room(64 * 1024);
    house_.forgives = true;
    Client client(port_, 4096);
    enter(client);
    const std::string body(10'000, 'x');
    ASSERT_TRUE(eventually([&] {
        say(body);
        return house_.metrics.get(Id::feed_evictions) > 3;
    }));
    std::string got;
    std::thread reading([&] { got = client.read_until("the last"); });
    EXPECT_TRUE(eventually([&] { return house_.lost > 0; }));
    run([&] { say("the last"); });
    reading.join();
    EXPECT_TRUE(got.ends_with(wire("the last")));
    run([&] {
        EXPECT_GE(house_.lost, 1);
        EXPECT_EQ(metrics_.get(Id::closed_too_slow), 0);
        EXPECT_EQ(house_.guests, 1);
    });
}

TEST_F(WsSessionRoomsTest, ABurstInOneTurnLargerThanTheRoomMayHoldCutsOffNobodyWhoReads) {
    limit_room(16 * 1024);
    Client client(port_);
    enter(client);
    std::string expected;
    run([&] {
        for (int i = 0; i < 64; ++i)
            expected += say(std::to_string(i) + std::string(1'000, 'x'));
    });
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    EXPECT_EQ(guests(), 1);
}

// Its socket was full at the end of the last turn, and is not any more.
TEST_F(WsSessionRoomsTest, AReaderThatCatchesUpBetweenTwoTurnsIsNotLostToTheBurstOfTheSecond) {
    limit_room(1024 * 1024);
    Client client(port_, 4096);
    enter(client);
    const std::string body(10'000, 'x');
    std::string expected;
    const auto before = metrics_.get(Id::bytes_sent);
    run([&] {
        for (int i = 0; i < 90; ++i)
            expected += say(body);
    });
    std::string got;
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::bytes_sent) > before; }));
    run([&] {
        const auto sent = metrics_.get(Id::bytes_sent) - before;
        ASSERT_LT(sent, 600'000) << "or it was not full";
        got = client.read_exactly(static_cast<std::size_t>(sent));
        for (int i = 0; i < 20; ++i)
            expected += say(body);
    });
    got += client.read_exactly(expected.size() - got.size());
    EXPECT_TRUE(got == expected);
    EXPECT_EQ(guests(), 1);
}

TEST_F(WsSessionRoomsTest, AFullLoopCutsOffWhoeverIsStuckInAFrame) {
    house_.budget.set_limits({.total_bytes_max = 9'000});
    Client client(port_);
    enter(client);
    bool stuck = false;
    watch_sends([&](const net::Send&, std::size_t bytes) {
        return std::exchange(stuck, true) ? -EAGAIN : static_cast<int>(bytes) - 100;
    });
    std::string expected;
    run([&] { expected = say(std::string(6'000, 'x')); });
    ASSERT_TRUE(eventually([&] { return stuck; }));
    run([&] {
        EXPECT_EQ(house_.budget.used(), 6'000 + 4 + sizeof(feed::Chunk));
        say(std::string(6'000, 'y'), 1);
        EXPECT_EQ(metrics_.get(Id::closed_too_slow), 1);
        sent_.plan = nullptr;
    });
    expected += too_slow();
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    EXPECT_TRUE(everybody_left());
    run([&] { EXPECT_EQ(house_.budget.used(), 0U); });
}

TEST_F(WsSessionRoomsTest, AFullLoopEndsWhoeverIsStuckInALongFrame) {
    house_.budget.set_limits({.total_bytes_max = 9'000});
    Client client(port_);
    enter(client);
    bool stuck = false;
    watch_sends(
        [&](const net::Send&, std::size_t) { return std::exchange(stuck, true) ? -EAGAIN : 100; });
    std::string frame;
    run([&] { frame = say(std::string(6'000, 'x')); });
    ASSERT_TRUE(eventually([&] { return stuck; }));
    run([&] {
        say(std::string(6'000, 'y'), 1);
        EXPECT_EQ(metrics_.get(Id::closed_too_slow), 1);
    });
    EXPECT_EQ(client.read_to_end(), frame.substr(0, 100));
    EXPECT_TRUE(everybody_left());
    run([&] { EXPECT_EQ(house_.budget.used(), 0U); });
}

// What waited was given up while the socket was full: then nothing waits, and nobody is slow.
TEST_F(WsSessionRoomsTest, WhoeverIsOwedNothingAnyMoreDoesNotStall) {
    Client client(port_);
    enter(client);
    int sends = 0;
    watch_sends([&](const net::Send&, std::size_t bytes) {
        if (sends++ > 0) return static_cast<int>(bytes);
        // Before the poller tells that there is room.
        boost::asio::post(loop_->context(), [this] { house_.in_first_room[0]->skip_to_end(); });
        return -EAGAIN;
    });
    run([&] { say("given up"); });
    ASSERT_TRUE(eventually([&] { return sends == 1; }));
    run([] {});
    bool ticked = false;
    run([&] { loop_->every(1ms, [&] { ticked = true; }); });
    clock_.advance(kOutboxStallTimeout + 1s);
    ASSERT_TRUE(eventually([&] { return ticked; }));
    client.send(text_frame("still here"));
    const std::string echo(ws::encode_frame(ws::Opcode::text, "still here").view());
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
    std::string next;
    run([&] { next = say("and reading"); });
    EXPECT_EQ(client.read_exactly(next.size()), next);
    EXPECT_EQ(metrics_.get(Id::closed_too_slow), 0);
}

TEST_F(WsSessionRoomsTest, AClosingConnectionIsStillOwedWhatItsRoomsHaveSaid) {
    Client client(port_);
    enter(client);
    std::string expected;
    run([&] {
        expected = say("before", 0) + say("before", 1);
        loop_->drain_sessions();
        say("after");
    });
    expected += ws::encode_close(ws::CloseCode::going_away, "server is going away").view();
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    EXPECT_TRUE(everybody_left());
    run([&] { EXPECT_EQ(house_.budget.used(), 0U); });
}

TEST_F(WsSessionRoomsTest, AConnectionThatHasNoRoomForInputStillReadsItsRooms) {
    Client client(port_);
    enter(client);
    run([&] { house_.wants_input = false; });
    client.send(text_frame("later"));
    std::string expected;
    run([&] { expected = say("meanwhile"); });
    EXPECT_EQ(client.read_exactly(expected.size()), expected);
    run([&] {
        EXPECT_TRUE(house_.heard.empty());
        house_.wants_input = true;
    });
    const std::string echo(ws::encode_frame(ws::Opcode::text, "later").view());
    EXPECT_EQ(client.read_exactly(echo.size()), echo);
}

TEST_F(WsSessionRoomsTest, APeerThatIsGoneWhileItsInputIsPausedAndItsSocketFullIsNoticed) {
    {
        Client client(port_, 4096);
        enter(client);
        run([&] { house_.wants_input = false; });
        client.send(text_frame("never heard"));
        run([&] {
            for (int i = 0; i < 90; ++i)
                say(std::string(10'000, 'x'));
        });
        client.reset();
    }
    EXPECT_TRUE(everybody_left());
    run([&] { EXPECT_EQ(house_.budget.used(), 0U); });
}

TEST_F(WsSessionRoomsTest, StoppingTheLoopInTheMiddleOfATurnLeavesNothingBehind) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i)
        enter(*clients.emplace_back(std::make_unique<Client>(port_, 4096)));
    run([&] {
        for (int i = 0; i < 90; ++i)
            say(std::string(10'000, 'x'));
        loop_->stop();
    });
    thread_.join();
    EXPECT_EQ(house_.guests, 0);
    EXPECT_EQ(house_.budget.used(), 0U);
    EXPECT_EQ(metrics_.get(Id::connections_websocket), 0);
}

}  // namespace
}  // namespace confab::test
