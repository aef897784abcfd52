// V2Connection, its first half: who it is, and the way into rooms.
#include <algorithm>
#include <utility>

#include "api/v2_connection.hpp"
#include "base/assert.hpp"
#include "ws/frame.hpp"

namespace confab::api {

using ws::CloseCode;

namespace {

// A token that has only expired, or is of a time that has not come, as when a clock was set back,
// can be replaced by its owner; with the others there is no point in coming back.
CloseCode close_code_of(const Error& error) {
    if (error.kind != ErrorKind::unauthenticated) return CloseCode::try_again_later;
    if (error.code == "session_revoked") return CloseCode::token_revoked;
    const bool can_be_mended = error.code == "token_expired" || error.code == "token_missing" ||
                               error.code == "token_not_yet_valid";
    return can_be_mended ? CloseCode::token_expired : CloseCode::forbidden;
}

}  // namespace

void V2Connection::run(std::int64_t id, V2Connect& command) {
    if (user_ || verifying_) {
        return fail(id, Error(ErrorKind::conflict, "already_connected",
                              "this connection has said connect before"));
    }
    if (!command.token && identity_) return admit(id, *identity_, std::move(command.rooms));
    std::string token = command.token ? std::string(command.token->reveal()) : std::string();
    verify(std::move(token), [this, id, rooms = std::move(command.rooms)](
                                 const Result<auth::Identity>& identity) mutable {
        admit(id, identity, std::move(rooms));
    });
}

void V2Connection::run(std::int64_t id, V2Refresh& command) {
    if (verifying_) {
        return fail(id, Error(ErrorKind::conflict, "already_refreshing",
                              "another token of this connection is being checked"));
    }
    verify(std::string(command.token.reveal()),
           [this, id](const Result<auth::Identity>& identity) { refreshed(id, identity); });
}

// Keys may have to be fetched first, and the connection may be gone when they are there.
void V2Connection::verify(std::string token, std::function<void(Result<auth::Identity>)> done) {
    verifying_ = std::make_shared<int>();
    context_.authenticator.by_token(
        std::move(token), [this, done = std::move(done), alive = std::weak_ptr<void>(verifying_)](
                              Result<auth::Identity> identity) {
            if (alive.expired()) return;
            verifying_.reset();
            done(std::move(identity));
        });
}

void V2Connection::admit(std::int64_t id, const Result<auth::Identity>& identity,
                         std::vector<V2Join> rooms) {
    if (!identity) {
        fail(id, identity.error());
        return connection_->close(close_code_of(identity.error()), "token not accepted");
    }
    auto admission = context_.users.acquire(identity->user.shared(), context_.options.user);
    if (!admission.lease) {
        context_.loop.metrics().add(metrics::Id::refused_user_cap);
        fail(id, user_cap(std::max(admission.retry_after, std::chrono::nanoseconds(1s))));
        return connection_->close(CloseCode::rate_limited, "too many connections");
    }
    lease_ = std::move(admission.lease);
    identity_ = *identity;
    user_ = user_of(*identity);
    following_.emplace(*line_, user_->id);
    set_expiry(*identity);
    follow_session(*identity);
    enter(id, true, std::move(rooms));
}

void V2Connection::refreshed(std::int64_t id, const Result<auth::Identity>& identity) {
    if (!identity) {
        fail(id, identity.error());
        const CloseCode code = close_code_of(identity.error());
        if (code == CloseCode::token_revoked) connection_->close(code, "session has ended");
        return;
    }
    if (identity->user != user_->id) {
        fail(id, Error(ErrorKind::forbidden, "other_user", "the token is another user's", "token"));
        return connection_->close(CloseCode::forbidden, "token of another user");
    }
    identity_ = *identity;
    user_ = user_of(*identity);
    for (auto& [name, room] : rooms_) {
        if (room.seat) room.seat->renew(user_);
    }
    set_expiry(*identity);
    follow_session(*identity);
    send(v2_refresh_reply(id, token_ttl()));
}

void V2Connection::set_expiry(const auth::Identity& identity) {
    if (draining_) return;  // it ends sooner
    connection_->close_at(
        context_.options.close_on_token_expiry ? identity.expires_at : WallTime::max(),
        CloseCode::token_expired, "token expired");
}

void V2Connection::follow_session(const auth::Identity& identity) {
    if (!context_.sessions.follow(*this, identity)) on_session_ended();
}

std::chrono::seconds V2Connection::token_ttl() const {
    const auto left = identity_->expires_at - context_.loop.clock().wall_now();
    return std::max(std::chrono::floor<std::chrono::seconds>(left), std::chrono::seconds(0));
}

void V2Connection::enter(std::int64_t id, bool is_connect, std::vector<V2Join> rooms) {
    for (const V2Join& join : rooms)
        rooms_.try_emplace(join.room);
    entries_.push_back(std::make_unique<V2Entry>(next_number_++, id, is_connect, std::move(rooms)));
    go_on(*entries_.back());
}

V2Entry* V2Connection::entry_of(std::int64_t number) {
    for (const auto& entry : entries_) {
        if (entry->number() == number) return entry.get();
    }
    return nullptr;
}

// Answers may come while more is asked, and the last one ends the entry.
void V2Connection::go_on(V2Entry& entry) {
    if (entry.is_done()) return finish(entry);
    const std::int64_t number = entry.number();
    while (V2Entry::Room* room = entry.begin_next()) {
        context_.hub.enter({{room->join.room, user_, line_->ticket(number)}, wire_});
        if (entry_of(number) == nullptr) return;
    }
}

bool V2Connection::on_entered(const RoomName& name, std::int64_t number,
                              const Result<chat::LogState>& state) {
    V2Entry* entry = entry_of(number);
    if (entry == nullptr) {
        catch_up(name, number, state);
        return false;
    }
    V2Entry::Room* room = entry->under_way(name);
    if (room == nullptr) return false;
    if (!state && !chat::is_refusal(state.error())) {
        give_up(*entry, state.error());
        return false;
    }
    if (!state) {
        rooms_.erase(name);
        entry->refused(*room, state.error());
        go_on(*entry);
        return false;
    }
    std::optional<chat::Hub::Seat>& seat = rooms_.at(name).seat;
    seat.emplace(context_.hub, name, user_, static_cast<chat::MemberSink&>(*this));
    seat->subscription().hold();
    if (const auto request = entry->entered(*room, *state)) {
        if (seat->ask(*request, line_->ticket(number))) return true;
        entry->read(*room, chat::log_busy());
    }
    go_on(*entry);
    return true;
}

// The log cannot say where a room stands: nothing of the command is done.
void V2Connection::give_up(V2Entry& entry, const Error& error) {
    const std::int64_t id = entry.id();
    const bool is_connect = entry.is_connect();
    for (const V2Entry::Room& room : entry.rooms())
        rooms_.erase(room.join.room);
    std::erase_if(entries_, [&](const auto& each) { return each.get() == &entry; });
    fail(id, error);
    if (is_connect) connection_->close(CloseCode::try_again_later, "try again");
}

void V2Connection::finish(V2Entry& entry) {
    // Who was taken out of a room on the way into it was never in it.
    for (const V2Entry::Room& room : entry.rooms()) {
        if (room.refusal || !rooms_.at(room.join.room).removal) continue;
        rooms_.erase(room.join.room);
        entry.revoke(room.join.room);
    }
    const std::size_t replay_bytes = entry.replay_bytes();
    if (replay_bytes > 0 && !connection_->has_room_for(replay_bytes)) entry.drop_replays();
    reply(entry);
    for (const V2Entry::Room& room : entry.rooms()) {
        if (room.refusal) continue;
        if (!room.replay.empty()) connection_->send(SharedBytes::copy_of(room.replay));
        if (room.resume == V2Resume::ok) send(v2_caught_up(room.join.room, room.state.head));
        Room& mine = rooms_.at(room.join.room);
        mine.entered = true;
        mine.passed = room.state.head;
        mine.seat->subscription().release();
    }
    std::erase_if(entries_, [&](const auto& each) { return each.get() == &entry; });
}

void V2Connection::reply(const V2Entry& entry) {
    const auto state_of = [](const V2Entry::Room& room) {
        V2RoomState state{
            .epoch = room.state.epoch, .head = room.state.head, .resume = room.resume};
        if (room.resume == V2Resume::behind) state.oldest = room.state.oldest;
        return state;
    };
    if (!entry.is_connect()) {
        const V2Entry::Room& room = entry.rooms().front();
        if (room.refusal) return fail(entry.id(), *room.refusal);
        return send(v2_join_reply(entry.id(), state_of(room)));
    }
    std::vector<V2JoinedRoom> rooms;
    for (const V2Entry::Room& room : entry.rooms())
        rooms.push_back({room.join.room, state_of(room)});
    const chat::Ticket self = line_->ticket(0);
    const std::string conn = std::to_string(self.loop) + '-' + std::to_string(self.connection);
    send(v2_connect_reply(entry.id(), {.conn = conn,
                                       .user = *user_,
                                       .ping = context_.options.ping,
                                       .token_ttl = token_ttl(),
                                       .limits = context_.options.limits,
                                       .rooms = rooms}));
}

}  // namespace confab::api
