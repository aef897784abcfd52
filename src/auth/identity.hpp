// Identity: who a verified token says the caller is.
// Thread: a value.
// Owns:   its texts.
// Limits: user id kUserIdBytesMax, name kUserNameCodePointsMax code points.
// Invariant: made only from a token whose signature, issuer, audience and times were checked.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace confab::auth {

struct Identity {
    UserId user;
    std::string name;        // what others see
    std::string session_id;  // `sid`: the refresh family; empty for tokens from elsewhere
    WallTime expires_at{};
    bool own = false;  // issued by this server, not by an outside issuer
};

}  // namespace confab::auth
