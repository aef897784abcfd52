// Origin: the text by which a browser says which page is asking, taken apart.
// Thread: any; no shared state.
// Owns:   nothing; the parts are views into the text.
// Limits: kOriginBytesMax.
// Invariant: only the one way in which RFC 6454 section 6.2 writes an origin is read: equal origins
//            are equal texts, and a text that is not read is equal to nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace confab {

inline constexpr std::size_t kOriginBytesMax = 300;  // a DNS name has at most 253 characters

struct Origin {
    std::string_view scheme;
    std::string_view host;   // lower case; IPv6 with its brackets
    std::uint16_t port = 0;  // the scheme's own where none is written; 0: that one is not known
};

// The port that is not written: 80 for http, 443 for https, 0 for what is neither.
[[nodiscard]] std::uint16_t default_port(std::string_view scheme);

// "https://chat.example", "http://[::1]:8080". Not: upper case, a path, a port that is the default
// one or begins with 0, "null".
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);

}  // namespace confab
