// Command metric: which counter counts the error that answers a command of protocol v2.
// Thread: pure function, any thread.
// Owns:   nothing.
// Limits: none.
// Invariant: every kind of error has one counter; `not_possible` is all that is the server's.
#pragma once

#include "base/error.hpp"
#include "metrics/catalog.hpp"

namespace confab::api {

[[nodiscard]] constexpr metrics::Id command_metric(ErrorKind kind) {
    using metrics::Id;
    switch (kind) {
        case ErrorKind::malformed:
        case ErrorKind::unsupported:
        case ErrorKind::invalid:
        case ErrorKind::too_large:
            return Id::commands_malformed;
        case ErrorKind::unauthenticated:
        case ErrorKind::forbidden:
            return Id::commands_not_allowed;
        case ErrorKind::not_found:
            return Id::commands_not_found;
        case ErrorKind::conflict:
            return Id::commands_conflict;
        case ErrorKind::rate_limited:
            return Id::commands_rate_limited;
        case ErrorKind::overloaded:
        case ErrorKind::unavailable:
        case ErrorKind::internal:
            break;
    }
    return Id::commands_not_possible;
}

}  // namespace confab::api
