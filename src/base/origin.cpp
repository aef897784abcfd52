#include "base/origin.hpp"

#include <algorithm>
#include <charconv>

namespace confab {
namespace {

bool is_lower_letter(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_lower_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_lower_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

// A name or IPv4 address; browsers write other scripts in their ASCII form.
bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_lower_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    });
}

bool is_bracketed_address(std::string_view text) {
    if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
    text.remove_prefix(1);
    text.remove_suffix(1);
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
    });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (digits.front() == '0') return std::nullopt;
    return port;
}

}  // namespace

std::uint16_t default_port(std::string_view scheme) {
    return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

std::optional<Origin> parse_origin(std::string_view text) {
    constexpr std::string_view kSeparator = "://";
    const auto end_of_scheme = text.find(kSeparator);
    if (text.size() > kOriginBytesMax || end_of_scheme == std::string_view::npos) {
        return std::nullopt;
    }
    Origin origin{.scheme = text.substr(0, end_of_scheme),
                  .host = text.substr(end_of_scheme + kSeparator.size())};
    origin.port = default_port(origin.scheme);
    const auto colon = origin.host.rfind(':');
    if (colon != std::string_view::npos && !origin.host.ends_with(']')) {
        const auto port = parse_port(origin.host.substr(colon + 1));
        if (!port || *port == origin.port) return std::nullopt;
        origin.port = *port;
        origin.host = origin.host.substr(0, colon);
    }
    const bool good =
        is_scheme(origin.scheme) && (is_name(origin.host) || is_bracketed_address(origin.host));
    return good ? std::optional(origin) : std::nullopt;
}

}  // namespace confab
