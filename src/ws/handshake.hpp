// Handshake: is this HTTP request a WebSocket upgrade, and what is the answer to its key?
// Thread: any; no shared state.
// Owns:   nothing; what parse_subprotocols returns points into its argument.
// Limits: kWsSubprotocolsMax (base/limits.hpp); the caller bounds the header fields.
// Invariant: time grows linearly with the input, whatever it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace confab::ws {

// The parts of the request that matter; a field that is absent is empty, one that came several
// times is joined with commas (RFC 9110 section 5.2). Values have no white space around them.
struct UpgradeHeaders {
    std::string_view method;
    unsigned http_version = 0;  // 11 for HTTP/1.1
    std::string_view upgrade;
    std::string_view connection;
    std::string_view version;  // Sec-WebSocket-Version
    std::string_view key;      // Sec-WebSocket-Key
};

enum class UpgradeCheck {
    ok,
    not_get,
    not_http_11,  // HTTP/2 has no Upgrade field (RFC 9113 section 8.6)
    no_upgrade,   // not asked for: an ordinary request
    bad_version,  // answer 426 with Sec-WebSocket-Version: 13 (RFC 6455 section 4.4)
    bad_key,
};

// RFC 6455 section 4.2.1, items 1 to 6, in the order of the enumeration. Origin, target and
// subprotocols are for the caller to judge.
[[nodiscard]] UpgradeCheck check_upgrade(const UpgradeHeaders& headers);

// Sec-WebSocket-Accept for the key, which check_upgrade has let through (RFC 6455 section 4.2.2).
[[nodiscard]] std::string accept_key(std::string_view key);

// The subprotocols a client offers, best liked first; empty for an absent field. nullopt: an
// element is empty or not a token (RFC 9110 section 5.6.2), one comes twice (RFC 6455 section
// 4.1, item 10), or there are more than kWsSubprotocolsMax.
[[nodiscard]] std::optional<std::vector<std::string_view>> parse_subprotocols(
    std::string_view field);

}  // namespace confab::ws
