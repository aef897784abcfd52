#include "app/own_secret.hpp"

#include <filesystem>
#include <stdexcept>

#include "auth/secret_strength.hpp"
#include "base/crypto.hpp"
#include "store/data_directory.hpp"

namespace confab::app {

Secret own_secret(const config::Options& options, SecretUse use) {
    if (!options.auth.secret.empty()) {
        if (auth::is_weak_secret(options.auth.secret.reveal())) {
            throw std::runtime_error(
                "auth.secret is too weak: give at least 32 unpredictable bytes");
        }
        return options.auth.secret;
    }
    if (!options.auth.secret_file.empty()) return store::load_secret(options.auth.secret_file);

    const std::filesystem::path file = std::filesystem::path(options.data.dir) / "secret";
    if (use == SecretUse::keep) return store::load_or_create_secret(file.string());
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return store::load_secret(file.string());
    return Secret(base64url(random_bytes(32)));
}

Secret issuer_secret(const config::IssuerSection& issuer) {
    return issuer.secret_file.empty() ? issuer.secret : store::load_secret(issuer.secret_file);
}

Secret derived_key(const Secret& secret, std::string_view purpose) {
    return Secret(hmac_sha256(secret.reveal(), purpose));
}

}  // namespace confab::app
