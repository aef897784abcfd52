// Identity: who a verified token says the caller is.
// Thread: a value.
// Owns:   its texts.
// Limits: user id kUserIdBytesMax, name kUserNameCodePointsMax code points.
// Invariant: made only from a token whose signature, issuer, audience and times were checked.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace confab::auth {

// The claim that makes its bearer a moderator of all public rooms, and what it says then.
inline constexpr std::string_view kRoleClaim = "confab_role";
inline constexpr std::string_view kModeratorRole = "moderator";

struct Identity {
    UserId user;
    std::string name;        // what others see
    std::string session_id;  // `sid`: the refresh family; empty for tokens from elsewhere
    WallTime expires_at{};
    bool own = false;           // issued by this server, not by an outside issuer
    bool is_moderator = false;  // of all public rooms
};

}  // namespace confab::auth
