// Message text: which texts may become a message or a reaction, however they come in.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: MessageLimits, kReactionBytesMax.
// Invariant: what is let through has no control characters but line feed and tab, and a reaction
//            has no spaces either.
// Errors: `body_empty`, `body_too_long`, `bad_body`, `bad_reaction`, `bad_cid`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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
// What a client calls its own message; `field` is where it stood.
[[nodiscard]] Result<Uuid> checked_cid(std::string_view text, std::string_view field);

}  // namespace confab::api
