// Compact token: a bearer token taken apart, before anything in it is believed.
// Thread: any; no shared state.
// Owns:   the decoded header members and claims; `text` is the caller's.
// Limits: kTokenBytesMax, kKeyIdBytesMax, and those of base/json.hpp.
// Invariants: (1) every part is strict base64url and not empty; header and payload are JSON objects
//             without duplicate names. (2) the header has no member that would change how the
//             signature or the payload is read. (3) keys and URLs in the header are not even read.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace confab::auth {

struct CompactToken {
    std::string_view text;
    std::string algorithm;              // `alg`, as it stands there
    std::string type;                   // `typ` in lower case; empty when there is none
    std::optional<std::string> key_id;  // `kid`
    boost::json::object claims;         // worth nothing until the signature is verified
};

// Takes the three parts of a JWS in compact form apart (RFC 7515 section 7.1, RFC 7519 section
// 7.2). `text` must outlive the result. Errors: `token_malformed` (kind unauthenticated).
[[nodiscard]] Result<CompactToken> parse_compact_token(std::string_view text);

}  // namespace confab::auth
