// Trusted peers: the proxies whose word about their clients is taken, and whom they speak of.
// Thread: immutable once parsed; may be shared.
// Owns:   its ranges.
// Limits: kTrustedProxiesMax ranges; kForwardedHopsMax hops are looked at.
// Invariants: (1) what a peer that is not trusted says changes nothing. (2) of a chain of proxies
//             only the part that trusted ones wrote is believed: the result is the first address
//             from the right that is not a trusted proxy.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.hpp"
#include "base/result.hpp"

namespace confab::net {

// Who is at the other end of a connection; nothing stands for a Unix socket.
using PeerAddress = std::optional<boost::asio::ip::address>;

// The address, or "unix".
[[nodiscard]] std::string to_string(const PeerAddress& peer);

class TrustedPeers {
  public:
    // Nobody is trusted.
    TrustedPeers() = default;

    // "10.0.0.0/8, 2001:db8::/32, 192.0.2.7, unix": ranges, single addresses, and the word `unix`
    // for peers on a Unix socket. An empty text trusts nobody. The error names the entry at fault.
    [[nodiscard]] static Result<TrustedPeers> parse(std::string_view text);

    [[nodiscard]] bool contains(const PeerAddress& peer) const;

    // Whose address counts for a request that came from `peer` with these X-Forwarded-For fields,
    // in their order: the peer itself unless it is trusted. An entry that is no address ends the
    // walk at the last good hop.
    [[nodiscard]] PeerAddress client_address(const PeerAddress& peer,
                                             std::span<const std::string_view> forwarded_for) const;

  private:
    std::vector<IpNetwork> ranges_;
    bool unix_ = false;
};

}  // namespace confab::net
