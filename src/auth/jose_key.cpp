#include "auth/jose_key.hpp"

#include <rhonabwy.h>

#include <bit>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <utility>

#include "auth/jose_base64.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kEcCoordinateBytes = 32;  // P-256, RFC 7518 section 6.2.1.2
constexpr std::size_t kEd25519KeyBytes = 32;    // RFC 8032 section 5.1.5
constexpr std::size_t kHs256SignatureBytes = 32;
constexpr std::size_t kEcSignatureBytes = 64;    // RFC 7518 section 3.4; Ed25519 has as many
constexpr std::size_t kRsaExponentBytesMax = 4;  // 65537 is what everybody has

Error unsuitable() {
    return {ErrorKind::invalid, "jwk_unsuitable", "a key of another kind or for another use"};
}

Error invalid(std::string_view what) {
    return {ErrorKind::invalid, "jwk_invalid", std::string(what)};
}

// The member as text; nothing when it is missing or something else.
std::optional<std::string_view> text_of(const json::object& jwk, std::string_view name) {
    const auto* value = jwk.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const auto& text = value->get_string();
    return std::string_view(text.data(), text.size());
}

std::optional<std::string> bytes_of(const json::object& jwk, std::string_view name) {
    const auto text = text_of(jwk, name);
    return text ? decode_base64url(*text) : std::nullopt;
}

bool is_or_is_absent(const json::object& jwk, std::string_view name, std::string_view wanted) {
    if (!jwk.contains(json::string_view(name.data(), name.size()))) return true;
    return text_of(jwk, name) == wanted;
}

// RFC 7517 sections 4.2 to 4.4: what the key says of its own purpose.
bool may_verify(const json::object& jwk, Algorithm algorithm) {
    if (!is_or_is_absent(jwk, "use", "sig")) return false;
    if (!is_or_is_absent(jwk, "alg", algorithm_name(algorithm))) return false;
    const auto* operations = jwk.if_contains("key_ops");
    if (operations == nullptr) return true;
    if (!operations->is_array()) return false;
    for (const auto& operation : operations->get_array()) {
        if (operation.is_string() && operation.get_string() == "verify") return true;
    }
    return false;
}

bool is_of_kind(const json::object& jwk, Algorithm algorithm) {
    const auto kty = text_of(jwk, "kty");
    switch (algorithm) {
        case Algorithm::hs256:
            return false;  // a shared secret never comes from a JWK set
        case Algorithm::rs256:
            return kty == "RSA";
        case Algorithm::es256:
            return kty == "EC" && text_of(jwk, "crv") == "P-256";
        case Algorithm::eddsa:
            return kty == "OKP" && text_of(jwk, "crv") == "Ed25519";
    }
    return false;
}

std::size_t bit_length(std::string_view big_endian) {
    const auto first = big_endian.find_first_not_of('\0');
    if (first == std::string_view::npos) return 0;
    const auto top = static_cast<unsigned char>(big_endian[first]);
    return (big_endian.size() - first) * 8 - static_cast<std::size_t>(std::countl_zero(top));
}

bool is_odd(std::string_view big_endian) {
    return !big_endian.empty() && (static_cast<unsigned char>(big_endian.back()) & 1) != 0;
}

// A key the library would take although it makes checking slow or pointless.
Result<std::size_t> check_rsa(const json::object& jwk) {
    const auto modulus = bytes_of(jwk, "n");
    const auto exponent = bytes_of(jwk, "e");
    if (!modulus || !exponent) return invalid("n and e must be base64url");
    const std::size_t bits = bit_length(*modulus);
    if (bits < kRsaBitsMin || bits > kRsaBitsMax || !is_odd(*modulus)) {
        return invalid("an RSA modulus must have " + std::to_string(kRsaBitsMin) + " to " +
                       std::to_string(kRsaBitsMax) + " bits");
    }
    const std::size_t exponent_bits = bit_length(*exponent);
    if (exponent_bits < 2 || exponent_bits > kRsaExponentBytesMax * 8 || !is_odd(*exponent)) {
        return invalid("an RSA exponent must be odd, at least 3 and at most 32 bits");
    }
    return (bits + 7) / 8;
}

