#include "auth/jwt_claims.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/jwt_name.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

// The clock counts nanoseconds and ends in the year 2262; what lies beyond 2242 is as good as that.
constexpr std::int64_t kExpiryMax = std::int64_t{1} << 33;

Error bad_claim(std::string_view name) {
    return {ErrorKind::unauthenticated, "token_claims", "a claim is missing or has the wrong form",
            std::string(name)};
}

Error elsewhere() {
    return {ErrorKind::unauthenticated, "token_untrusted", "the token is not for this server"};
}

// A NumericDate (RFC 7519 section 2), but whole and between 1970 and the year 9999.
std::optional<std::int64_t> seconds_of(const JwtObject::Value& value) {
    if (value.kind != JwtObject::Value::Kind::integer) return std::nullopt;
    if (value.integer < 0 || value.integer >= kTokenTimeMax) return std::nullopt;
    return value.integer;
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kUserIdBytesMax && has_no_controls(text);
}

// RFC 7519 section 4.1.3: one audience or a list of them.
Result<void> check_audience(const JwtObject& claims, std::string_view wanted) {
    const auto* audience = claims.find("aud");
    if (audience == nullptr) return bad_claim("aud");
    if (audience->is_text()) {
        if (audience->text != wanted) return elsewhere();
        return {};
    }
    if (audience->kind != JwtObject::Value::Kind::list) return bad_claim("aud");
    bool found = false;
    for (std::size_t i = 0; i < audience->items; ++i) {
        const auto item = claims.item(*audience, i);
        if (!item) return bad_claim("aud");
        if (*item == wanted) found = true;
    }
    if (!found) return elsewhere();
    return {};
}

// `nbf` and `iat`: absent, or not later than now.
Result<void> check_start(const JwtObject& claims, std::string_view name, std::int64_t latest) {
    const auto* value = claims.find(name);
    if (value == nullptr) return {};
    const auto seconds = seconds_of(*value);
    if (!seconds) return bad_claim(name);
    if (*seconds > latest) {
        return Error(ErrorKind::unauthenticated, "token_not_yet_valid",
                     "the token is not valid yet");
    }
    return {};
}

// RFC 7519 sections 4.1.4 to 4.1.6. The end of the token in seconds, leeway included.
Result<std::int64_t> check_times(const JwtObject& claims, const IssuerOptions& issuer,
                                 std::int64_t now) {
    const auto* value = claims.find("exp");
    const auto expiry = value == nullptr ? std::nullopt : seconds_of(*value);
    if (!expiry) return bad_claim("exp");
    // An own token may look younger than now after the clock was set back a little.
    const auto early = issuer.own ? std::max(issuer.leeway, kTokenLeeway) : issuer.leeway;
    for (const std::string_view name : {"nbf", "iat"}) {
        if (auto started = check_start(claims, name, now + early.count()); !started) {
            return started.error();
        }
    }
    const std::int64_t end = *expiry + issuer.leeway.count();
    if (now >= end) {
        return Error(ErrorKind::unauthenticated, "token_expired", "the token has expired");
    }
    return end;
}

// What only the server's own tokens have.
Result<void> check_own(const JwtObject& claims) {
    if (claims.find("iat") == nullptr) return bad_claim("iat");
    if (!claims.text("jti")) return bad_claim("jti");
    const auto session = claims.text("sid");
    if (!session || session->size() > kUserIdBytesMax || !has_no_controls(*session)) {
        return bad_claim("sid");
    }
    return {};
}

std::string_view claimed_name(const JwtObject& claims, bool own) {
    const auto name = claims.text("name");
    if (name && !name->empty()) return *name;
    return own ? std::string_view() : claims.text("preferred_username").value_or("");
}

}  // namespace

Result<Identity> check_claims(const JwtObject& claims, const IssuerOptions& issuer, WallTime now) {
    const auto subject = claims.text("sub");
    if (!subject || !is_id(*subject)) return bad_claim("sub");
    std::string user = issuer.user_id_prefix;
    user += *subject;
    if (user.size() > kUserIdBytesMax) return bad_claim("sub");
    if (issuer.own) {
        if (auto own = check_own(claims); !own) return own.error();
    }
    if (auto audience = check_audience(claims, issuer.audience); !audience) {
        return audience.error();
    }
    const auto end = check_times(claims, issuer, unix_seconds(now));
    if (!end) return end.error();

    Identity identity;
    identity.name = name_from_claim(claimed_name(claims, issuer.own), user);
    identity.user = UserId(std::move(user));
    if (issuer.own) identity.session_id = std::string(*claims.text("sid"));
    identity.expires_at = from_unix_seconds(std::min(*end, kExpiryMax));
    identity.own = issuer.own;
    identity.is_moderator = claims.text(kRoleClaim).value_or("") == kModeratorRole;
    return identity;
}

}  // namespace confab::auth
