#include "auth/jwt_compact.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/jose_base64.hpp"
#include "base/ascii.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

// `crit` lists extensions that must be understood, and none is (RFC 7515 section 4.1.11). `b64`
// changes what is signed (RFC 7797). `zip` is for encrypted tokens only (RFC 7516 section 4.1.3),
// but the library would inflate the payload before it checks the signature.
constexpr std::array<std::string_view, 3> kRefusedMembers{"crit", "b64", "zip"};

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

// Decodes the part to `out`, which is then one after its last byte.
std::optional<std::string_view> decode(std::string_view part, char*& out) {
    if (!decode_base64url_to(out, part)) return std::nullopt;
    const std::string_view bytes(out, decoded_base64url_bytes(part.size()));
    out += bytes.size();
    return bytes;
}

bool is_key_id(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '=' || c == '.' || c == '-';
    };
    return !text.empty() && text.size() <= kKeyIdBytesMax &&
           std::all_of(text.begin(), text.end(), allowed);
}

// Takes what is needed from the header; false when something in it must not be there.
bool read_header(const JwtObject& header, CompactToken& token) {
    for (const std::string_view name : kRefusedMembers) {
        if (header.find(name) != nullptr) return false;
    }
    const auto algorithm = header.text("alg");
    if (!algorithm) return false;
    token.algorithm = *algorithm;
    if (const auto* type = header.find("typ")) {
        if (!type->is_text()) return false;
        if (equal_ignoring_case(type->text, "at+jwt")) {
            token.type = CompactToken::Type::access_token;
        } else if (equal_ignoring_case(type->text, "jwt")) {
            token.type = CompactToken::Type::jwt;
        } else {
            return false;
        }
    }
    if (const auto* key_id = header.find("kid")) {
        if (!key_id->is_text() || !is_key_id(key_id->text)) return false;
        token.key_id = key_id->text;
    }
    return true;
}

}  // namespace

Result<CompactToken> parse_compact_token(std::string_view text) {
    if (text.size() > kTokenBytesMax) return malformed();
    const auto parts = split(text);
    if (!parts) return malformed();
    CompactToken token;
    token.text = text;
    token.signed_text = text.substr(0, (*parts)[0].size() + 1 + (*parts)[1].size());
    token.bytes.resize(text.size());
    char* out = token.bytes.data();
    const auto header = decode((*parts)[0], out);
    const auto claims = decode((*parts)[1], out);
    const auto signature = decode((*parts)[2], out);
    if (!header || !claims || !signature) return malformed();
    token.signature = *signature;

    const auto members = JwtObject::read(*header);
    if (!members || !read_header(*members, token)) return malformed();
    auto read_claims = JwtObject::read(*claims);
    if (!read_claims) return malformed();
    token.claims = std::move(*read_claims);
    return token;
}

}  // namespace confab::auth
