#include "api/v2_connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/wire_encoder.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_bus.hpp"
#include "ws/frame.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kFeedBytes = 4096;
const std::string kLong(500, 'x');  // some of them fill the feed

// What a client gets, when it reads.
class Socket final : public net::WsConnection, public feed::Reader {
  public:
    void send(const SharedBytes& frame) override { take(frame.view()); }
    bool has_room_for(std::size_t) override { return true; }
    void close(ws::CloseCode code, std::string_view) override { closed = code; }
    void close_at(WallTime, ws::CloseCode, std::string_view) override {}
    void close_in(std::chrono::milliseconds, ws::CloseCode, std::string_view) override {}
    feed::Reader& reader() override { return *this; }
    void on_feed() override {}
    void on_feed_full() override {}
    void on_cut_off() override {}

    // Takes all that its rooms have.
    void read(net::WsHandler& handler) {
        for (feed::Subscription& room : subscriptions()) {
            if (room.lost()) {
                EXPECT_TRUE(handler.on_lost(room));
            }
            EXPECT_FALSE(room.lost());
            std::array<iovec, 64> parts;
            std::string bytes;
            for (std::size_t i = 0, count = room.gather(parts); i < count; ++i)
                bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
            feed::Rest rest;
            room.advance(bytes.size(), rest);
            take(bytes);
        }
    }
    std::vector<std::string> got() { return std::exchange(texts_, {}); }
    // The seqs of events, and everything else.
    std::vector<std::string> got_in_short() {
        std::vector<std::string> lines;
        for (const std::string& text : got()) {
            const std::size_t seq = text.find("\"seq\":");
            const bool is_event = text.starts_with(R"({"event":)");
            lines.push_back(is_event ? text.substr(seq + 6, text.find(',', seq) - seq - 6) : text);
        }
        return lines;
    }
    std::optional<ws::CloseCode> closed;

  private:
    void take(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = ws::frame_boundary_after(bytes, 1);
            const std::string_view frame = bytes.substr(0, end);
            const auto length = static_cast<unsigned char>(frame[1]);
            texts_.emplace_back(frame.substr(length < 126 ? 2 : 4));
            bytes.remove_prefix(end);
        }
    }
    std::vector<std::string> texts_;
};

class V2ConnectionRoomsTest : public ::testing::Test {
  protected:
    V2ConnectionRoomsTest() {
        bus_.sequencer = &sequencer_;
        bus_.fanout = &fanout_;
        bus_.hub = &hub_;
        auth::Identity alice;
        alice.user = UserId("id-Alice");
        alice.name = "Alice";
        alice.expires_at = clock_.wall_now() + std::chrono::hours(1);
        connection_ = std::make_unique<api::V2Connection>(
            api::V2Connection::Context{options_, authenticator_, users_, sessions_, plan_, hub_,
                                       loop_},
            chat::Wire::v2, alice);
        connection_->on_open(socket_);
    }
    ~V2ConnectionRoomsTest() override {
        end();
        EXPECT_EQ(sequencer_.room_count(), 0U);
        EXPECT_EQ(metrics_.get(metrics::Id::room_members), 0);
        EXPECT_EQ(budget_.used(), 0U);
    }
    void end() {
        if (connection_) connection_->on_closed();
        connection_.reset();
    }
    void connect(const std::string& rooms) {
        connection_->on_text(R"({"id":1,"connect":{"rooms":)" + rooms + "}}");
    }
    // Says that in the room, so many times.
    void say(int times, const std::string& body = kLong, const std::string& in = "general") {
        for (int i = 0; i < times; ++i) {
            chat::Append append = said(room(in), "Bob", body);
            append.from_outside = true;
            sequencer_.publish(append);
        }
    }
    // A turn of the loop, in which the client reads what there is.
    void turn() {
        socket_.read(*connection_);
        loop_.context().restart();
        loop_.context().poll();
        socket_.read(*connection_);
    }
    // The client has come, and knows; then it reads nothing while very much is said.
    void fall_behind() {
        connect(R"({"general":null})");
        turn();
        socket_.got();
        say(20);
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    log::Logger logger_{{.level = log::Level::off}};
    net::Loop loop_{0, clock_, metrics_};
    auth::TokenVerifier verifier_{{}, clock_};
    auth::JwksFetcher fetcher_{verifier_, clock_, metrics_, logger_};
    auth::Revocations revocations_{{}};
    api::Authenticator authenticator_{verifier_, fetcher_, revocations_, loop_};
    api::ChatOptions options_;
    QuotaTable users_{clock_};
    api::LiveSessions sessions_{revocations_};
    api::DrainPlan plan_;
    api::WireEncoder encoder_;
    CountingLog log_;
    RecordingBus bus_;
    chat::Sequencer sequencer_{{.loops = 1}, bus_, encoder_, log_, clock_, metrics_};
    feed::Budget budget_{{.room_bytes_max = kFeedBytes}, metrics_};
    chat::Fanout fanout_{budget_, metrics_};
    NoRooms no_rooms_;
    chat::Hub hub_{0, fanout_, bus_, no_rooms_, 1};
    Socket socket_;
    std::unique_ptr<api::V2Connection> connection_;
};

TEST_F(V2ConnectionRoomsTest, WhoReadsTooSlowlyIsToldWhatToFetchAndHearsWhatComesBehind) {
    fall_behind();
    bus_.take();
    turn();
    EXPECT_THAT(socket_.got_in_short(),
                ElementsAre(R"({"lag":{"room":"general","from":1,"head":20}})"));
    say(2, "live");
    turn();
    EXPECT_THAT(socket_.got_in_short(), ElementsAre("21", "22"));
    EXPECT_FALSE(socket_.closed);
    EXPECT_EQ(metrics_.get(metrics::Id::lags), 1);
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 1);
    sequencer_.flush_notices();
    turn();
    EXPECT_THAT(socket_.got(), ElementsAre(HasSubstr(R"("count":1,"joined":[{"id":"id-Alice")")))
        << "it came once";
}

