// Address prefix: what counts as one address wherever something is limited per address.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: addresses that one subscriber has for the asking have the same prefix.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>

namespace confab {

// All of an IPv4 address, the first 64 bits of an IPv6 address (one subscriber has them all); an
// IPv4 address mapped into IPv6 is the IPv4 address. As bytes; a text that is no address is itself.
[[nodiscard]] std::string address_prefix(std::string_view address);
[[nodiscard]] std::string address_prefix(const boost::asio::ip::address& address);

}  // namespace confab
