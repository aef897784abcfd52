#include "config/formats.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "base/ip_network.hpp"
#include "base/limits.hpp"
#include "base/list.hpp"
#include "base/origin.hpp"

namespace confab::config {

bool is_ip_address(std::string_view text) {
    return parse_ip_address(text).has_value();
}

bool is_room_name(std::string_view text) {
    return RoomName::parse(text).has_value();
}

std::optional<unsigned> parse_socket_mode(std::string_view text) {
    constexpr std::size_t kDigits = 3;
    if (text.size() != kDigits) return std::nullopt;
    unsigned mode = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '7') return std::nullopt;
        mode = mode * 8 + static_cast<unsigned>(digit - '0');
    }
    return mode;
}

bool is_socket_mode(std::string_view text) {
    return parse_socket_mode(text).has_value();
}

bool is_network_list(std::string_view text) {
    const auto parts = split_list(text);
    return parts.size() <= kTrustedProxiesMax &&
           std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return part == "unix" || IpNetwork::parse(part).has_value();
           });
}

bool is_origin_list(std::string_view text) {
    const auto parts = split_list(text);
    if (parts.size() == 1 && parts.front() == "*") return true;
    return parts.size() <= kOriginsMax &&
           std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return part == "null" || parse_origin(part).has_value();
           });
}

}  // namespace confab::config