TEST_F(V2ConnectionRoomsTest, WhatWasSentBeforeIsNotSentAgain) {
    fall_behind();
    turn(), socket_.got();
    say(3, "read");
    turn();
    EXPECT_THAT(socket_.got_in_short(), ElementsAre("21", "22", "23"));
    say(20);
    turn();
    EXPECT_THAT(socket_.got_in_short(),
                ElementsAre(R"({"lag":{"room":"general","from":21,"head":43}})"));
    EXPECT_EQ(metrics_.get(metrics::Id::lags), 2);
}

TEST_F(V2ConnectionRoomsTest, WhatIsSaidBeforeTheAnswerIsNotSentAndWhatIsSaidAfterItIs) {
    fall_behind();
    bus_.slow = true;
    turn();
    say(30);
    turn();
    EXPECT_THAT(socket_.got(), IsEmpty()) << "it is not known yet where to go on";
    bus_.let_in();
    say(1, "behind");
    turn();
    EXPECT_THAT(socket_.got_in_short(),
                ElementsAre(R"({"lag":{"room":"general","from":1,"head":50}})", "51"));
}

TEST_F(V2ConnectionRoomsTest, OneRoomDoesNotWaitForAnother) {
    connect(R"({"general":null,"other":null})");
    turn(), socket_.got();
    bus_.slow = true;
    say(20), say(1, "x", "other");
    turn();
    say(1, "y", "other");
    turn();
    EXPECT_THAT(socket_.got_in_short(), ElementsAre("1", "2"));
    bus_.let_in();
    EXPECT_THAT(socket_.got(), ElementsAre(HasSubstr(R"({"lag":{"room":"general")")));
}

TEST_F(V2ConnectionRoomsTest, WhoIsTakenOutMeanwhileIsToldThatAlone) {
    fall_behind();
    bus_.slow = true;
    turn();
    fanout_.remove(room("general"), UserId("id-Alice"), {chat::RoomChange::Action::kick, 21});
    bus_.let_in();
    say(1);
    turn();
    EXPECT_THAT(socket_.got(),
                ElementsAre(R"({"removed":{"room":"general","seq":21,"action":"kick"}})"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(V2ConnectionRoomsTest, WhoWasTakenOutBeforeItIsAskedIsNotAskedFor) {
    fall_behind();
    bus_.take();
    socket_.read(*connection_);
    fanout_.remove(room("general"), UserId("id-Alice"), {chat::RoomChange::Action::kick, 21});
    turn();
    EXPECT_THAT(socket_.got(), ElementsAre(HasSubstr(R"({"removed":)")));
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(V2ConnectionRoomsTest, WhoLeavesMeanwhileIsNotCountedTwice) {
    fall_behind();
    bus_.slow = true;
    turn();
    connection_->on_text(R"({"id":2,"leave":{"room":"general"}})");
    bus_.let_in();
    EXPECT_THAT(socket_.got(), ElementsAre(R"({"id":2,"leave":{}})"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(V2ConnectionRoomsTest, WhoLeavesAndComesAgainMeanwhileBeginsAnew) {
    fall_behind();
    bus_.slow = true;
    turn();
    connection_->on_text(R"({"id":2,"leave":{"room":"general"}})");
    connection_->on_text(R"({"id":3,"join":{"room":"general"}})");
    ASSERT_EQ(bus_.entries.size(), 2U);
    bus_.let_in();
    say(1, "live");
    turn();
    EXPECT_THAT(socket_.got_in_short(),
                ElementsAre(R"({"id":2,"leave":{}})", HasSubstr(R"({"id":3,"join":)"),
                            HasSubstr("caught_up"), "21"));
    EXPECT_EQ(metrics_.get(metrics::Id::lags), 0);
}

TEST_F(V2ConnectionRoomsTest, WhoIsClosedMeanwhileIsNotCounted) {
    fall_behind();
    bus_.slow = true;
    turn();
    end();
    bus_.let_in();
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(V2ConnectionRoomsTest, WhereTheRoomCannotSayWhereItStandsTheConnectionIsCutOff) {
    fall_behind();
    bus_.slow = true;
    turn();
    bus_.full.insert(0);
    say(1);
    bus_.let_in();
    EXPECT_THAT(socket_.got(), IsEmpty());
    EXPECT_EQ(socket_.closed, ws::CloseCode::too_slow);
}

// The seat is held until every room of the command is done.
TEST_F(V2ConnectionRoomsTest, WhatIsLostWhileItEntersIsToldBehindTheReply) {
    say(3, "before");
    bus_.slow = true;
    connect(R"({"general":null,"other":null})");
    const chat::Entry other = bus_.entries.back();
    bus_.entries.pop_back();
    bus_.let_in();
    say(20);
    turn();
    EXPECT_THAT(socket_.got(), IsEmpty());
    bus_.slow = false;
    sequencer_.enter(other);
    turn();
    EXPECT_THAT(socket_.got(),
                ElementsAre(HasSubstr(R"("general":{"epoch":"life","head":3,"resume":"ok"})"),
                            R"({"caught_up":{"room":"general","seq":3}})",
                            R"({"caught_up":{"room":"other","seq":0}})",
                            R"({"lag":{"room":"general","from":4,"head":23}})"));
    say(1, "live");
    turn();
    EXPECT_THAT(socket_.got_in_short(), ElementsAre("24"));
}

}  // namespace
}  // namespace confab::test
