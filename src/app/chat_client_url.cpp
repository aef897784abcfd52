#include "app/chat_client_url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/limits.hpp"

namespace confab::app {
namespace {

Error bad_url(std::string_view text, std::string_view why) {
    std::string detail = "\"";
    detail.append(text).append("\" is not the address of a server: ").append(why);
    return {ErrorKind::invalid, "bad_url", std::move(detail)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::optional<bool> wants_tls(std::string_view scheme) {
    const std::string name = lower(scheme);
    if (name == "http" || name == "ws") return false;
    if (name == "https" || name == "wss") return true;
    return std::nullopt;
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool is_host(std::string_view text, bool bracketed) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [bracketed](char c) {
        const bool alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return alnum || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
    });
}

// Visible ASCII only: anything else must come percent-encoded (RFC 3986 section 2.1).
bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string ServerUrl::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? "443" : "80")) out += ":" + port;
    return out;
}

std::string ServerUrl::text() const {
    return (tls ? "https://" : "http://") + authority() + base_path;
}

Result<ServerUrl> parse_server_url(std::string_view text) {
    if (text.size() > kHttpTargetBytesMax) return bad_url(text.substr(0, 40), "it is too long");
    if (!is_visible(text)) return bad_url("…", "it holds spaces, control or non-ASCII characters");
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) {
        return bad_url(text, "it does not start with http:// or https://");
    }
    const std::optional<bool> tls = wants_tls(text.substr(0, scheme_end));
    if (!tls) return bad_url(text, "only http and https are known");
    std::string_view rest = text.substr(scheme_end + 3);
    if (rest.find('@') != std::string_view::npos) {
        return bad_url("…", "a user name or password does not belong there");
    }
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return bad_url(text, "a query or fragment does not belong there");
    }
    ServerUrl url;
    url.tls = *tls;
    const std::size_t path_start = std::min(rest.find('/'), rest.size());
    url.base_path = rest.substr(path_start);
    while (url.base_path.ends_with('/'))
        url.base_path.pop_back();
    rest = rest.substr(0, path_start);

    const bool bracketed = rest.starts_with('[');
    const std::size_t bracket_end = bracketed ? rest.find(']') : 0;
    if (bracket_end == std::string_view::npos) return bad_url(text, "a ']' is missing");
    const std::size_t colon = rest.find(':', bracket_end);
    const std::string_view host = rest.substr(0, colon);
    url.host = bracketed ? host.substr(1, bracket_end - 1) : host;
    if (!is_host(url.host, bracketed) || (bracketed && host.size() != bracket_end + 1)) {
        return bad_url(text, "the host is missing or malformed");
    }
    url.port = colon == std::string_view::npos ? (url.tls ? "443" : "80") : rest.substr(colon + 1);
    if (!is_port(url.port)) return bad_url(text, "the port is not a number from 1 to 65535");
    return url;
}

}  // namespace confab::app
