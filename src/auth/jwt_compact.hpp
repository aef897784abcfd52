// Compact token: a bearer token taken apart, before anything in it is believed.
// Thread: any; no shared state.
// Owns:   the decoded bytes, of which the claims are views; `text` is the caller's.
// Limits: kTokenBytesMax, kKeyIdBytesMax, and those of base/json.hpp.
// Invariants: (1) every part is strict base64url and not empty; header and payload are JSON objects
//             without duplicate names. (2) the header has no member that would change how the
//             signature or the payload is read. (3) keys and URLs in the header are not even read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_object.hpp"
#include "base/result.hpp"

namespace confab::auth {

struct CompactToken {
    // `typ`, a media type (RFC 7515 section 4.1.9): compared without regard to case.
    enum class Type : std::uint8_t { none, jwt, access_token };

    std::string_view text;
    std::string_view signed_text;       // header and payload with the dot between them
    std::string_view signature;         // its bytes
    std::string algorithm;              // `alg`, as it stands there
    Type type = Type::none;             // "JWT", or "at+jwt" of RFC 9068 section 2.1
    std::optional<std::string> key_id;  // `kid`
    JwtObject claims;                   // worth nothing until the signature is verified
    std::vector<char> bytes;            // what the views look at
};

// Takes the three parts of a JWS in compact form apart (RFC 7515 section 7.1, RFC 7519 section
// 7.2). `text` must outlive the result. Errors: `token_malformed` (kind unauthenticated).
[[nodiscard]] Result<CompactToken> parse_compact_token(std::string_view text);

}  // namespace confab::auth
