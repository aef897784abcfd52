// Formats: which texts a key of a certain kind accepts, beyond its length.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kTrustedProxiesMax, kOriginsMax.
// Invariant: what the module that uses a setting cannot read is refused here, at the start.
#pragma once

#include <optional>
#include <string_view>

namespace confab::config {

// IPv4 or IPv6, without port and brackets.
[[nodiscard]] bool is_ip_address(std::string_view text);

[[nodiscard]] bool is_room_name(std::string_view text);

// Three octal digits.
[[nodiscard]] std::optional<unsigned> parse_socket_mode(std::string_view text);
[[nodiscard]] bool is_socket_mode(std::string_view text);

// Addresses, networks and the word `unix`: "10.0.0.0/8, ::1, unix". No bit is set behind the
// prefix: "10.0.0.1/8" may mean one machine or all of them.
[[nodiscard]] bool is_network_list(std::string_view text);

// Origins as RFC 6454 section 6.2 writes them, "null", or "*" alone.
[[nodiscard]] bool is_origin_list(std::string_view text);

}  // namespace confab::config
