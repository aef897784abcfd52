// IpNetwork: a range of IP addresses, such as 10.0.0.0/8.
// Thread: a value.
// Owns:   nothing.
// Limits: none.
// Invariants: (1) no bit is set behind the prefix. (2) an IPv4 address mapped into IPv6 is that
//             IPv4 address, in the range as well as in what is asked.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace confab {

// Without a scope ("%eth0"): one means something on the machine that wrote it only.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text);

// The same address, without a mapping of IPv4 into IPv6 and without a scope.
[[nodiscard]] boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

class IpNetwork {
  public:
    // "10.0.0.0/8", "2001:db8::/32", or a single address. The error is for the operator:
    // "10.0.0.1/8" may mean one machine or all of them.
    [[nodiscard]] static Result<IpNetwork> parse(std::string_view text);

    [[nodiscard]] bool is_loopback() const { return first_.is_loopback(); }
    // `address` as plain_address() gives it.
    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

  private:
    IpNetwork(boost::asio::ip::address first, unsigned prefix_bits)
        : first_(std::move(first)), prefix_bits_(prefix_bits) {}

    boost::asio::ip::address first_;
    unsigned prefix_bits_;
};

}  // namespace confab
