#include "base/ip_network.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>
#include <string>

namespace confab {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned kBits4 = 32;
constexpr unsigned kBits6 = 128;
constexpr unsigned kMappedBits = kBits6 - kBits4;
constexpr std::size_t kAddressTextMax = 64;

Error bad_network(std::string_view text, std::string_view reason) {
    return {ErrorKind::invalid, "bad_network",
            "\"" + std::string(text) + "\": " + std::string(reason)};
}

std::optional<unsigned> parse_prefix(std::string_view text, unsigned most) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most) return {};
    return number;
}

ip::address first_of(const ip::address& address, unsigned prefix_bits) {
    const auto bits = static_cast<unsigned short>(prefix_bits);
    if (address.is_v4()) return ip::network_v4(address.to_v4(), bits).network();
    return ip::network_v6(address.to_v6(), bits).network();
}

}  // namespace

std::optional<ip::address> parse_ip_address(std::string_view text) {
    if (text.size() > kAddressTextMax || text.find('%') != std::string_view::npos) return {};
    boost::system::error_code error;
    const ip::address address = ip::make_address(std::string(text), error);
    if (error) return {};
    return address;
}

ip::address plain_address(const ip::address& address) {
    if (address.is_v4()) return address;
    const ip::address_v6 six = address.to_v6();
    if (six.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, six);
    return ip::address_v6(six.to_bytes());
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return bad_network(text, "neither an address nor a range like 10.0.0.0/8");
    const unsigned bits_max = address->is_v4() ? kBits4 : kBits6;
    unsigned bits = bits_max;
    if (slash != std::string_view::npos) {
        const auto given = parse_prefix(text.substr(slash + 1), bits_max);
        if (!given) {
            return bad_network(text,
                               "the prefix must be a number from 0 to " + std::to_string(bits_max));
        }
        bits = *given;
    }
    const ip::address first = first_of(*address, bits);
    if (first != *address) {
        return bad_network(text, "the address has bits behind the prefix; did you mean " +
                                     first.to_string() + "/" + std::to_string(bits) + "?");
    }
    const bool mapped = address->is_v6() && address->to_v6().is_v4_mapped();
    if (!mapped) return IpNetwork(first, bits);
    if (bits < kMappedBits) return bad_network(text, "a range of mapped addresses begins at /96");
    return IpNetwork(plain_address(first), bits - kMappedBits);
}

bool IpNetwork::contains(const ip::address& address) const {
    return first_.is_v4() == address.is_v4() && first_of(address, prefix_bits_) == first_;
}

}  // namespace confab
