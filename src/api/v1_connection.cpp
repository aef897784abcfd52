#include "api/v1_connection.hpp"

namespace confab::api {

using ws::CloseCode;

V1Connection::V1Connection(chat::Hub& hub, RoomName room, const auth::Identity& identity,
                           Terms terms)
    : hub_(hub),
      room_(std::move(room)),
      user_(std::make_shared<const chat::User>(chat::User{identity.user, identity.name})),
      terms_(std::move(terms)) {
    has_ended_ = !terms_.sessions.follow(*this, identity);
}

void V1Connection::on_open(net::WsConnection& connection) {
    connection_ = &connection;
    if (terms_.expires_at != WallTime::max()) {
        connection.close_at(terms_.expires_at, CloseCode::token_expired, "token expired");
    }
    line_.emplace(hub_, static_cast<chat::Caller&>(*this));
    seat_.emplace(hub_, room_, user_, static_cast<chat::MemberSink&>(*this));
    seat_->announce();
    if (has_ended_) on_session_ended();
}

void V1Connection::on_closed() {
    seat_.reset();
    line_.reset();
}

void V1Connection::on_text(std::string_view payload) {
    if (payload.empty()) return;  // nothing was said
    if (!terms_.user.messages().take(terms_.clock.steady_now(), terms_.user_messages)) {
        return on_rate_limited(payload, {});
    }
    chat::LogEvent event;
    event.body = SharedBytes::copy_of(payload);
    if (!seat_->publish(std::move(event), line_->ticket(0))) {
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
