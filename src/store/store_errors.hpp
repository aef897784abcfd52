// Store errors: the answers that every store gives in the same words.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: the texts name no value that was stored.
#pragma once

#include "base/error.hpp"

namespace confab::store {

[[nodiscard]] inline Error email_taken() {
    return Error(ErrorKind::conflict, "email_taken", "an account with this e-mail exists", "email");
}

// The program draws ids at random, so the next two are faults of the caller, not of a client.
[[nodiscard]] inline Error account_exists() {
    return Error(ErrorKind::conflict, "account_exists", "an account with this id exists");
}

[[nodiscard]] inline Error family_exists() {
    return Error(ErrorKind::conflict, "family_exists", "this session or its token exists already");
}

[[nodiscard]] inline Error account_unknown() {
    return Error(ErrorKind::not_found, "account_unknown", "there is no such account");
}

}  // namespace confab::store
