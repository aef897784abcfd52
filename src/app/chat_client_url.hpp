// ServerUrl: the address of a Confab server as a person types it, taken apart.
// Thread: a value.
// Owns:   its texts.
// Limits: kHttpTargetBytesMax bytes (base/limits.hpp).
// Invariant: host is not empty and port is a number from 1 to 65535; neither holds spaces or
//            control characters, so both may go into a header.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace confab::app {

struct ServerUrl {
    bool tls = false;
    std::string host;  // a name or an address; IPv6 without the brackets
    std::string port;
    std::string
        base_path;  // what stands in front of /auth and /ws; empty or "/..." without end '/'

    // As the Host field wants it (RFC 9110 section 7.2): the scheme's own port is left out.
    [[nodiscard]] std::string authority() const;
    // For people: scheme, authority and path.
    [[nodiscard]] std::string text() const;
};

// Takes http, https, ws and wss (RFC 3986 section 3). Errors: `bad_url` (invalid), detail says what
// is wrong. A user name, a query or a fragment is refused: a secret does not belong there.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view text);

}  // namespace confab::app
