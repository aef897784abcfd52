// Message text: which texts may become a message, a reaction, a title or a reason, or name a room,
// a user or a message, however they come in.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: MessageLimits, kReactionBytesMax, kRoomTitleCodePointsMax, kReasonCodePointsMax.
// Invariant: what is let through has no control characters but line feed and tab, which only a
//            message may have, and a reaction has no spaces either.
// Errors: `body_empty`, `body_too_long`, `bad_body`, `bad_reaction`, `bad_cid`, `bad_title`,
//         `bad_reason`, `bad_user`, `bad_room_name`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"

namespace confab::api {

struct MessageLimits {
    std::size_t body_code_points_max = kBodyCodePointsMax;
    std::size_t body_bytes_max = kBodyBytesMax;
};

// The text must be valid UTF-8.
[[nodiscard]] Result<std::string> checked_body(std::string_view body, const MessageLimits& limits);
[[nodiscard]] Result<std::string> checked_reaction(std::string_view reaction);
// Both may be empty.
[[nodiscard]] Result<std::string> checked_title(std::string_view title);
[[nodiscard]] Result<std::string> checked_reason(std::string_view reason);
// In all that follows `field` is where it stood.
[[nodiscard]] Error bad_request(std::string_view field, std::string detail);
[[nodiscard]] Result<RoomName> checked_room_name(std::string_view name, std::string_view field);
// The id of a user as tokens have it.
[[nodiscard]] Result<UserId> checked_user(std::string_view id, std::string_view field);
// Puts one more among them, who is there once however often he comes.
[[nodiscard]] std::optional<Error> add_user(std::vector<UserId>& users, std::string_view id,
                                            std::string_view field);
// What a client calls its own message.
[[nodiscard]] Result<Uuid> checked_cid(std::string_view text, std::string_view field);

}  // namespace confab::api
