// Secret strength: finds signing secrets that somebody else could guess.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kTokenSecretBytesMin.
// Invariant: says "weak" only for what is short, regular or made of the words of examples; it
//            cannot say that a secret is good.
#pragma once

#include <string_view>

namespace confab::auth {

// True for a secret that must not sign tokens: shorter than kTokenSecretBytesMin bytes (RFC 7518
// section 3.2), fewer than 8 different bytes, a short text repeated, a plain sequence, or a
// well-known example such as "your-256-bit-secret" or "change-me" with little else around it.
[[nodiscard]] bool is_weak_secret(std::string_view secret);

}  // namespace confab::auth
