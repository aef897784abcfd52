#include "auth/jwt_compact.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/jose_base64.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;

// `crit` lists extensions that must be understood, and none is (RFC 7515 section 4.1.11). `b64`
// changes what is signed (RFC 7797). `zip` is for encrypted tokens only (RFC 7516 section 4.1.3),
// but the library would inflate the payload before it checks the signature.
constexpr std::array<const char*, 3> kRefusedMembers{"crit", "b64", "zip"};

Error malformed() {
    return {ErrorKind::unauthenticated, "token_malformed", "not an access token"};
}

// The three parts; nothing when there are more, fewer, or empty ones.
std::optional<std::array<std::string_view, 3>> split(std::string_view text) {
    const auto first = text.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::array<std::string_view, 3> parts{
        text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
    if (std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); }) ||
        parts[2].find('.') != std::string_view::npos) {
        return std::nullopt;
    }
    return parts;
}

std::optional<json::object> decode_object(std::string_view part) {
    const auto text = decode_base64url(part);
    if (!text) return std::nullopt;
    auto value = parse_json(*text);
    if (!value || !value->is_object()) return std::nullopt;
    return std::move(value->get_object());
}

bool is_key_id(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '=' || c == '.' || c == '-';
    };
    return !text.empty() && text.size() <= kKeyIdBytesMax &&
           std::all_of(text.begin(), text.end(), allowed);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

// Takes what is needed from the header; false when something in it must not be there.
bool read_header(const json::object& header, CompactToken& token) {
    for (const char* name : kRefusedMembers) {
        if (header.contains(name)) return false;
    }
    const auto* algorithm = header.if_contains("alg");
    if (algorithm == nullptr || !algorithm->is_string()) return false;
    token.algorithm = algorithm->get_string();
    if (const auto* type = header.if_contains("typ")) {
        if (!type->is_string()) return false;
        token.type = lower(type->get_string());  // a media type: RFC 7515 section 4.1.9
        if (token.type != "jwt" && token.type != "at+jwt") return false;
    }
    if (const auto* key_id = header.if_contains("kid")) {
        if (!key_id->is_string() || !is_key_id(key_id->get_string())) return false;
        token.key_id = std::string(key_id->get_string());
    }
    return true;
}

}  // namespace

Result<CompactToken> parse_compact_token(std::string_view text) {
    if (text.size() > kTokenBytesMax) return malformed();
    const auto parts = split(text);
    if (!parts || !decode_base64url((*parts)[2])) return malformed();
    const auto header = decode_object((*parts)[0]);
    CompactToken token;
    token.text = text;
    if (!header || !read_header(*header, token)) return malformed();
    auto claims = decode_object((*parts)[1]);
    if (!claims) return malformed();
    token.claims = std::move(*claims);
    return token;
}

}  // namespace confab::auth
