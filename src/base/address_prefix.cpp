#include "base/address_prefix.hpp"

#include "base/ip_network.hpp"

namespace confab {

std::string address_prefix(std::string_view address) {
    // Without the zone of a link-local address (RFC 4007 section 11).
    const auto parsed = parse_ip_address(address.substr(0, address.find('%')));
    return parsed ? address_prefix(*parsed) : std::string(address);
}

std::string address_prefix(const boost::asio::ip::address& address) {
    constexpr std::size_t kIpv6PrefixBytes = 8;
    const auto plain = plain_address(address);
    if (plain.is_v4()) {
        const auto bytes = plain.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = plain.to_v6().to_bytes();
    return {bytes.begin(), bytes.begin() + kIpv6PrefixBytes};
}

}  // namespace confab
