#include "base/listen_address.hpp"

#include <charconv>

#include "base/limits.hpp"

namespace confab {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kUnixScheme = "unix:";

Error bad_address(std::string_view text, std::string_view reason) {
    return {ErrorKind::invalid, "bad_listen_address",
            "\"" + std::string(text) + "\": " + std::string(reason)};
}

Result<ListenAddress> parse_unix(std::string_view text) {
    const std::string_view path = text.substr(kUnixScheme.size());
    if (!path.starts_with('/')) return bad_address(text, "the path must begin with /");
    if (path.ends_with('/')) return bad_address(text, "the path names a directory");
    if (path.size() > kUnixPathBytesMax) {
        return bad_address(
            text, "the path has more than " + std::to_string(kUnixPathBytesMax) + " bytes");
    }
    if (path.find('\0') != std::string_view::npos) {
        return bad_address(text, "the path has a zero byte in it");
    }
    ListenAddress address;
    address.kind = ListenAddress::Kind::unix_socket;
    address.path = path;
    return address;
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
    if (text.starts_with(kUnixScheme)) return parse_unix(text);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return bad_address(text, "ADDRESS:PORT, [IPV6]:PORT or unix:PATH is needed");
    }
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);

    ListenAddress address;
    boost::system::error_code error;
    address.ip = ip::make_address(std::string(host), error);
    if (error || host.find('%') != std::string_view::npos) {
        return bad_address(text, "the part before the last colon is no IP address");
    }
    if (address.ip.is_v6() != brackets) {
        return bad_address(text, "an IPv6 address, and nothing else, stands in brackets");
    }
    if (address.ip.is_v6() && address.ip.to_v6().is_v4_mapped()) {
        return bad_address(text, "write the IPv4 address itself");
    }
    const std::string_view port = text.substr(colon + 1);
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (fault != std::errc() || end != port.data() + port.size()) {
        return bad_address(text, "the port must be a number from 0 to 65535");
    }
    return address;
}

Result<ListenAddress> ListenAddress::parse_ip(std::string_view ip, std::uint16_t port) {
    const bool is_v6 = ip.find(':') != std::string_view::npos;
    const std::string host = is_v6 ? "[" + std::string(ip) + "]" : std::string(ip);
    return parse(host + ":" + std::to_string(port));
}

std::string ListenAddress::to_string() const {
    if (kind == Kind::unix_socket) return std::string(kUnixScheme) + path;
    const std::string host = ip.to_string();
    return (ip.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool ListenAddress::is_local() const {
    return kind == Kind::unix_socket || ip.is_loopback();
}

}  // namespace confab
