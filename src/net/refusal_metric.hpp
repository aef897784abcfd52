// Which counter a refusal counts for.
// Thread: pure function, any thread.
// Owns:   nothing.
// Limits: none.
// Invariant: nothing is refused without being counted; an answer that we owe and do not have is no
//             refusal, and counts among the answers alone.
#pragma once

#include <optional>

#include "metrics/catalog.hpp"
#include "net/http.hpp"

namespace confab::net {

[[nodiscard]] constexpr std::optional<metrics::Id> refusal_metric(Refusal why) {
    using metrics::Id;
    switch (why) {
        case Refusal::bad_request:
        case Refusal::target_too_long:
        case Refusal::header_too_large:
        case Refusal::body_too_large:
        case Refusal::bad_expectation:
        case Refusal::version:
            return Id::refused_bad_request;
        case Refusal::request_timeout:
            return Id::refused_timeout;
        case Refusal::connection_cap:
            return Id::refused_connection_cap;
        case Refusal::connect_rate:
            return Id::refused_connect_rate;
        case Refusal::address_cap:
            return Id::refused_address_cap;
        case Refusal::address_rate:
            return Id::refused_address_rate;
        case Refusal::bad_extensions:
            return Id::refused_upgrade;
        case Refusal::draining:
            return Id::refused_draining;
        case Refusal::no_answer:
            break;
    }
    return std::nullopt;
}

}  // namespace confab::net
