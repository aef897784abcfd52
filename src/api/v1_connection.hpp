// V1Connection: one connection that speaks protocol v1, in its one room.
// Thread: its loop.
// Owns:   its membership and its place among the connections of its user.
// Limits: the rate of its user's messages, all connections together.
// Invariants: (1) it hears its room from when it is let in to on_closed(); until then nothing is
//             read from it. (2) when the session of its token ends, or it may not be in the room
//             any more, it is closed.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "api/live_sessions.hpp"
#include "auth/identity.hpp"
#include "base/quota_table.hpp"
#include "chat/hub.hpp"
#include "net/handler.hpp"

namespace confab::api {

// A client with the usual window reads the frames that all share; one with a smaller window is
// sent plain ones, which RFC 7692 section 6 always allows.
[[nodiscard]] constexpr chat::Wire v1_wire(int deflate_window_bits) {
    return deflate_window_bits == 15 ? chat::Wire::v1_deflated : chat::Wire::v1;
}

class V1Connection final : public net::WsHandler,
                           private chat::MemberSink,
                           private chat::Caller,
                           private LiveSessions::Member {
  public:
    struct Terms {
        chat::Wire wire;
        QuotaTable::Lease user;
        const Rate& user_messages;  // may change
        const Clock& clock;
    };

    // It is closed at `expires_at`.
    V1Connection(chat::Hub& hub, RoomName room, const auth::Identity& identity, WallTime expires_at,
                 LiveSessions& sessions, Terms terms);

    void on_open(net::WsConnection& connection) override;
    void on_text(std::string_view payload) override;
    void on_binary(std::string_view payload) override;
    void on_rate_limited(std::string_view payload, std::chrono::nanoseconds retry_after) override;
    // Protocol v1 cannot tell of a gap: nothing may follow it.
    [[nodiscard]] bool on_lost(feed::Subscription&) override { return false; }
    [[nodiscard]] bool wants_input() const override {
        return std::holds_alternative<chat::Hub::Seat>(place_) && !line_->is_busy();
    }
    void on_closed() override;

  private:
    [[nodiscard]] feed::Reader& reader() override { return connection_->reader(); }
    [[nodiscard]] chat::Wire wire() const override { return terms_.wire; }
    void evict() override;
    void on_session_ended() override;
    void on_outcome(const chat::Outcome& outcome) override;
    bool on_entered(const RoomName&, std::int64_t, const Result<chat::LogState>& state) override;
    void remove(const RoomName&, const chat::Removal&) override;
    // From on_open() on.
    [[nodiscard]] const UserId& user() const override {
        const auto* entrance = std::get_if<Entrance>(&place_);
        return entrance ? entrance->user->id : std::get<chat::Hub::Seat>(place_).user();
    }
    // It asks for none of these.
    void on_page(const RoomName&, std::int64_t, Result<chat::Page>&) override {}
    void on_present(const RoomName&, std::int64_t, const Result<chat::Present>&) override {}
    void on_members(std::int64_t, const Result<chat::Members>&) override {}
    void on_rooms(std::int64_t, const Result<std::vector<chat::RoomOverview>>&) override {}
    void on_user_notice(const chat::UserNotice&) override {}
    void on_disconnect(const UserId& user) override;

    void say(SharedBytes text);

    // What it needs to come in; then its place in the room, in the same memory.
    struct Entrance {
        RoomName room;
        std::shared_ptr<const chat::User> user;
        WallTime expires_at;
        std::vector<SharedBytes> said{};  // what came with the handshake
    };

    chat::Hub& hub_;
    Terms terms_;
    bool has_ended_ = false;  // its session, before it was open
    net::WsConnection* connection_ = nullptr;
    std::optional<chat::Hub::Line> line_;
    std::variant<std::monostate, Entrance, chat::Hub::Seat> place_;
};

}  // namespace confab::api
