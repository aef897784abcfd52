// Base64url as JOSE wants it: one spelling for every value.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: the caller bounds the text.
// Invariant: decoding and encoding again gives the same text (RFC 7515 section 2: no padding, no
//            line breaks; RFC 4648 section 3.5: unused bits are zero).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace confab::auth {

// How many bytes a text of that length stands for, if it is base64url at all.
[[nodiscard]] constexpr std::size_t decoded_base64url_bytes(std::size_t characters) {
    return characters / 4 * 3 + (characters % 4 == 0 ? 0 : characters % 4 - 1);
}

// Writes decoded_base64url_bytes(text.size()) bytes to `out`. False: the text is not strict
// base64url, and what was written means nothing. The empty text is no bytes. For keys and secrets
// it is the wrong function: which part of its table is read depends on the text.
[[nodiscard]] bool decode_base64url_to(char* out, std::string_view text);

// The bytes; nothing for a text that is not strict base64url.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace confab::auth
