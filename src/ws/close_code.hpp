// CloseCode: why a WebSocket ends, as the number in the Close frame.
// Thread: values.
// Owns:   nothing.
// Limits: none.
// Invariant: no_status never travels; it stands for a Close frame without a number.
#pragma once

#include <cstdint>

namespace confab::ws {

enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status = 1005,
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    internal_error = 1011,
    try_again_later = 1013,
    // Confab's own, from the range that RFC 6455 section 7.4.2 leaves to applications.
    token_expired = 4001,
    not_allowed = 4003,
    rate_limited = 4008,
    too_slow = 4009,
    forbidden = 4503,      // protocol v2: from 4500 on there is no coming back
    token_revoked = 4504,  // protocol v2
};

// True when a peer may put this number into a Close frame: defined by RFC 6455 section 7.4.1 or
// registered since (1012 to 1014), or from the ranges of libraries and applications (section
// 7.4.2). 1004, 1005, 1006 and 1015 are names for local use and must not be sent.
[[nodiscard]] constexpr bool is_valid_on_wire(std::uint16_t code) {
    if (code >= 1000 && code <= 1003) return true;
    if (code >= 1007 && code <= 1014) return true;
    return code >= 3000 && code <= 4999;
}

}  // namespace confab::ws
