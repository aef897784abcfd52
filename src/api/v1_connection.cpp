#include "api/v1_connection.hpp"

#include <string>

#include "api/authenticator.hpp"
#include "api/protocol_v1.hpp"
#include "ws/frame.hpp"

namespace confab::api {

using ws::CloseCode;

V1Connection::V1Connection(chat::Hub& hub, RoomName room, const auth::Identity& identity,
                           WallTime expires_at, LiveSessions& sessions, Terms terms)
    : hub_(hub),
      terms_(std::move(terms)),
      has_ended_(!sessions.follow(*this, identity)),
      place_(Entrance{std::move(room), user_of(identity), expires_at}) {}

void V1Connection::on_open(net::WsConnection& connection) {
    connection_ = &connection;
    const auto& entrance = std::get<Entrance>(place_);
    if (entrance.expires_at != WallTime::max()) {
        connection.close_at(entrance.expires_at, CloseCode::token_expired, "token expired");
    }
    line_.emplace(hub_, static_cast<chat::Caller&>(*this));
    if (has_ended_) return on_session_ended();
    hub_.enter({{entrance.room, entrance.user, line_->ticket(0)}, terms_.wire});
}

bool V1Connection::on_entered(const RoomName& room, std::int64_t,
                              const Result<chat::LogState>& state) {
    if (!state) {
        const bool is_refused = chat::is_refusal(state.error());
        connection_->close(is_refused ? CloseCode::not_allowed : CloseCode::try_again_later,
                           is_refused ? "not let in" : "try again");
        return false;
    }
    Entrance entrance = std::move(std::get<Entrance>(place_));
    place_.emplace<chat::Hub::Seat>(hub_, room, std::move(entrance.user),
                                    static_cast<chat::MemberSink&>(*this));
    for (SharedBytes& text : entrance.said)
        say(std::move(text));
    return true;
}

void V1Connection::on_closed() {
    place_.emplace<std::monostate>();
    line_.reset();
}

void V1Connection::on_text(std::string_view payload) {
    if (payload.empty()) return;  // nothing was said
    if (!terms_.user.messages().take(terms_.clock.steady_now(), terms_.user_messages)) {
        return on_rate_limited(payload, {});
    }
    SharedBytes text = SharedBytes::copy_of(payload);
    if (auto* entrance = std::get_if<Entrance>(&place_)) {
        return entrance->said.push_back(std::move(text));
    }
    say(std::move(text));
}

void V1Connection::say(SharedBytes text) {
    chat::LogEvent event;
    event.body = std::move(text);
    if (!std::get<chat::Hub::Seat>(place_).publish(std::move(event), line_->ticket(0))) {
        connection_->close(CloseCode::try_again_later, "overloaded");
    }
}

void V1Connection::on_binary(std::string_view) {
    connection_->close(CloseCode::unsupported_data, "text only");
}

// Protocol v1 has no other way to say it.
void V1Connection::on_rate_limited(std::string_view, std::chrono::nanoseconds) {
    connection_->close(CloseCode::rate_limited, "too many messages");
}

// Nor that a message was not stored. Who may not speak is told in words, as people are.
void V1Connection::on_outcome(const chat::Outcome& outcome) {
    const Error error = outcome.error.value_or(Error());
    const bool may_not_speak = error.kind == ErrorKind::forbidden || error.code == "slow_mode";
    if (!may_not_speak) {
        return connection_->close(CloseCode::try_again_later, "message not stored");
    }
    const std::string text = "Not sent: " + error.detail + '.';
    connection_->send(ws::encode_frame(ws::Opcode::text, v1_system(text, terms_.clock.wall_now())));
}

void V1Connection::remove(const RoomName&, const chat::Removal&) {
    connection_->close(CloseCode::not_allowed, "removed from the room");
}

void V1Connection::on_session_ended() {
    has_ended_ = true;
    if (connection_ != nullptr) connection_->close(CloseCode::not_allowed, "session has ended");
}

void V1Connection::on_disconnect(const UserId& who) {
    if (who == user()) connection_->close(CloseCode::not_allowed, "disconnected by a moderator");
}

void V1Connection::evict() {
    connection_->close(CloseCode::too_slow, "messages were lost");
}

}  // namespace confab::api
