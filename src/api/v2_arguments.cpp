#include "api/v2_arguments.hpp"

#include <utility>

#include "api/message_text.hpp"

namespace confab::api {
namespace {

using Kind = V2Value::Kind;

// The error of a member, as one of what it is in.
Error inside(std::string_view outer, Error error) {
    error.field.insert(0, error.field.empty() ? "" : ".").insert(0, outer);
    return error;
}

Result<std::string_view> text_in(V2Object in, std::string_view name) {
    const V2Value* value = in.find(name);
    if (value == nullptr) return bad_request(name, "is required");
    if (value->kind != Kind::text) return bad_request(name, "must be a string");
    return value->text;
}

Result<std::int64_t> number_in(V2Object in, std::string_view name, V2Range range,
                               std::optional<std::int64_t> otherwise) {
    const V2Value* value = in.find(name);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) return bad_request(name, "is required");
    const bool good = value->kind == Kind::integer && value->integer >= range.first &&
                      value->integer <= range.last;
    if (good) return value->integer;
    return bad_request(name, "must be a whole number from " + std::to_string(range.first) + " to " +
                                 std::to_string(range.last));
}

Result<std::optional<V2Position>> position_of(const V2Value& value) {
    if (value.kind == Kind::null) return std::optional<V2Position>();
    if (value.kind != Kind::object || value.members > kJsonKeysMax) {
        return bad_request("", "must be an object with epoch and seq");
    }
    const V2Object in(value);
    if (in.find("epoch") == nullptr && in.find("seq") == nullptr) {
        return std::optional<V2Position>();
    }
    const auto epoch = text_in(in, "epoch");
    if (!epoch) return epoch.error();
    if (epoch->empty() || epoch->size() > kEpochBytesMax) {
        return bad_request("epoch", "must have 1 to " + std::to_string(kEpochBytesMax) + " bytes");
    }
    const auto seq = number_in(in, "seq", kV2Seqs, std::nullopt);
    if (!seq) return seq.error();
    return std::optional(V2Position{std::string(*epoch), static_cast<Seq>(*seq)});
}

}  // namespace

Result<std::string_view> V2Arguments::text(std::string_view name) const {
    return text_in(in_, name);
}

Result<std::int64_t> V2Arguments::number(std::string_view name, V2Range range,
                                         std::optional<std::int64_t> otherwise) const {
    return number_in(in_, name, range, otherwise);
}

Result<bool> V2Arguments::flag(std::string_view name) const {
    const V2Value* value = in_.find(name);
    if (value == nullptr) return false;
    if (value->kind != Kind::boolean) return bad_request(name, "must be true or false");
    return value->boolean;
}

Result<RoomName> V2Arguments::room() const {
    const auto name = text("room");
    if (!name) return name.error();
    return checked_room_name(*name, "room");
}

Result<std::vector<V2Join>> V2Arguments::rooms() const {
    const V2Value* value = in_.find("rooms");
    if (value == nullptr) return std::vector<V2Join>();
    if (value->kind != Kind::object) return bad_request("rooms", "must be an object");
    if (value->members > kRoomsPerConnectionMax) {
        return Error(ErrorKind::too_large, "too_many_rooms",
                     "at most " + std::to_string(kRoomsPerConnectionMax) + " rooms", "rooms");
    }
    std::vector<V2Join> rooms;
    rooms.reserve(value->members);
    for (const V2Value& entry : V2Object(*value)) {
        auto room = checked_room_name(entry.name, "rooms");
        if (!room) return room.error();
        auto position = position_of(entry);
        if (!position) return inside("rooms", inside(entry.name, position.error()));
        rooms.push_back({*std::move(room), *std::move(position)});
    }
    return rooms;
}

Result<std::optional<V2Position>> V2Arguments::position() const {
    const V2Value* value = in_.find("position");
    if (value == nullptr) return std::optional<V2Position>();
    auto position = position_of(*value);
    if (!position) return inside("position", position.error());
    return position;
}

Result<Secret> V2Arguments::token() const {
    const auto token = text("token");
    if (!token) return token.error();
    if (token->empty() || token->size() > kTokenBytesMax) {
        return bad_request("token", "must have 1 to " + std::to_string(kTokenBytesMax) + " bytes");
    }
    return Secret(std::string(*token));
}

Result<Uuid> V2Arguments::cid() const {
    const auto written = text("cid");
    if (!written) return written.error();
    return checked_cid(*written, "cid");
}

Result<Uuid> V2Arguments::optional_cid() const {
    return has("cid") ? cid() : Uuid();
}

Result<std::string> V2Arguments::reaction() const {
    const auto reaction = text("reaction");
    if (!reaction) return reaction.error();
    return checked_reaction(*reaction);
}

Result<std::string> V2Arguments::body() const {
    const auto body = text("body");
    if (!body) return body.error();
    return checked_body(*body, options_);
}

Result<std::vector<UserId>> V2Arguments::users(std::string_view name, std::size_t max) const {
    std::vector<UserId> users;
    const V2Value* value = in_.find(name);
    if (value == nullptr) return users;
    if (value->kind != Kind::list || value->members > max) {
        return bad_request(name, "must be a list of at most " + std::to_string(max));
    }
    for (const V2Value& item : V2Object(*value)) {
        if (item.kind != Kind::text) return bad_request(name, "must be a list of strings");
        if (const auto wrong = add_user(users, item.text, name)) return *wrong;
    }
    return users;
}

}  // namespace confab::api
