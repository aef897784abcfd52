#include "api/v1_connection.hpp"

namespace confab::api {

using ws::CloseCode;

V1Connection::V1Connection(chat::Hub& hub, RoomName room, const auth::Identity& identity,
                           WallTime expires_at, LiveSessions& sessions, Terms terms)
    : hub_(hub),
      terms_(std::move(terms)),
      has_ended_(!sessions.follow(*this, identity)),
      place_(Entrance{std::move(room),
                      std::make_shared<const chat::User>(chat::User{identity.user, identity.name}),
                      expires_at}) {}

void V1Connection::on_open(net::WsConnection& connection) {
    connection_ = &connection;
    const Entrance entrance = std::move(std::get<Entrance>(place_));
    if (entrance.expires_at != WallTime::max()) {
        connection.close_at(entrance.expires_at, CloseCode::token_expired, "token expired");
    }
    line_.emplace(hub_, static_cast<chat::Caller&>(*this));
    place_
        .emplace<chat::Hub::Seat>(hub_, entrance.room, entrance.user,
                                  static_cast<chat::MemberSink&>(*this))
        .announce();
    if (has_ended_) on_session_ended();
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
    chat::LogEvent event;
    event.body = SharedBytes::copy_of(payload);
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

// Nor that a message was not stored.
void V1Connection::on_outcome(const chat::Outcome&) {
    connection_->close(CloseCode::try_again_later, "message not stored");
}

void V1Connection::on_session_ended() {
    has_ended_ = true;
    if (connection_ != nullptr) connection_->close(CloseCode::not_allowed, "session has ended");
}

void V1Connection::evict() {
    connection_->close(CloseCode::too_slow, "messages were lost");
}

}  // namespace confab::api
