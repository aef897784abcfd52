// Which counter a close code that we send counts for.
// Thread: pure function, any thread.
// Owns:   nothing.
// Limits: none.
// Invariant: every code has one counter; those of RFC 6455 about broken peers share one.
#pragma once

#include "metrics/catalog.hpp"
#include "ws/close_code.hpp"

namespace confab::net {

[[nodiscard]] constexpr metrics::Id close_metric(ws::CloseCode code) {
    using metrics::Id;
    switch (code) {
        case ws::CloseCode::message_too_big:
            return Id::closed_too_big;
        case ws::CloseCode::invalid_payload:
            return Id::closed_bad_utf8;
        case ws::CloseCode::unsupported_data:
            return Id::closed_unsupported_data;
        case ws::CloseCode::token_expired:
            return Id::closed_token_expired;
        case ws::CloseCode::not_allowed:
        case ws::CloseCode::forbidden:
        case ws::CloseCode::token_revoked:
            return Id::closed_not_allowed;
        case ws::CloseCode::too_slow:
            return Id::closed_too_slow;
        case ws::CloseCode::rate_limited:
            return Id::closed_rate_limited;
        case ws::CloseCode::try_again_later:
            return Id::closed_overloaded;
        case ws::CloseCode::going_away:
            return Id::closed_going_away;
        default:
            return Id::closed_protocol_error;
    }
}

}  // namespace confab::net
