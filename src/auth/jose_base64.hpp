// Base64url as JOSE wants it: one spelling for every value.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: the caller bounds the text.
// Invariant: decoding and encoding again gives the same text (RFC 7515 section 2: no padding, no
//            line breaks; RFC 4648 section 3.5: unused bits are zero).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace confab::auth {

// The bytes; nothing for a text that is not strict base64url. The empty text is no bytes.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace confab::auth
