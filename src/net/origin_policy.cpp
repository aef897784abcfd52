#include "net/origin_policy.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/origin.hpp"

namespace confab::net {
namespace {

// Nothing: it is no port. An empty one is the scheme's own (RFC 3986 section 3.2.3).
std::optional<std::uint16_t> parse_port(std::string_view digits, std::uint16_t own) {
    if (digits.empty()) return own;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return port;
}

// Whether a page of this origin comes from the host and port that Host names.
bool is_of_host(std::string_view text, std::string_view host) {
    const auto origin = parse_origin(text);
    if (!origin || default_port(origin->scheme) == 0) return false;
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && !host.ends_with(']');
    const auto port = parse_port(has_port ? host.substr(colon + 1) : std::string_view(),
                                 default_port(origin->scheme));
    // RFC 9110 section 4.2.3: a host is not case-sensitive.
    return port == origin->port &&
           equal_ignoring_case(origin->host, host.substr(0, has_port ? colon : host.size()));
}

}  // namespace

OriginPolicy::OriginPolicy(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {
    std::sort(allowed_.begin(), allowed_.end());
    allows_any_ = std::binary_search(allowed_.begin(), allowed_.end(), "*", std::less<>());
}

bool OriginPolicy::allows(std::span<const std::string_view> origins, std::string_view host) const {
    if (origins.empty()) return true;
    if (origins.size() > 1) return false;
    if (allows_any_) return true;
    const auto origin = origins.front();
    if (allowed_.empty()) return is_of_host(origin, host);
    return std::binary_search(allowed_.begin(), allowed_.end(), origin, std::less<>());
}

}  // namespace confab::net
