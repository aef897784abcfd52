// Tokens against a second, simple reading of them, which is built on a tree of JSON values and on
// libsodium alone. No token gets in that was not signed with the secret of its issuer.
// Input: a digit that says who signs ('0' nobody: the rest is the token itself; '1' the own secret,
// '2' that of an outside issuer, '3' the bytes of a public key); a byte that, less '0', is flipped
// into the token afterwards; two bytes that say where; the header up to a line feed; the claims.
#include <sodium.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/token_verifier.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/utf8.hpp"
#include "support/fuzz_check.hpp"
#include "support/manual_clock.hpp"

namespace {

using namespace confab;
namespace json = boost::json;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr const char* kOwnSecret = "bX2q9-Vw7Yt_4KpLz0RfH6sDnJcG1aEuO8iTmQ5";
constexpr const char* kPartnerSecret = "9fK3v_Zr8Qw1-NxTbY6uLhPj2GdSeCa4MoWi7R0k";
// The public key of RFC 8037 appendix A.2; its owner signs nothing here.
constexpr const char* kPublicX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

std::vector<auth::IssuerOptions> issuers() {
    std::vector<auth::IssuerOptions> list(3);
    list[0].name = "own";
    list[0].issuer = list[0].audience = "confab";
    list[0].secret = Secret(kOwnSecret);
    list[0].leeway = std::chrono::seconds(0);
    list[0].own = true;
    list[1].name = "partner";
    list[1].issuer = "partner";
    list[1].audience = "chat";
    list[1].secret = Secret(kPartnerSecret);
    list[1].user_id_prefix = "p:";
    list[2].name = "ed";
    list[2].issuer = "ed";
    list[2].audience = "chat";
    list[2].algorithm = auth::Algorithm::eddsa;
    list[2].jwks_url = "http://127.0.0.1:9/keys";
    return list;
}

const auth::TokenVerifier& verifier() {
    static const test::ManualClock clock(from_unix_seconds(kNow));
    static const auto made = [] {
        initialise_crypto();
        auto verifier = std::make_unique<auth::TokenVerifier>(issuers(), clock);
        FUZZ_CHECK(verifier->replace_keys("ed", std::string(R"({"keys":[{"kty":"OKP","kid":"k",)") +
                                                    R"("crv":"Ed25519","x":")" + kPublicX +
                                                    "\"}]}"));
        return verifier;
    }();
    return *made;
}

// Decoded and encoded again: there is one spelling only.
std::optional<std::string> decode(std::string_view text) {
    std::string bytes(text.size() + 1, '\0');
    std::size_t size = 0;
    if (text.empty() || sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()),
                                          bytes.size(), text.data(), text.size(), nullptr, &size,
                                          nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
        return std::nullopt;
    }
    bytes.resize(size);
    if (base64url(bytes) != text) return std::nullopt;
    return bytes;
}

std::optional<json::object> decode_object(std::string_view part) {
    const auto text = decode(part);
    if (!text) return std::nullopt;
    auto value = parse_json(*text);
    if (!value || !value->is_object()) return std::nullopt;
    return value->get_object();
}

std::optional<std::string> text_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

bool is_absent_or_text(const json::object& object, const char* name) {
    return !object.contains(name) || text_of(object, name);
}

std::string in_small_letters(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

bool is_good_header(const json::object& header, bool own) {
    for (const char* name : {"crit", "b64", "zip"})
        if (header.contains(name)) return false;
    if (text_of(header, "alg") != "HS256") return false;
    if (!is_absent_or_text(header, "typ") || !is_absent_or_text(header, "kid")) return false;
    const std::string type = in_small_letters(text_of(header, "typ").value_or("jwt"));
    if (own ? type != "at+jwt" : type != "at+jwt" && type != "jwt") return false;
    if (!header.contains("kid")) return true;
    const std::string key_id = *text_of(header, "kid");
    return !key_id.empty() && key_id.size() <= kKeyIdBytesMax &&
           key_id.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789_=.-") == std::string::npos;
}

// The text is valid UTF-8, so that a control of the second kind is C2 80 to C2 9F.
bool has_control(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && static_cast<unsigned char>(text.at(i + 1)) < 0xA0) return true;
    }
    return false;
}

bool is_for(const json::object& claims, std::string_view audience) {
    const auto* value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (value->is_string()) return std::string_view(value->get_string()) == audience;
    if (!value->is_array()) return false;
    const auto& list = value->get_array();
    return std::all_of(list.begin(), list.end(),
                       [](const auto& item) { return item.is_string(); }) &&
           std::any_of(list.begin(), list.end(), [&](const auto& item) {
               return std::string_view(item.get_string()) == audience;
           });
}

