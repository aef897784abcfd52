#include "api/message_text.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"

namespace confab::api {
namespace {

// Unicode category Cc (U+0000 to U+001F, U+007F to U+009F) without line feed and tab.
bool has_control_characters(std::string_view text) {
    const auto is_one = [before = char{}](char c) mutable {
        const auto byte = static_cast<unsigned char>(c);
        const bool low = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        const bool high = before == '\xc2' && byte >= 0x80 && byte <= 0x9f;
        before = c;
        return low || high;
    };
    return std::any_of(text.begin(), text.end(), is_one);
}

Result<std::string> checked_line(std::string_view text, std::size_t code_points_max,
                                 std::string_view code, std::string_view field) {
    const bool has_breaks = text.find_first_of("\n\t") != std::string_view::npos;
    if (!has_breaks && !has_control_characters(text) &&
        count_code_points(text) <= code_points_max) {
        return std::string(text);
    }
    return Error(
        ErrorKind::invalid, code,
        "at most " + std::to_string(code_points_max) + " characters, without control characters",
        std::string(field));
}

}  // namespace

Result<std::string> checked_title(std::string_view title) {
    return checked_line(title, kRoomTitleCodePointsMax, "bad_title", "title");
}

Result<std::string> checked_reason(std::string_view reason) {
    return checked_line(reason, kReasonCodePointsMax, "bad_reason", "reason");
}

Error bad_request(std::string_view field, std::string detail) {
    return Error(ErrorKind::invalid, "bad_request", std::move(detail), std::string(field));
}

Result<RoomName> checked_room_name(std::string_view name, std::string_view field) {
    if (auto room = RoomName::parse(name)) return *std::move(room);
    return Error(ErrorKind::invalid, "bad_room_name",
                 "a room name has 1 to 64 letters, digits, '.', '_' and '-'", std::string(field));
}

Result<UserId> checked_user(std::string_view id, std::string_view field) {
    const bool has_controls =
        has_control_characters(id) || id.find_first_of("\n\t") != std::string_view::npos;
    if (!id.empty() && id.size() <= kUserIdBytesMax && !has_controls) return UserId(id);
    return Error(ErrorKind::invalid, "bad_user",
                 "the id of a user has 1 to " + std::to_string(kUserIdBytesMax) + " bytes",
                 std::string(field));
}

Result<std::string> checked_body(std::string_view body, const MessageLimits& limits) {
    if (body.empty()) return Error(ErrorKind::invalid, "body_empty", "says nothing", "body");
    if (body.size() > limits.body_bytes_max ||
        count_code_points(body) > limits.body_code_points_max) {
        return Error(ErrorKind::too_large, "body_too_long",
                     "at most " + std::to_string(limits.body_code_points_max) + " characters and " +
                         std::to_string(limits.body_bytes_max) + " bytes",
                     "body");
    }
    if (has_control_characters(body)) {
        return Error(ErrorKind::invalid, "bad_body",
                     "line feed and tab are the only control characters", "body");
    }
    return std::string(body);
}

Result<std::string> checked_reaction(std::string_view reaction) {
    const bool has_spaces = reaction.find_first_of(" \n\t") != std::string_view::npos;
    const bool is_good = !reaction.empty() && reaction.size() <= kReactionBytesMax && !has_spaces &&
                         !has_control_characters(reaction);
    if (is_good) return std::string(reaction);
    return Error(ErrorKind::invalid, "bad_reaction",
                 "an emoji or a name of 1 to " + std::to_string(kReactionBytesMax) +
                     " bytes, without spaces and control characters",
                 "reaction");
}

Result<Uuid> checked_cid(std::string_view text, std::string_view field) {
    const auto cid = Uuid::parse(text);
    if (cid && !cid->is_nil()) return *cid;
    return Error(ErrorKind::invalid, "bad_cid", "must be a UUID and not the nil UUID",
                 std::string(field));
}

std::optional<Error> add_user(std::vector<UserId>& users, std::string_view id,
                              std::string_view field) {
    auto user = checked_user(id, field);
    if (!user) return user.error();
    if (std::find(users.begin(), users.end(), *user) == users.end()) {
        users.push_back(*std::move(user));
    }
    return std::nullopt;
}

}  // namespace confab::api
