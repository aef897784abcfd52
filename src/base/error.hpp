// Error: what an expected failure is called, all the way from the place it happens to the client.
// Thread: a value; freely copied between threads.
// Owns:   its texts. `code` is a string literal and lives for ever.
// Limits: none.
// Invariants: (1) `code` is stable: clients and tests match on it. (2) `detail` and `field` are
//             safe to show to a client: never SQL, a path, a secret or an exception's text. Errors
//             of start and reload that say so are for the operator instead and may name files.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace confab {

enum class ErrorKind {
    malformed,        // it cannot be read as what it has to be
    unsupported,      // it comes in a form that is not read here
    invalid,          // the request is well formed but its content is not acceptable
    unauthenticated,  // no identity, or none that can be believed
    forbidden,        // known, but not allowed
    not_found,
    conflict,      // clashes with what is already there
    too_large,     // over a limit of size
    rate_limited,  // try again after retry_after
    overloaded,    // a queue is full: try again after retry_after
    unavailable,   // a dependency does not answer: try again after retry_after
    internal,      // a fault of ours
};

struct Error {
    ErrorKind kind = ErrorKind::internal;
    std::string_view code = "internal";
    std::string detail;
    std::string field;
    std::chrono::milliseconds retry_after{0};

    Error() = default;
    Error(ErrorKind error_kind, std::string_view stable_code, std::string text = {},
          std::string field_at_fault = {})
        : kind(error_kind),
          code(stable_code),
          detail(std::move(text)),
          field(std::move(field_at_fault)) {}

    // The same error with the time after which another try makes sense.
    [[nodiscard]] Error retry_in(std::chrono::milliseconds wait) && {
        retry_after = wait;
        return std::move(*this);
    }
};

}  // namespace confab
