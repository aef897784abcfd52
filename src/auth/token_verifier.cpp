#include "auth/token_verifier.hpp"

#include <fstream>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "auth/jwt_claims.hpp"
#include "auth/jwt_compact.hpp"
#include "auth/jwt_name.hpp"
#include "auth/key_set.hpp"
#include "auth/secret_strength.hpp"
#include "base/limits.hpp"
#include "base/utf8.hpp"

namespace confab::auth {
namespace {

[[noreturn]] void refuse(const IssuerOptions& issuer, const std::string& what) {
    throw std::runtime_error("issuer " + issuer.name + ": " + what);
}

Error untrusted() {
    return {ErrorKind::unauthenticated, "token_untrusted", "the token is not to be trusted"};
}

std::string read_key_file(const IssuerOptions& issuer) {
    std::ifstream file(issuer.jwks_file, std::ios::binary);
    if (!file) refuse(issuer, "cannot open " + issuer.jwks_file);
    std::string text(kJwksBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) refuse(issuer, "cannot read " + issuer.jwks_file);
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;  // one byte too long is refused by KeySet
}

void check_texts(const IssuerOptions& issuer) {
    if (issuer.issuer.empty()) refuse(issuer, "its `iss` is not set");
    if (issuer.audience.empty()) refuse(issuer, "its audience is not set");
    if (issuer.leeway < std::chrono::seconds(0)) refuse(issuer, "its leeway is negative");
    const auto& prefix = issuer.user_id_prefix;
    if (prefix.size() >= kUserIdBytesMax || !is_valid_utf8(prefix) || !has_no_controls(prefix)) {
        refuse(issuer, "its user id prefix is too long or holds characters no id may have");
    }
}

// Exactly one source of keys, of the kind that the algorithm needs.
void check_sources(const IssuerOptions& issuer) {
    const bool secret = !issuer.secret.empty();
    const bool file = !issuer.jwks_file.empty();
    const bool url = !issuer.jwks_url.empty();
    if (issuer.algorithm == Algorithm::hs256) {
        if (file || url) refuse(issuer, "HS256 takes a secret, never keys of a JWK set");
        if (is_weak_secret(issuer.secret.reveal())) {
            refuse(issuer, "its secret is weak: at least " + std::to_string(kTokenSecretBytesMin) +
                               " bytes that nobody can guess are needed");
        }
    } else if (secret || file == url) {
        refuse(issuer, std::string(algorithm_name(issuer.algorithm)) +
                           " takes either a JWKS file or a JWKS URL, and no secret");
    }
}

// Nothing for an issuer whose keys are still to be fetched.
std::shared_ptr<const KeySet> first_keys(const IssuerOptions& issuer) {
    if (!issuer.jwks_url.empty()) return nullptr;
    auto keys = issuer.algorithm == Algorithm::hs256
                    ? KeySet::from_secret(issuer.secret)
                    : KeySet::from_jwks(read_key_file(issuer), issuer.algorithm);
    if (!keys) refuse(issuer, issuer.jwks_file + ": " + keys.error().detail);
    return std::make_shared<const KeySet>(std::move(*keys));
}

}  // namespace

struct TokenVerifier::State {
    // The keys are exchanged as a whole: whoever verifies keeps the set it began with.
    class Keys {
      public:
        explicit Keys(std::shared_ptr<const KeySet> set) : set_(std::move(set)) {}
        [[nodiscard]] std::shared_ptr<const KeySet> get() const {
            const std::lock_guard lock(mutex_);
            return set_;
        }
        void set(std::shared_ptr<const KeySet> set) {
            const std::lock_guard lock(mutex_);
            set_.swap(set);
        }

      private:
        mutable std::mutex mutex_;  // guards set_, held only to copy or to swap the pointer
        std::shared_ptr<const KeySet> set_;
    };

    explicit State(const Clock& given) : clock(given) {}

    // Index of the issuer for which `is_it` holds; issuers.size() when there is none.
    template <class Predicate>
    [[nodiscard]] std::size_t find(Predicate is_it) const {
        std::size_t i = 0;
        while (i < issuers.size() && !is_it(issuers[i]))
            ++i;
        return i;
    }
    [[nodiscard]] std::size_t find_name(std::string_view name) const {
        return find([&](const IssuerOptions& issuer) { return issuer.name == name; });
    }

    const Clock& clock;
    std::vector<IssuerOptions> issuers;       // without their secrets
    std::vector<std::unique_ptr<Keys>> keys;  // one for each issuer
};

TokenVerifier::TokenVerifier(std::vector<IssuerOptions> issuers, const Clock& clock)
    : state_(std::make_unique<State>(clock)) {
    initialise_jose();
    std::size_t outside = 0;
    for (auto& issuer : issuers) {
        check_texts(issuer);
        check_sources(issuer);
        if (!issuer.own && ++outside > kIssuersMax) refuse(issuer, "there are too many issuers");
        const auto same = state_->find([&](const IssuerOptions& other) {
            return other.name == issuer.name || other.issuer == issuer.issuer;
        });
        if (same != state_->issuers.size()) {
            refuse(issuer, "another issuer has the same name or the same `iss`");
        }
        state_->keys.push_back(std::make_unique<State::Keys>(first_keys(issuer)));
        issuer.secret = Secret();
        state_->issuers.push_back(std::move(issuer));
    }
}

TokenVerifier::~TokenVerifier() = default;

Result<Identity> TokenVerifier::verify(std::string_view text) const {
    const auto token = parse_compact_token(text);
    if (!token) return token.error();
    const auto iss = token->claims.text("iss");
    if (!iss) return untrusted();
    const std::size_t index =
        state_->find([&](const IssuerOptions& issuer) { return issuer.issuer == *iss; });
    if (index == state_->issuers.size()) return untrusted();

    const IssuerOptions& issuer = state_->issuers[index];
    if (token->algorithm != algorithm_name(issuer.algorithm)) return untrusted();
    if (issuer.own && token->type != CompactToken::Type::access_token) return untrusted();
    const auto keys = state_->keys[index]->get();
    const auto verdict = keys == nullptr ? KeySet::Verdict::unknown_key : keys->verify(*token);
    if (verdict == KeySet::Verdict::unknown_key && !issuer.jwks_url.empty()) {
        return Error(ErrorKind::unavailable, "token_key_unknown",
                     "the keys of the token's issuer are being fetched", issuer.name)
            .retry_in(kJwksBackoffFirst);
    }
    if (verdict != KeySet::Verdict::good) return untrusted();
    return check_claims(token->claims, issuer, state_->clock.wall_now());
}

Result<void> TokenVerifier::replace_keys(std::string_view issuer_name, std::string_view jwks_json) {
    const std::size_t index = state_->find_name(issuer_name);
    if (index == state_->issuers.size() || state_->issuers[index].jwks_url.empty()) {
        return Error(ErrorKind::invalid, "jwks_invalid", "no issuer of that name has a JWKS URL");
    }
    auto keys = KeySet::from_jwks(jwks_json, state_->issuers[index].algorithm);
    if (!keys) return keys.error();
    state_->keys[index]->set(std::make_shared<const KeySet>(std::move(*keys)));
    return {};
}

bool TokenVerifier::has_keys(std::string_view issuer_name) const {
    const std::size_t index = state_->find_name(issuer_name);
    return index < state_->issuers.size() && state_->keys[index]->get() != nullptr;
}

const std::vector<IssuerOptions>& TokenVerifier::issuers() const {
    return state_->issuers;
}

}  // namespace confab::auth
