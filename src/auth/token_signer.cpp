#include "auth/token_signer.hpp"

#include <rhonabwy.h>
#include <sodium.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "auth/identity.hpp"
#include "auth/jose_key.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/octets.hpp"

namespace confab::auth {
namespace {

struct FreeJwk {
    void operator()(jwk_t* jwk) const { r_jwk_free(jwk); }
};
struct FreeJws {
    void operator()(jws_t* jws) const { r_jws_free(jws); }
};
struct FreeText {
    void operator()(char* text) const {
        sodium_memzero(text, std::strlen(text));
        r_free(text);
    }
};
using Jwk = std::unique_ptr<jwk_t, FreeJwk>;
using Jws = std::unique_ptr<jws_t, FreeJws>;
using Text = std::unique_ptr<char, FreeText>;

void append_member(std::string& object, std::string_view name, std::string_view text) {
    object += object.empty() ? '{' : ',';
    append_json_string(object, name);
    object += ':';
    append_json_string(object, text);
}

void append_member(std::string& object, std::string_view name, std::int64_t number) {
    object += object.empty() ? '{' : ',';
    append_json_string(object, name);
    object += ':' + std::to_string(number);
}

Jwk symmetric_key(const Secret& secret) {
    jwk_t* raw = nullptr;
    if (r_jwk_init(&raw) != RHN_OK) throw std::runtime_error("librhonabwy: no key can be made");
    Jwk jwk(raw);
    const auto bytes = secret.reveal();
    if (bytes.size() < kTokenSecretBytesMin ||
        r_jwk_import_from_symmetric_key(raw, octets_of(bytes), bytes.size()) != RHN_OK) {
        throw std::runtime_error("the secret that signs tokens is too short");
    }
    return jwk;
}

}  // namespace

struct TokenSigner::State {
    State(Options given, const Clock& time)
        : options(std::move(given)), clock(time), key(symmetric_key(options.secret)) {
        options.secret = Secret();
    }

    Options options;  // without the secret
    const Clock& clock;
    Jwk key;
};

TokenSigner::TokenSigner(Options options, const Clock& clock) {
    initialise_jose();
    state_ = std::make_unique<State>(std::move(options), clock);
}

TokenSigner::~TokenSigner() = default;

Secret TokenSigner::sign(const Bearer& bearer, std::chrono::seconds ttl) const {
    const std::int64_t now = unix_seconds(state_->clock.wall_now());
    std::string claims;
    append_member(claims, "iss", state_->options.issuer);
    append_member(claims, "aud", state_->options.audience);
    append_member(claims, "sub", bearer.user.text());
    append_member(claims, "name", bearer.name);
    append_member(claims, "sid", bearer.session_id);
    append_member(claims, "iat", now);
    append_member(claims, "exp", now + ttl.count());
    append_member(claims, "jti", random_uuid());
    if (bearer.is_moderator) append_member(claims, kRoleClaim, kModeratorRole);
    claims += '}';

    jws_t* raw = nullptr;
    const int made = r_jws_init(&raw);
    const Jws jws(made == RHN_OK ? raw : nullptr);
    if (jws == nullptr || r_jws_set_alg(raw, R_JWA_ALG_HS256) != RHN_OK ||
        r_jws_set_header_str_value(raw, "typ", "at+jwt") != RHN_OK ||
        r_jws_set_payload(raw, octets_of(claims), claims.size()) != RHN_OK) {
        throw std::runtime_error("librhonabwy: no token can be made");
    }
    const Text token(r_jws_serialize(raw, state_->key.get(), R_FLAG_IGNORE_REMOTE));
    if (token == nullptr) throw std::runtime_error("librhonabwy: no token can be signed");
    return Secret(std::string(token.get()));
}

std::chrono::seconds TokenSigner::ttl() const {
    return state_->options.ttl;
}

}  // namespace confab::auth
