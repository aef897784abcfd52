// Names from claims: turns what an issuer calls a user into a name that can be shown to others.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kUserNameCodePointsMax.
// Invariant: the result is never empty, is valid UTF-8 in normal form C and holds no control or
//            format character and no line separator.
#pragma once

#include <string>
#include <string_view>

namespace confab::auth {

// Whether the text is free of control characters (Unicode category Cc); it must be valid UTF-8.
[[nodiscard]] bool has_no_controls(std::string_view text);

// The claimed name, cleaned and cut; when nothing is left of it, "User_" and the first 8 code
// points of the user id. Both must be valid UTF-8.
[[nodiscard]] std::string name_from_claim(std::string_view claim, std::string_view user_id);

}  // namespace confab::auth
