// V2Connection: one connection that speaks protocol v2: it authenticates, then is in many rooms.
// Thread: its loop.
// Owns:   its seats, its place among the connections of its user, the commands it waits for.
// Limits: kV2ConnectTimeout to `connect`; kRoomsPerConnectionMax rooms, kV2EntriesMax commands that
//         enter rooms and kV2QuestionsMax questions at once; the rates of its user's messages
//         and reads, all connections together. More is refused, with a time to come again.
// Invariants: (1) before `connect` has succeeded nothing else does. (2) of a room it has entered it
//             sends every event behind the position of the reply, once and in order, or says `lag`
//             of those it leaves out, or closes. (3) every command gets one reply or one error, or
//             the connection ends. (4) when the session of its token ends it is closed. (5) of a
//             room that it was taken out of it sends nothing more but `removed`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/authenticator.hpp"
#include "api/chat_options.hpp"
#include "api/connection_limits.hpp"
#include "api/drain_plan.hpp"
#include "api/live_sessions.hpp"
#include "api/v2_command.hpp"
#include "api/v2_entry.hpp"
#include "api/v2_events.hpp"
#include "chat/hub.hpp"
#include "net/handler.hpp"
#include "net/loop.hpp"

namespace confab::api {

class V2Connection final : public net::WsHandler,
                           private chat::MemberSink,
                           private chat::Caller,
                           private LiveSessions::Member {
  public:
    struct Context {
        const ChatOptions& options;  // may change
        Authenticator& authenticator;
        QuotaTable& users;
        LiveSessions& sessions;
        DrainPlan& drain_plan;
        chat::Hub& hub;
        net::Loop& loop;
    };

    // With an identity the caller is known from the Authorization header.
    V2Connection(const Context& context, chat::Wire wire, std::optional<auth::Identity> identity);

    void on_open(net::WsConnection& connection) override;
    void on_text(std::string_view payload) override;
    void on_binary(std::string_view payload) override;
    void on_rate_limited(std::string_view payload, std::chrono::nanoseconds retry_after) override;
    [[nodiscard]] bool on_lost(feed::Subscription& subscription) override;
    [[nodiscard]] bool wants_input() const override { return !line_->is_busy(); }
    [[nodiscard]] std::chrono::milliseconds on_drain() override;
    void on_closed() override;

  private:
    // A room it is in, or is about to enter.
    struct Room {
        std::optional<chat::Hub::Seat> seat;
        bool entered = false;  // the reply has been sent
        std::optional<chat::Removal> removal;
        Seq passed = 0;             // nothing up to there was left out without a word
        bool has_lost = false;      // something was dropped, and its home is to be asked
        std::int64_t question = 0;  // the number of that one; 0: none is under way
    };

    struct Question {
        std::int64_t id = 0;
        PageOf what = PageOf::messages;  // of a page
    };

    void run(std::int64_t id, V2Connect& command);
    void run(std::int64_t id, V2Refresh& command);
    void run(std::int64_t id, V2Join& command);
    void run(std::int64_t id, V2Leave& command);
    void run(std::int64_t id, V2Publish& command);
    void run(std::int64_t id, V2Change& command);
    void run(std::int64_t id, V2Typing& command);
    void run(std::int64_t id, V2Presence& command);
    void run(std::int64_t id, V2History& command);
    // v2_connection_rooms.cpp
    void run(std::int64_t id, V2Create& command);
    void run(std::int64_t id, V2Direct& command);
    void run(std::int64_t id, V2Rooms& command);
    void run(std::int64_t id, V2Members& command);
    void run(std::int64_t id, V2MarkRead& command);
    void run(std::int64_t id, V2ChangeRoom& command);
    void make(std::int64_t id, const RoomName& room, chat::RoomChange change);
    void see_to_rooms_soon();
    void see_to_rooms();
    void catch_up(const RoomName& name, std::int64_t number, const Result<chat::LogState>& state);

    // v2_connection_entry.cpp
    void verify(std::string token, std::function<void(Result<auth::Identity>)> done);
    void admit(std::int64_t id, const Result<auth::Identity>& identity, std::vector<V2Join> rooms);
    void refreshed(std::int64_t id, const Result<auth::Identity>& identity);
    void enter(std::int64_t id, bool is_connect, std::vector<V2Join> rooms);
    void go_on(V2Entry& entry);
    void finish(V2Entry& entry);
    void give_up(V2Entry& entry, const Error& error);
    void reply(const V2Entry& entry);
    [[nodiscard]] V2Entry* entry_of(std::int64_t number);
    void set_expiry(const auth::Identity& identity);
    [[nodiscard]] std::chrono::seconds token_ttl() const;
    void follow_session(const auth::Identity& identity);

    void on_outcome(const chat::Outcome& outcome) override;
    [[nodiscard]] bool on_entered(const RoomName& room, std::int64_t number,
                                  const Result<chat::LogState>& state) override;
    void on_page(const RoomName& room, std::int64_t number, Result<chat::Page>& page) override;
    void on_present(const RoomName& room, std::int64_t number,
                    const Result<chat::Present>& present) override;
    void on_members(std::int64_t number, const Result<chat::Members>& members) override;
    void on_rooms(std::int64_t number,
                  const Result<std::vector<chat::RoomOverview>>& rooms) override;
    void on_user_notice(const chat::UserNotice& notice) override;
    void on_disconnect(const UserId& user) override;
    [[nodiscard]] feed::Reader& reader() override { return connection_->reader(); }
    [[nodiscard]] chat::Wire wire() const override { return wire_; }
    [[nodiscard]] const UserId& user() const override { return user_->id; }
    void evict() override;
    void remove(const RoomName& room, const chat::Removal& removal) override;
    void on_session_ended() override;

    void send(std::string_view text);
    // What may be long: where there is no room for it the command fails, and may come again.
    void send_answer(std::int64_t id, std::string_view text);
    void fail(std::optional<std::int64_t> id, const Error& error);
    // Says something in the room, at the cost of the rate of the user's messages.
    void say(std::int64_t id, const RoomName& room, chat::LogEvent event);
    // The same for whoever is not in the room.
    void say_from_outside(std::int64_t id, const RoomName& room, chat::LogEvent event,
                          std::shared_ptr<const chat::RoomChange> change);
    // False: the user says or asks too much, and the command has failed.
    [[nodiscard]] bool may(std::int64_t id, decltype(take_message)& take);
    // The number of a question that is under way from now on; 0: there are too many, or they come
    // too fast, and the command has failed.
    [[nodiscard]] std::int64_t begin_question(std::int64_t id, PageOf what);
    // Its id is 0 when nobody waits any more.
    [[nodiscard]] Question end_question(std::int64_t number);
    // The room, when it has been entered; otherwise the command has failed.
    [[nodiscard]] Room* entered_room(std::int64_t id, const RoomName& name);

    const Context context_;
    const chat::Wire wire_;
    net::WsConnection* connection_ = nullptr;
    std::optional<chat::Hub::Line> line_;
    std::optional<chat::Hub::Following> following_;  // of its user
    std::optional<auth::Identity> identity_;         // that of the header, then that of `connect`
    std::shared_ptr<const chat::User> user_;         // null: not connected
    std::optional<QuotaTable::Lease> lease_;
    std::shared_ptr<void> verifying_;  // while a token is; what comes later finds it gone
    std::shared_ptr<void> seeing_;     // the same while there is something to do about rooms
    int bad_frames_ = 0;
    bool draining_ = false;
    RateBucket refusals_;  // of commands that came sooner than they were told to
    SteadyTime refused_until_ = SteadyTime::min();
    std::unordered_map<RoomName, Room> rooms_;
    // What is under way has numbers of its own: a client may use its ids again.
    std::int64_t next_number_ = 1;
    std::vector<std::unique_ptr<V2Entry>> entries_;
    std::unordered_map<std::int64_t, Question> questions_;  // by number
};

}  // namespace confab::api