// How many bytes a signature by this key has.
Result<std::size_t> check_numbers(const json::object& jwk, Algorithm algorithm) {
    if (algorithm == Algorithm::rs256) return check_rsa(jwk);
    const auto x = bytes_of(jwk, "x");
    if (algorithm == Algorithm::eddsa) {
        if (!x || x->size() != kEd25519KeyBytes) return invalid("x must be 32 bytes in base64url");
        return kEcSignatureBytes;
    }
    const auto y = bytes_of(jwk, "y");
    if (!x || !y || x->size() != kEcCoordinateBytes || y->size() != kEcCoordinateBytes) {
        return invalid("x and y must be 32 bytes each in base64url");
    }
    return kEcSignatureBytes;
}

// Only what the public key consists of: no private number, no `x5u` that could be fetched.
std::string public_part(const json::object& jwk) {
    json::object part;
    for (const char* name : {"kty", "crv", "n", "e", "x", "y"}) {
        if (const auto* value = jwk.if_contains(name)) part[name] = *value;
    }
    return json::serialize(part);
}

jwa_alg library_name(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256:
            break;  // the library has no part in it
        case Algorithm::rs256:
            return R_JWA_ALG_RS256;
        case Algorithm::es256:
            return R_JWA_ALG_ES256;
        case Algorithm::eddsa:
            return R_JWA_ALG_EDDSA;
    }
    return R_JWA_ALG_UNKNOWN;
}

struct FreeJws {
    void operator()(jws_t* jws) const { r_jws_free(jws); }
};
using Jws = std::unique_ptr<jws_t, FreeJws>;

Jws new_jws() {
    jws_t* jws = nullptr;
    return Jws(r_jws_init(&jws) == RHN_OK ? jws : nullptr);
}

jwk_t* new_jwk() {
    jwk_t* jwk = nullptr;
    return r_jwk_init(&jwk) == RHN_OK ? jwk : nullptr;
}

}  // namespace

void initialise_jose() {
    static const int status = r_global_init();
    if (status != RHN_OK) throw std::runtime_error("librhonabwy: cannot be initialised");
}

void JoseKey::FreeJson::operator()(json_t* value) const {
    r_jwk_free(value);
}

JoseKey::JoseKey(HmacKey secret)
    : algorithm_(Algorithm::hs256),
      secret_(std::move(secret)),
      signature_bytes_(kHs256SignatureBytes) {}

JoseKey::JoseKey(Jwk jwk, Algorithm algorithm, std::size_t signature_bytes)
    : algorithm_(algorithm), jwk_(std::move(jwk)), signature_bytes_(signature_bytes) {}

Result<JoseKey> JoseKey::from_secret(const Secret& secret) {
    // An empty HMAC key would let anybody sign.
    if (secret.empty()) return invalid("not a secret");
    return JoseKey(HmacKey(secret));
}

Result<JoseKey> JoseKey::from_jwk(const json::object& source, Algorithm algorithm) {
    initialise_jose();
    if (!is_of_kind(source, algorithm) || !may_verify(source, algorithm)) return unsuitable();
    const auto signature_bytes = check_numbers(source, algorithm);
    if (!signature_bytes) return signature_bytes.error();
    Jwk jwk(new_jwk());
    if (jwk == nullptr ||
        r_jwk_import_from_json_str(jwk.get(), public_part(source).c_str()) != RHN_OK ||
        (r_jwk_key_type(jwk.get(), nullptr, R_FLAG_IGNORE_REMOTE) & R_KEY_TYPE_PUBLIC) == 0) {
        return invalid("not a public key");
    }
    return JoseKey(std::move(jwk), algorithm, *signature_bytes);
}

bool JoseKey::verifies(const CompactToken& token) const {
    if (token.algorithm != algorithm_name(algorithm_)) return false;
    if (token.signature.size() != signature_bytes_) return false;
    if (secret_) return secret_->matches(token.signed_text, token.signature);
    const Jws jws = new_jws();
    // R_PARSE_NONE: no key from the header, nothing unsigned; and nothing is ever fetched.
    return jws != nullptr &&
           r_jws_advanced_compact_parsen(jws.get(), token.text.data(), token.text.size(),
                                         R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) == RHN_OK &&
           r_jws_get_alg(jws.get()) == library_name(algorithm_) &&
           r_jws_verify_signature(jws.get(), jwk_.get(), R_FLAG_IGNORE_REMOTE) == RHN_OK;
}

}  // namespace confab::auth