std::optional<std::int64_t> time_of(const json::object& claims, const char* name) {
    const auto* value = claims.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    const std::int64_t seconds = value->get_int64();
    return seconds >= 0 && seconds < kTokenTimeMax ? std::optional(seconds) : std::nullopt;
}

bool is_in_time(const json::object& claims, std::int64_t leeway) {
    for (const char* name : {"nbf", "iat"}) {
        if (!claims.contains(name)) continue;
        const auto start = time_of(claims, name);
        if (!start || *start > kNow + 30) return false;  // kTokenLeeway, for both issuers
    }
    const auto end = time_of(claims, "exp");
    return end && kNow < *end + leeway;
}

// The user id of a token that has to be accepted; nothing for one that must not be.
std::optional<std::string> expected_user(std::string_view token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (token.size() > kTokenBytesMax || first == std::string_view::npos || first == last) {
        return std::nullopt;
    }
    const auto header = decode_object(token.substr(0, first));
    const auto claims = decode_object(token.substr(first + 1, last - first - 1));
    const auto signature = decode(token.substr(last + 1));
    if (!header || !claims || !signature) return std::nullopt;
    const auto issuer = text_of(*claims, "iss");
    const bool own = issuer == "confab";
    if (!own && issuer != "partner") return std::nullopt;
    const auto code = hmac_sha256(own ? kOwnSecret : kPartnerSecret, token.substr(0, last));
    if (*signature != code || !is_good_header(*header, own)) return std::nullopt;

    const auto subject = text_of(*claims, "sub");
    if (!subject || subject->empty() || has_control(*subject)) return std::nullopt;
    const std::string user = (own ? "" : "p:") + *subject;
    if (user.size() > kUserIdBytesMax) return std::nullopt;
    if (own) {
        const auto session = text_of(*claims, "sid");
        if (!session || session->size() > kUserIdBytesMax || has_control(*session) ||
            !text_of(*claims, "jti") || !claims->contains("iat")) {
            return std::nullopt;
        }
    }
    if (!is_for(*claims, own ? "confab" : "chat")) return std::nullopt;
    if (!is_in_time(*claims, own ? 0 : 30)) return std::nullopt;
    return user;
}

bool is_known(const Error& error) {
    if (error.kind == ErrorKind::unavailable) {
        return error.code == "token_key_unknown" && error.field == "ed";
    }
    static constexpr std::string_view kCodes[] = {"token_malformed", "token_untrusted",
                                                  "token_expired", "token_not_yet_valid",
                                                  "token_claims"};
    return error.kind == ErrorKind::unauthenticated &&
           std::find(std::begin(kCodes), std::end(kCodes), error.code) != std::end(kCodes);
}

std::string token_of(std::string_view input) {
    const int signer = input[0] - '0';
    const char flip = static_cast<char>(input[1] - '0');
    const std::size_t where =
        static_cast<unsigned char>(input[2]) * 256U + static_cast<unsigned char>(input[3]);
    input.remove_prefix(4);
    std::string token(input);
    if (signer >= 1 && signer <= 3) {
        const auto line = std::min(input.find('\n'), input.size());
        const auto claims = input.substr(std::min(line + 1, input.size()));
        token = base64url(input.substr(0, line)) + '.' + base64url(claims);
        const std::string secret = signer == 1   ? kOwnSecret
                                   : signer == 2 ? kPartnerSecret
                                                 : decode(kPublicX).value();
        token += '.' + base64url(hmac_sha256(secret, token));
    }
    if (!token.empty()) token[where % token.size()] ^= flip;
    return token;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    const auto& verify_with = verifier();
    const std::string token = token_of({reinterpret_cast<const char*>(data), size});
    const auto expected = expected_user(token);
    const auto identity = verify_with.verify(token);
    FUZZ_CHECK(identity.has_value() == expected.has_value());
    if (!identity) {
        FUZZ_CHECK(is_known(identity.error()));
        return 0;
    }
    FUZZ_CHECK(identity->user.text() == *expected);
    FUZZ_CHECK(identity->own || identity->session_id.empty());
    FUZZ_CHECK(!identity->name.empty() && is_valid_utf8(identity->name));
    FUZZ_CHECK(count_code_points(identity->name) <= kUserNameCodePointsMax);
    FUZZ_CHECK(identity->expires_at > from_unix_seconds(kNow));
    return 0;
}
